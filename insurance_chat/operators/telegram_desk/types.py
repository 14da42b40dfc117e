"""Values of agents in Telegram: who they are there, what they are told, what their buttons do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from insurance_chat.core.principal import Principal

KIND = "telegram"  # `ChannelAdapter.code` of the messenger in which staff work
WAKE = "staff_desk"  # NOTIFY «<connection>»: something to tell to its agents
SPOKEN = (
    "desk:"  # client keys of what agents say from Telegram; never `in:`, which is not delivered
)


class Act(StrEnum):
    """What a button does."""

    STATUS = "status"  # argument: the status
    TAKE = "take"
    SWITCH = "switch"
    MENU = "menu"
    CARD = "card"
    DRAFT = "draft"
    SEND = "send"
    ANOTHER = "another"
    CHANGE = "change"
    HAND = "hand"
    HAND_TO = "hand_to"  # argument: public id of the colleague; empty is whoever comes first
    RETURN = "return"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Knob:
    """A button under a message to an agent; the argument never leaves our database."""

    title: str
    act: Act
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft of the copilot as it was shown.

    Args:
        wish: the words by which it was asked for.
    """

    text: str
    variant: int = 0
    wish: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One message to an agent.

    Args:
        text: in our markup.
        conversation_id: the chat that it is about; a reply to it goes there.
        handover_id: it is a card of this request.
        seq: the line of the log that it shows.
        edits_id: the earlier message whose words it replaces.
        file: card of a stored file, `{key, name}`; the text is its caption.
        draft: it shows this draft.
    """

    text: str
    knobs: tuple[Knob, ...] = ()
    conversation_id: int | None = None
    handover_id: int | None = None
    seq: int | None = None
    edits_id: int | None = None
    file: dict[str, Any] | None = None
    draft: Drafted | None = None


@dataclass(frozen=True, slots=True)
class To:
    """Whom to tell: the chat with the bot; a stranger who is refused has no account."""

    tenant_id: int
    connection_id: int
    account_id: int | None
    chat: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff in Telegram, as they are now.

    Args:
        conversation_id: the chat to which words without a reply go.
        awaits: the draft that the next words change.
        told: the status that the person knows of.
        idle: seconds since their last act in Telegram.
    """

    to: To
    account_id: int
    principal: Principal
    name: str
    status: str
    told: str
    idle: float
    conversation_id: int | None = None
    awaits: int | None = None

    @property
    def user_id(self) -> int:
        """Inner key of the person."""
        return self.principal.user_id or 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A message to an agent, as it is stored."""

    id: int
    account_id: int | None
    conversation_id: int | None
    seq: int | None
    edits_id: int | None
    external_id: str | None
    attempts: int
    wait: float
    chat: str
    text: str = field(repr=False)
    knobs: tuple[Knob, ...] = ()
    file: dict[str, Any] | None = field(default=None, repr=False)
    draft: Drafted | None = field(default=None, repr=False)
