"""Work on the sound of messages that may wait."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from insurance_chat.core.jobs import Job


class HearVoice(Job):
    """Find the words of a recording that no turn will look at: a human leads the chat.

    Args:
        message: public id of the message in the conversation.
    """

    name: ClassVar[str] = "conversations.hear_voice"

    conversation_id: int
    message: UUID


class SpeakReply(Job):
    """Speak a reply whose text the client has already; the recordings of a chat come in order.

    Args:
        message: public id of the message in the conversation.
    """

    name: ClassVar[str] = "conversations.speak_reply"

    conversation_id: int
    message: UUID

    @override
    def lock(self) -> str | None:
        """One reply of a conversation after another."""
        return f"speak:{self.conversation_id}"
