"""The protocol by which a product does its part; the engine never imports a product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from insurance_chat.core.jobs import Job
from insurance_chat.dialogue.effects import Effect


class Status(StrEnum):
    """`parked` waits for a job or a webhook and is asked again; `stop` ends the flow."""

    DONE = "done"
    PARKED = "parked"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an action may know.

    Args:
        slots: facts of the conversation (JSON values); read only.
        key: idempotency key, `conversation:run:action:fingerprint`; the same on every retry.
        first: whether this action is asked for the first time with these inputs.
        message_text: words of the client in this turn.
        now: Moscow time.
    """

    tenant_id: int
    conversation_id: int
    session: UUID
    contact_id: int
    channel: str
    run_id: str
    slots: Mapping[str, Any]
    key: str
    first: bool
    now: datetime
    message_text: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action brings back.

    Args:
        slots: facts to set; `clear` facts to forget.
        forget: actions that have to run again although their inputs look the same.
        effects: replies, incidents, a handover, in order.
        jobs: orders written in the transaction of the turn.
        alone: the flows below this one end with it; what they worked with is gone.
    """

    status: Status = Status.DONE
    slots: dict[str, Any] = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    jobs: tuple[Job, ...] = ()
    alone: bool = False


class Action(Protocol):
    """One small step of a product (at most 40 lines): reads slots, calls one service."""

    async def __call__(self, context: ActionContext) -> Outcome:
        """Do it; safe to repeat with the same key."""
        ...
