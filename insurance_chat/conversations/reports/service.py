"""Work on incidents: open → in work → closed with a decision; the client who reported is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import log
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.incidents import CLIENT, INACCURACY, IncidentView, view
from insurance_chat.conversations.reports.repository import (
    IncidentFilter,
    IncidentRepository,
    IncidentRow,
)
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal

ALL = IncidentFilter()
_LAST = 2**31 - 1


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    IN_WORK = "in_work"
    CLOSED = "closed"


class Decision(StrEnum):
    """How an incident ends."""

    FIXED = "fixed"  # documents were corrected
    ANSWER_ADDED = "answer_added"  # a question with its answer was added to the knowledge base
    NO_FAULT = "no_fault"  # everything was right
    CONFIRMED = "confirmed"  # it happened, and measures were taken
    REJECTED = "rejected"  # it did not happen
    OTHER = "other"


_DONE = {Status.OPEN: "reopened", Status.IN_WORK: "taken", Status.CLOSED: "closed"}


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """A page of incidents; `total` counts all that fit the filter."""

    rows: list[IncidentView]
    total: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the chat says about a reported answer.

    Args:
        question: the client's words before the answer.
        citations: passages that the answer quotes, `{documentId, title, page, quote}`.
        trace: what the assistant understood in that turn.
    """

    question: Entry | None
    answer: Entry | None
    citations: list[dict[str, Any]]
    trace: list[Entry]


async def list_incidents(
    unit: Unit,
    principal: Principal,
    wanted: IncidentFilter = ALL,
    *,
    offset: int = 0,
    limit: int = 25,
) -> IncidentPage:
    """A page of incidents, latest first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_INCIDENTS)
    repository = IncidentRepository(unit, principal.tenant_id)
    rows, total = await repository.page(wanted, offset, limit)
    return IncidentPage([view(row) for row in rows], total)


async def get_incident(unit: Unit, principal: Principal, incident: UUID) -> IncidentView:
    """One incident.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`.
    """
    access.require(principal, Permission.READ_INCIDENTS)
    return view(await _one(unit, principal, incident))


async def evidence(unit: Unit, principal: Principal, incident: UUID) -> Evidence:
    """The reported answer with its question, its sources and the trace of its turn.

    A report without a message («вы ошиблись» said in the chat) is about the answer before it.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`.
    """
    access.require(principal, Permission.READ_INCIDENTS)
    row = await _one(unit, principal, incident)
    if row.incident.conversation_id is None:
        return Evidence(None, None, [], [])
    chat = row.incident.conversation_id
    answer = await _reported(unit, principal, row, chat)
    if answer is None:
        return Evidence(None, None, [], [])
    repository = IncidentRepository(unit, principal.tenant_id)
    question = await repository.question_before(chat, answer.seq)
    begin = question.seq if question is not None else 0
    cited = (answer.body.get("metadata") or {}).get("citations") or []
    return Evidence(
        question, answer, cited, await repository.trace_between(chat, begin, answer.seq)
    )


async def _reported(
    unit: Unit, principal: Principal, row: IncidentRow, conversation_id: int
) -> Entry | None:
    log_lines = ConversationRepository(unit, principal.tenant_id)
    named = row.details.get("messageId")
    if named is not None:
        try:
            return await log_lines.entry(conversation_id, UUID(str(named)))
        except ValueError:
            return None
    if row.incident.type != INACCURACY:
        return None
    said = await IncidentRepository(unit, principal.tenant_id).question_before(
        conversation_id, int(row.details.get("seq") or _LAST)
    )
    before = await log_lines.entries_before(conversation_id, said.seq if said else _LAST, 10)
    return next((one for one in reversed(before) if one.sender is Sender.AI), None)


async def change(
    unit: Unit,
    principal: Principal,
    incident: UUID,
    status: Status,
    *,
    decision: Decision | None = None,
    comment: str = "",
    tell: str = "",
) -> IncidentView:
    """Take an incident into work, close it with a decision, or open it again.

    Args:
        decision: required to close.
        comment: for colleagues, and for an agent who reported it.
        tell: what the client who reported it reads in the chat; empty says nothing.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`, `incident_decision`.
    """
    access.require(principal, Permission.MANAGE_INCIDENTS)
    if status is Status.CLOSED and decision is None:
        raise invalid("incident_decision", "Чтобы закрыть инцидент, выберите решение.")
    row = await _one(unit, principal, incident, lock=True)
    closing = status is Status.CLOSED
    if row.incident.status == status.value and not closing:
        return view(row)
    by = await _name(unit, principal)
    resolution = _resolved(row.resolution, by, status, decision, comment)
    row.incident.status = status.value
    row.incident.closed_at = utcnow() if closing else None
    row.incident.resolution = unit.cipher.seal_json(resolution)
    row.incident.operator_id = row.incident.operator_id or principal.user_id
    if closing and tell.strip():
        await _tell(unit, principal, row, tell.strip(), len(resolution["history"]))
    await audit.record(
        unit,
        principal,
        f"incident.{_DONE[status]}",
        f"incident:{incident}",
        {"decision": decision, "comment": comment} if closing else None,
    )
    return view(IncidentRow(row.incident, row.session, row.details, resolution))


def _resolved(
    known: dict[str, Any],
    by: str,
    status: Status,
    decision: Decision | None,
    comment: str,
) -> dict[str, Any]:
    """The new resolution; what others keep in it, an appeal for one, stays."""
    closing = status is Status.CLOSED
    last = {
        "decision": decision.value if closing and decision is not None else "",
        "comment": comment if closing else "",
        "by": by,
    }
    step = {**last, "status": status.value, "at": utcnow().isoformat()}
    return {**known, **last, "history": [*known.get("history", []), step]}


async def _name(unit: Unit, principal: Principal) -> str:
    user = await HandoverRepository(unit, principal.tenant_id).user(principal.user_id or 0)
    return user.name if user is not None else ""


async def _tell(
    unit: Unit, principal: Principal, row: IncidentRow, words: str, number: int
) -> None:
    if row.incident.reporter != CLIENT or row.incident.conversation_id is None:
        return
    repository = ConversationRepository(unit, principal.tenant_id)
    conversation = await repository.by_id(row.incident.conversation_id, lock=True)
    if conversation is not None:
        key = f"incident:{row.incident.public_id}:{number}"
        await log.append_message(unit, conversation, Sender.SYSTEM, {"text": words}, key=key)


async def _one(
    unit: Unit, principal: Principal, incident: UUID, *, lock: bool = False
) -> IncidentRow:
    row = await IncidentRepository(unit, principal.tenant_id).one(incident, lock=lock)
    if row is None:
        raise not_found("incident_not_found", "Инцидент не найден.")
    return row
