"""Read queries of the staff's screens over policies, reminders and exchanges with the insurer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from insurance_chat.conversations.models import Contact
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, ProviderExchange, Reminder, Sale
from insurance_chat.insurance.repository import policies_seen_by, renewal_agent

_SORTS: dict[str, Any] = {
    "created": Policy.id,
    "price": Policy.price,
    "start": Policy.start_date,
    "end": Policy.expire_at,
}


class OverviewRepository:
    """What lists show of one tenant's policies."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def policies(
        self,
        *,
        number: str,
        company: str,
        state: str,
        today: date,
        seen_by: int | None,
        order: str,
        offset: int,
        limit: int,
    ) -> tuple[list[Policy], int]:
        """A page of policies and how many fit.

        Args:
            seen_by: key of an agent: only what this agent may see; None for all.
            number: a part of the policy's number, or empty.
            state: `future`, `active`, `expired`, or empty.
            order: `created`, `price`, `start` or `end`, greatest first; a minus turns it round.
        """
        wanted: list[ColumnElement[bool]] = [Policy.tenant_id == self._tenant_id]
        if seen_by is not None:
            wanted.append(policies_seen_by(seen_by))
        if number:
            wanted.append(Policy.number.icontains(number, autoescape=True))
        if company:
            wanted.append(Policy.company_code == company)
        if state == "future":
            wanted.append(Policy.start_date > today)
        elif state == "active":
            wanted += [Policy.start_date <= today, Policy.expire_at >= today]
        elif state == "expired":
            wanted.append(Policy.expire_at < today)
        total = await self._session.scalar(select(func.count(Policy.id)).where(*wanted))
        column = _SORTS.get(order.removeprefix("-"), Policy.id)
        sorting = column.asc() if order.startswith("-") else column.desc()
        rows = await self._session.scalars(
            select(Policy)
            .where(*wanted)
            .order_by(sorting, Policy.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return list(rows), total or 0

    async def companies(self) -> list[str]:
        """Insurers of whom there is at least one policy."""
        rows = await self._session.scalars(
            select(Policy.company_code)
            .where(Policy.tenant_id == self._tenant_id)
            .distinct()
            .order_by(Policy.company_code)
        )
        return list(rows)

    async def sold(self, since: datetime) -> tuple[int, Decimal]:
        """How many policies were issued after a moment, and their premium in roubles."""
        row = (
            await self._session.execute(
                select(func.count(Policy.id), func.coalesce(func.sum(Policy.price), 0)).where(
                    Policy.tenant_id == self._tenant_id, Policy.created_at >= since
                )
            )
        ).one()
        return row[0], Decimal(row[1])

    async def paid_without_policy(self, minutes: int) -> list[Sale]:
        """Sales whose money was taken so many minutes ago and that still have no policy."""
        rows = await self._session.scalars(
            select(Sale)
            .where(
                Sale.tenant_id == self._tenant_id,
                Sale.paid_at < utcnow() - timedelta(minutes=minutes),
                Sale.policy_number.is_(None),
                Sale.state != "issued",
            )
            .order_by(Sale.paid_at)
            .limit(50)
        )
        return list(rows)

    async def reminders(
        self,
        *,
        status: str,
        operator_id: int | None,
        number: str = "",
        begins: datetime | None = None,
        ends: datetime | None = None,
        order: str,
        offset: int,
        limit: int,
    ) -> tuple[list[tuple[Reminder, Policy]], int]:
        """A page of reminders with their policies, soonest first, and how many fit.

        Args:
            status: `pending`, `sent`, `cancelled`, `due` (the agent was told and has not dealt with
                it), or empty.
            operator_id: only what this agent is told of.
            number: a part of the policy's number, or empty.
            begins, ends: due from then on, and before then.
            order: `at` (due) or `end` (of the policy), soonest first; a minus turns it round.
        """
        wanted: list[ColumnElement[bool]] = [Reminder.tenant_id == self._tenant_id]
        if status == "due":
            wanted += [
                Reminder.status == "sent",
                Reminder.recipients.contains(["agent"]),
                Reminder.handled_at.is_(None),
            ]
        elif status:
            wanted.append(Reminder.status == status)
        if number:
            wanted.append(Policy.number.icontains(number, autoescape=True))
        if begins is not None:
            wanted.append(Reminder.remind_at >= begins)
        if ends is not None:
            wanted.append(Reminder.remind_at < ends)
        if operator_id is not None:
            wanted.append(renewal_agent() == operator_id)
        joined = select(Reminder, Policy).join(Policy, Policy.id == Reminder.policy_id)
        joined = joined.outerjoin(Contact, Contact.id == Policy.contact_id).where(*wanted)
        total = await self._session.scalar(select(func.count()).select_from(joined.subquery()))
        by: Any = Policy.expire_at if order.endswith("end") else Reminder.remind_at
        sorting = by.desc() if order.startswith("-") else by.asc()
        rows = await self._session.execute(
            joined.order_by(sorting, Reminder.id).offset(offset).limit(limit)
        )
        return [(row[0], row[1]) for row in rows], total or 0


async def fetch_exchanges_across_tenants(
    unit: Unit, *, operation: str, failed: bool, offset: int, limit: int
) -> tuple[list[ProviderExchange], int]:
    """A page of masked exchanges of this installation, latest first, and how many fit."""
    wanted: list[ColumnElement[bool]] = []
    if operation:
        wanted.append(ProviderExchange.operation == operation)
    if failed:
        wanted.append(or_(ProviderExchange.error.is_not(None), ProviderExchange.status >= 400))
    total = await unit.session.scalar(select(func.count(ProviderExchange.id)).where(*wanted))
    rows = await unit.session.scalars(
        select(ProviderExchange)
        .where(*wanted)
        .order_by(ProviderExchange.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return list(rows), total or 0


async def fetch_operations_across_tenants(unit: Unit) -> list[str]:
    """Names of the operations that were exchanged."""
    rows = await unit.session.scalars(
        select(ProviderExchange.operation).distinct().order_by(ProviderExchange.operation)
    )
    return list(rows)
