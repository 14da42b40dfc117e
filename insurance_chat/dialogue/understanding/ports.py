"""The port of understanding: a turn's words in, commands out. Rules and a model stand behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.slots import SlotDefinition
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.trace import Trace


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """One unread message of the client; `text` is None for a bare attachment.

    `document` is what could be read of a file that came with it.
    """

    id: str
    text: str | None
    has_file: bool = False
    has_voice: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One earlier message, oldest first; sender is user, ai, agent or system."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class FlowDescription:
    """What an understanding must know of a flow to propose it."""

    name: str
    title: str
    description: str
    collects: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnInput:
    """Everything that an understanding may look at.

    `history` is a bounded window and `summary` tells what was before it, so the cost of a turn does
    not grow with the chat. `now` is in Europe/Moscow. `known` are values such as the client's name,
    to be masked before they leave the country.
    """

    messages: Sequence[ClientMessage]
    state: DialogueState
    flows: Mapping[str, FlowDescription]
    slots: Mapping[str, SlotDefinition]
    now: datetime
    history: Sequence[HistoryLine] = ()
    summary: str = ""
    tenant_id: int = 0
    known: tuple[str, ...] = ()
    trace: Trace = field(default_factory=Trace)

    @property
    def today(self) -> date:
        """Moscow calendar date of the turn."""
        return self.now.date()


class Understanding(Protocol):
    """Turns words into commands; touches neither the database nor an insurer."""

    def history_limit(self, tenant_id: int) -> int:
        """How many messages before the unread ones it wants to see; 0 when it reads none."""
        ...

    async def understand(self, turn: TurnInput) -> list[Command]:
        """Propose commands for all unread messages together, in the order to apply them."""
        ...
