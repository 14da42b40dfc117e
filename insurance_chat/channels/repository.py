"""Connected accounts of one tenant, as the administrator works with them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from insurance_chat.channels.models import Connection
from insurance_chat.core.db.unit import Unit


class ConnectionRepository:
    """Accounts of a tenant; removed ones are never shown."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, connection: Connection) -> Connection:
        """Keep a new account."""
        connection.tenant_id = self._tenant_id
        self._session.add(connection)
        await self._session.flush()
        await self._session.refresh(connection)
        return connection

    async def all(self) -> Sequence[Connection]:
        """All accounts, the oldest first."""
        rows = await self._session.scalars(
            select(Connection)
            .where(Connection.tenant_id == self._tenant_id, Connection.state != "removed")
            .order_by(Connection.id)
        )
        return rows.all()

    async def by_public_id(self, public_id: UUID, *, lock: bool = False) -> Connection | None:
        """One account, locked against other writers if asked."""
        query = select(Connection).where(
            Connection.tenant_id == self._tenant_id,
            Connection.public_id == public_id,
            Connection.state != "removed",
        )
        return await self._session.scalar(query.with_for_update(key_share=True) if lock else query)


async def fetch_account_across_tenants(
    unit: Unit, kind: str, external_id: str
) -> Connection | None:
    """Who has connected this account of the messenger already, whichever tenant it is."""
    return await unit.session.scalar(
        select(Connection).where(
            Connection.kind == kind,
            Connection.external_id == external_id,
            Connection.state != "removed",
        )
    )
