"""Queries of messages that led away, always under a tenant."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from insurance_chat.conversations.models import Conversation, Incident
from insurance_chat.conversations.reports.repository import IncidentRow
from insurance_chat.core.db.unit import Unit
from insurance_chat.operators.pull_away.types import KIND


class PullAwayRepository:
    """Incidents that the detector made about the agents of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._tenant_id = tenant_id

    async def by_key(self, key: str) -> IncidentRow | None:
        """The incident that was recorded under a key."""
        return next(iter(await self._rows(Incident.dedupe_key == key)), None)

    async def of_operator(self, operator_id: int, limit: int) -> list[IncidentRow]:
        """Incidents about an agent, latest first."""
        return await self._rows(Incident.operator_id == operator_id, limit=limit)

    async def appealed(self, limit: int) -> list[IncidentRow]:
        """Incidents that nobody has decided and that agents may have appealed, latest first."""
        return await self._rows(
            Incident.status != "closed",
            Incident.resolution.is_not(None),
            Incident.operator_id.is_not(None),
            limit=limit,
        )

    async def _rows(self, *limits: ColumnElement[bool], limit: int = 1) -> list[IncidentRow]:
        rows = await self._session.execute(
            select(Incident, Conversation.public_id)
            .outerjoin(Conversation, Conversation.id == Incident.conversation_id)
            .where(Incident.tenant_id == self._tenant_id, Incident.type == KIND, *limits)
            .order_by(Incident.id.desc())
            .limit(limit)
        )
        opened = self._cipher.open_json
        return [
            IncidentRow(
                row[0],
                row[1],
                opened(row[0].details),
                opened(row[0].resolution) if row[0].resolution is not None else {},
            )
            for row in rows
        ]
