"""All SQL of questions without answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.unanswered.models import Unanswered


class UnansweredRepository:
    """Open questions of one tenant.

    Args:
        unit: the open transaction.
        tenant_id: whose clients asked.
    """

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, conversation_id: int | None, question: bytes) -> None:
        """Store a sealed question."""
        self._session.add(
            Unanswered(
                tenant_id=self._tenant_id, conversation_id=conversation_id, question=question
            )
        )
        await self._session.flush()

    async def newest(self, status: str, limit: int) -> Sequence[Unanswered]:
        """Questions of one status, newest first."""
        query = (
            select(Unanswered)
            .where(Unanswered.tenant_id == self._tenant_id, Unanswered.status == status)
            .order_by(Unanswered.id.desc())
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def count(self, status: str) -> int:
        """How many there are of a status."""
        query = (
            select(func.count())
            .select_from(Unanswered)
            .where(Unanswered.tenant_id == self._tenant_id, Unanswered.status == status)
        )
        return int(await self._session.scalar(query) or 0)

    async def decide(
        self, public_ids: Sequence[uuid.UUID], statuses: Sequence[str], values: dict[str, Any]
    ) -> int:
        """Change questions that still have one of the statuses; returns how many did."""
        query = (
            update(Unanswered)
            .where(
                Unanswered.tenant_id == self._tenant_id,
                Unanswered.public_id.in_(public_ids),
                Unanswered.status.in_(statuses),
            )
            .values(decided_at=utcnow(), **values)
            .returning(Unanswered.id)
        )
        return len((await self._session.execute(query)).all())


async def forget_across_tenants(unit: Unit, before: datetime) -> int:
    """Remove questions asked before a moment; returns how many."""
    query = delete(Unanswered).where(Unanswered.created_at < before).returning(Unanswered.id)
    return len((await unit.session.execute(query)).all())
