"""Reports that a person has to look at: an inaccurate answer, a client led away, abuse, a fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.conversations import sessions
from insurance_chat.conversations.reports.repository import IncidentRepository, IncidentRow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events

INACCURACY = "ai_inaccuracy"
CLIENT = "user"  # `Principal.actor` of a client
OWN_REPORTS = 100


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the contract shows it, and what was decided about it.

    Args:
        status: `open`, `in_work` or `closed`.
        reporter: `Principal.actor` of who reported it.
        resolution: what was decided, `{decision, comment, by, …}`; empty before that.
    """

    id: UUID
    session_id: UUID | None
    type: str
    status: str
    details: dict[str, Any]
    created_at: datetime
    reporter: str | None
    resolution: dict[str, Any]
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as its author sees it.

    Args:
        decision, comment: what the administrator answered; empty until then.
    """

    id: UUID
    session_id: UUID | None
    type: str
    status: str
    said: str
    decision: str
    comment: str
    created_at: datetime
    closed_at: datetime | None


async def report(
    unit: Unit,
    principal: Principal,
    session: UUID | None,
    kind: str,
    details: dict[str, Any],
) -> IncidentView:
    """A client or a member of staff reports something; a repeat gives the first report.

    Raises:
        ServiceError: `session_not_found`; `session_required` when a client names no conversation.
    """
    conversation_id = None
    if session is not None:
        conversation_id = (await sessions.find(unit, principal, session)).id
    elif not principal.is_staff:
        raise ServiceError("session_required", Kind.INVALID, "Укажите чат.")
    key = _once(unit, principal, session, kind, details)
    created = await create(
        unit,
        principal.tenant_id,
        conversation_id,
        session,
        kind,
        details,
        principal.actor,
        key=key,
    )
    if created is not None:
        return created
    known = await IncidentRepository(unit, principal.tenant_id).by_key(key or "")
    if known is None:
        raise ServiceError("incident_exists", Kind.CONFLICT, "Такое сообщение уже есть.")
    return view(known)


def _once(
    unit: Unit, principal: Principal, session: UUID | None, kind: str, details: dict[str, Any]
) -> str | None:
    """One report of one person about one message with the same words."""
    message = details.get("messageId")
    if kind != INACCURACY or session is None or not isinstance(message, str):
        return None
    who = principal.user_id if principal.is_staff else "client"
    words = unit.cipher.lookup(f"{message}:{details.get('comment')}")[:32]
    return f"said:{who}:{session.hex}:{words}"


async def create(
    unit: Unit,
    tenant_id: int,
    conversation_id: int | None,
    session: UUID | None,
    kind: str,
    details: dict[str, Any],
    actor: str,
    *,
    key: str | None = None,
) -> IncidentView | None:
    """Record an incident and tell subscribers; None when this key was recorded before.

    Args:
        actor: who noticed it: `Principal.actor`, `ai` or `system`.
        key: at most 120 characters, unique in the installation.
    """
    # «Вы ошиблись» said in the chat is the client's report, the assistant only passes it on.
    reporter = CLIENT if (kind, actor) == (INACCURACY, "ai") else actor
    repository = IncidentRepository(unit, tenant_id)
    incident = await repository.add(conversation_id, kind, details, reporter, key)
    if incident is None:
        return None
    context = {"incidentId": str(incident.public_id), "incidentType": kind}
    if session is not None:
        context["sessionId"] = str(session)
    await events.record(unit, tenant_id, "incident.created", actor, context)
    return view(IncidentRow(incident, session, details, {}))


async def list_own_reports(unit: Unit, principal: Principal) -> list[OwnReport]:
    """What a member of staff has reported and what became of it, latest first.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    if not principal.is_staff:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Доступно только сотрудникам.")
    repository = IncidentRepository(unit, principal.tenant_id)
    rows = await repository.of_reporter(principal.actor, OWN_REPORTS)
    return [_own(row) for row in rows]


def _own(row: IncidentRow) -> OwnReport:
    incident = row.incident
    closed = incident.status == "closed"
    return OwnReport(
        id=incident.public_id,
        session_id=row.session,
        type=incident.type,
        status=incident.status,
        said=str(row.details.get("comment") or row.details.get("text") or ""),
        decision=str(row.resolution.get("decision") or "") if closed else "",
        comment=str(row.resolution.get("comment") or "") if closed else "",
        created_at=incident.created_at,
        closed_at=incident.closed_at,
    )


def view(row: IncidentRow) -> IncidentView:
    """Show a loaded incident."""
    incident = row.incident
    return IncidentView(
        id=incident.public_id,
        session_id=row.session,
        type=incident.type,
        status=incident.status,
        details=row.details,
        created_at=incident.created_at,
        reporter=incident.reporter,
        resolution=row.resolution,
        closed_at=incident.closed_at,
    )
