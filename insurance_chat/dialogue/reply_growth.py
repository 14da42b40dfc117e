"""Shows a reply while a turn thinks it, under the id of the message that it becomes."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.growing import Growing
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.dialogue.decision import Decision


class ReplyGrowth:
    """One try of a turn to answer.

    Args:
        hub: reaches the screens.
        conversation_id: which chat.
    """

    def __init__(self, hub: FeedHub, conversation_id: int) -> None:
        self._hub = hub
        self._conversation_id = conversation_id
        self._id = uuid4()
        self._shown = ""

    def show(self, text: str) -> None:
        """The reply so far; it only grows."""
        if text and text != self._shown:
            self._shown = text
            self._hub.grow(self._conversation_id, Growing(str(self._id), text))

    def name(self, decision: Decision) -> None:
        """Give the reply that will be stored the id under which it was shown."""
        if not self._shown:
            return
        for number, entry in enumerate(decision.entries):
            if entry.kind is EntryKind.MESSAGE and entry.sender is Sender.AI:
                decision.entries[number] = replace(entry, public_id=self._id)

    def end(self, said: bool) -> None:
        """The try is over.

        Args:
            said: the reply is stored; otherwise what was shown disappears.
        """
        if self._shown and not said:
            self._hub.grow(self._conversation_id, Growing(str(self._id), ""))
        self._shown = ""
