"""Values that travel between the log, the doors and the dialogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

PROCESS = uuid4().hex[:12]  # names this process in its wakes


class ConversationState(StrEnum):
    """States of `ChatSession` in the agreed contract."""

    QA = "qa"
    DATA_COLLECTION = "data_collection"
    QUOTING = "quoting"
    ISSUING = "issuing"
    HANDOVER_REQUESTED = "handover_requested"
    WITH_AGENT = "with_agent"


class Sender(StrEnum):
    """Who speaks."""

    USER = "user"
    AGENT = "agent"
    AI = "ai"
    SYSTEM = "system"


class EntryKind(StrEnum):
    """Kinds of log lines; `dialogue` is internal, the others are shown to the client's screen.

    `voice` tells what was learnt of the sound of an earlier message (see `sounds`): its body is
    `{messageId, state, text | voiceKey, seconds}`.
    """

    MESSAGE = "message"
    STATE = "state"
    DIALOGUE = "dialogue"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A line to append. `body` is JSON; for a message `{text, voiceUrl, fileUrl, metadata}`."""

    public_id: UUID
    kind: EntryKind
    sender: Sender
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored line of the log."""

    public_id: UUID
    seq: int
    kind: EntryKind
    sender: Sender
    body: dict[str, Any]
    created_at: datetime
    client_key: str | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a client or a member of staff said, whatever the messenger.

    Args:
        voice_key: key of a recording that is stored here; doors make fresh links from it.
        client_key: unique key of the message at its source; a repeat changes nothing.
    """

    sender: Sender
    text: str | None = None
    voice_url: str | None = None
    voice_key: str | None = None
    file_url: str | None = None
    client_key: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON that is stored."""
        body: dict[str, Any] = {"text": self.text}
        if self.voice_url:
            body["voiceUrl"] = self.voice_url
        if self.voice_key:
            body["voiceKey"] = self.voice_key
        if self.file_url:
            body["fileUrl"] = self.file_url
        if self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a turn starts from.

    `flow_asks`: a human leads the chat, and a sale of theirs waits for the client's own word.

    `dialogue` is the state document, None in a fresh conversation; `unread` counts messages of the
    client since the last answer.
    """

    conversation_id: int
    public_id: UUID
    tenant_id: int
    contact_id: int
    channel: str
    state: ConversationState
    last_seq: int
    last_inbound_seq: int
    answered_seq: int
    unread: int
    handover_epoch: int
    flow_asks: bool
    prefer_voice: bool
    dialogue: dict[str, Any] | None
    lease_owner: UUID | None


@dataclass(frozen=True, slots=True)
class Stored:
    """Result of an intake: the line, whether it was there before, and the turn that may begin."""

    entry: Entry
    duplicate: bool
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Committed:
    """A stored turn: its lines, and whether another turn is owed."""

    turn_owed: bool
    entries: list[Entry]
