"""Reports that a person has to look at: an inaccurate answer, a client led away, abuse, a fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.conversations import sessions
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as the contract shows it."""

    id: UUID
    session_id: UUID | None
    type: str
    status: str
    details: dict[str, Any]
    created_at: datetime


async def report(
    unit: Unit,
    principal: Principal,
    session: UUID | None,
    kind: str,
    details: dict[str, Any],
) -> IncidentView:
    """A client or a member of staff reports something.

    Raises:
        ServiceError: `session_not_found`; `session_required` when a client names no conversation.
    """
    conversation_id = None
    if session is not None:
        conversation_id = (await sessions.find(unit, principal, session)).id
    elif not principal.is_staff:
        raise ServiceError("session_required", Kind.INVALID, "Укажите чат.")
    created = await create(
        unit, principal.tenant_id, conversation_id, session, kind, details, principal.actor
    )
    if created is None:
        raise ServiceError("incident_exists", Kind.CONFLICT, "Такое сообщение уже есть.")
    return created


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
    """Record an incident and tell subscribers; None when this key was recorded before."""
    repository = ConversationRepository(unit, tenant_id)
    incident = await repository.add_incident(conversation_id, kind, details, key)
    if incident is None:
        return None
    context = {"incidentId": str(incident.public_id), "incidentType": kind}
    if session is not None:
        context["sessionId"] = str(session)
    await events.record(unit, tenant_id, "incident.created", actor, context)
    return IncidentView(
        incident.public_id, session, kind, incident.status, details, incident.created_at
    )


async def list_incidents(unit: Unit, principal: Principal, limit: int = 100) -> list[IncidentView]:
    """Latest incidents for the administrator.

    Raises:
        ServiceError: `forbidden` for anybody else.
    """
    if not principal.is_admin:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Доступно только администратору.")
    rows = await ConversationRepository(unit, principal.tenant_id).incidents(limit)
    return [
        IncidentView(row.public_id, session, row.type, row.status, details, row.created_at)
        for row, session, details in rows
    ]
