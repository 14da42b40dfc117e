"""A message that led away, as its agent and the administrator see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from insurance_chat.conversations.reports.repository import IncidentRow
from insurance_chat.conversations.reports.service import Decision
from insurance_chat.operators.pull_away.types import Level

UPHELD = Decision.CONFIRMED
DISMISSED = (Decision.REJECTED, Decision.NO_FAULT)


class State(StrEnum):
    """Where a hit stands."""

    OPEN = "open"
    APPEALED = "appealed"
    UPHELD = "upheld"  # the agent did lead away
    DISMISSED = "dismissed"  # a false alarm
    CLOSED = "closed"  # another decision


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was stopped or sent with contacts hidden.

    Args:
        id: public id of the incident.
        text: as the agent typed it.
        reasons: why, in Russian.
        appeal: the agent's words against it.
        comment: what the administrator answered.
        operator: public id of the agent; `operator_name` as they were called then.
    """

    id: UUID
    session_id: UUID | None
    text: str
    level: Level
    score: int
    reasons: tuple[str, ...]
    state: State
    appeal: str
    comment: str
    operator: str
    operator_name: str
    created_at: datetime

    @property
    def may_appeal(self) -> bool:
        """Nobody has decided, and the agent has not objected yet."""
        return self.state is State.OPEN


def hit(row: IncidentRow) -> Hit:
    """Show a loaded incident of the detector."""
    details, resolution = row.details, row.resolution
    appeal = resolution.get("appeal") or {}
    return Hit(
        id=row.incident.public_id,
        session_id=row.session,
        text=str(details.get("text", "")),
        level=Level(details.get("level", Level.WARN)),
        score=int(details.get("score", 0)),
        reasons=tuple(details.get("reasons", ())),
        state=_state(row, bool(appeal)),
        appeal=str(appeal.get("words", "")),
        comment=str(resolution.get("comment", "")),
        operator=str(details.get("operator", "")),
        operator_name=str(details.get("operatorName", "")),
        created_at=row.incident.created_at,
    )


def _state(row: IncidentRow, appealed: bool) -> State:
    if row.incident.status != "closed":
        return State.APPEALED if appealed else State.OPEN
    decision = row.resolution.get("decision")
    if decision == UPHELD:
        return State.UPHELD
    return State.DISMISSED if decision in DISMISSED else State.CLOSED
