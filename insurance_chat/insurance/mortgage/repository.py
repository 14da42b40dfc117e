"""Queries of the health declarations of one tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.mortgage.models import HealthDeclaration


class HealthRepository:
    """Declarations of one tenant; there is no list of them on purpose."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, values: dict[str, Any]) -> UUID:
        """Keep one declaration; returns its public id."""
        found: UUID | None = await self._session.scalar(
            insert(HealthDeclaration)
            .values(tenant_id=self._tenant_id, **values)
            .returning(HealthDeclaration.public_id)
        )
        assert found is not None
        return found

    async def sealed(self, public_id: UUID) -> bytes | None:
        """The sealed answers of a declaration; None when it was erased."""
        return await self._session.scalar(
            select(HealthDeclaration.answers).where(
                HealthDeclaration.tenant_id == self._tenant_id,
                HealthDeclaration.public_id == public_id,
            )
        )

    async def latest(self, contact_id: int, since: datetime) -> UUID | None:
        """The declaration that a client has given since a moment, unopened."""
        found: UUID | None = await self._session.scalar(
            select(HealthDeclaration.public_id)
            .where(
                HealthDeclaration.tenant_id == self._tenant_id,
                HealthDeclaration.contact_id == contact_id,
                HealthDeclaration.created_at >= since,
            )
            .order_by(HealthDeclaration.id.desc())
            .limit(1)
        )
        return found

    async def erase(self, contact_id: int) -> int:
        """Erase the declarations of a client; returns how many there were."""
        gone = await self._session.scalars(
            delete(HealthDeclaration)
            .where(
                HealthDeclaration.tenant_id == self._tenant_id,
                HealthDeclaration.contact_id == contact_id,
            )
            .returning(HealthDeclaration.id)
        )
        return len(list(gone))


async def erase_older_across_tenants(unit: Unit, before: datetime) -> int:
    """Erase declarations made before a moment; returns how many there were."""
    gone = await unit.session.scalars(
        delete(HealthDeclaration)
        .where(HealthDeclaration.created_at < before)
        .returning(HealthDeclaration.id)
    )
    return len(list(gone))
