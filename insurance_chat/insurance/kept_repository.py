"""Reads of what a deletion leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import exists, select

from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, Sale

PAID = ("paid", "issuing", "issued")


class KeptRepository:
    """Policies and payments of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def policies(self, contacts: Collection[int]) -> Sequence[Policy]:
        """Issued policies of a client."""
        rows = await self._session.scalars(
            select(Policy)
            .where(Policy.tenant_id == self._tenant_id, Policy.contact_id.in_(contacts))
            .order_by(Policy.id)
        )
        return rows.all()

    async def paid_sales(self, contacts: Collection[int]) -> Sequence[Sale]:
        """Sales that were paid and have no policy yet."""
        rows = await self._session.scalars(
            select(Sale)
            .where(
                Sale.tenant_id == self._tenant_id,
                Sale.contact_id.in_(contacts),
                Sale.paid_at.is_not(None) | Sale.state.in_(PAID),
                ~exists().where(Policy.sale_id == Sale.id),
            )
            .order_by(Sale.id)
        )
        return rows.all()
