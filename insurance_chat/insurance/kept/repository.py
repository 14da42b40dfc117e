"""Reads of what a deletion leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import delete, exists, select

from insurance_chat.conversations.models import Contact
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, Sale, SaleDocument

PAID = ("paid", "issuing", "issued")


async def drop_policies_across_tenants(unit: Unit, ended_before: date) -> list[str]:
    """Remove policies of deleted clients that ended before a day; returns keys of their files.

    What hangs on the sale (steps, documents, what an agent owes) goes or loses its policy with it.
    """
    rows = await unit.session.execute(
        select(Policy.sale_id, Policy.file_key)
        .join(Contact, Contact.id == Policy.contact_id)
        .where(Contact.erased_at.is_not(None), Policy.expire_at < ended_before)
    )
    found = [(row[0], row[1]) for row in rows]
    sales = [sale for sale, _ in found]
    papers = await unit.session.scalars(
        select(SaleDocument.file_key).where(SaleDocument.sale_id.in_(sales))
    )
    files = [*(key for _, key in found), *papers]
    await unit.session.execute(delete(Sale).where(Sale.id.in_(sales)))
    return files


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
