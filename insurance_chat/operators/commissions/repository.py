"""Queries of commissions: under a tenant where a person asks, across tenants where a duty does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Conversation
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role
from insurance_chat.insurance.models import Policy, Sale
from insurance_chat.operators.commissions.models import (
    Commission,
    CommissionChange,
    CommissionLine,
    CommissionRule,
)
from insurance_chat.operators.commissions.records import DueCheck, Row, Sum, Wanted
from insurance_chat.operators.commissions.types import Attention, Status

ZERO = Decimal("0.00")


class RuleRepository:
    """Rules of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, values: dict[str, Any]) -> CommissionRule | None:
        """Store a rule; None when an open one of the same scope begins on the same day."""
        return await self._session.scalar(
            insert(CommissionRule)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing()
            .returning(CommissionRule)
        )

    async def all(self) -> list[tuple[CommissionRule, str | None]]:
        """All rules with the name of their agent, latest beginning first."""
        rows = await self._session.execute(
            select(CommissionRule, User.name)
            .outerjoin(User, User.id == CommissionRule.operator_id)
            .where(CommissionRule.tenant_id == self._tenant_id)
            .order_by(CommissionRule.valid_from.desc(), CommissionRule.id.desc())
        )
        return [(row[0], row[1]) for row in rows]

    async def began_by(self, day: date) -> list[CommissionRule]:
        """Rules that had begun by a day."""
        rows = await self._session.scalars(
            select(CommissionRule).where(
                CommissionRule.tenant_id == self._tenant_id, CommissionRule.valid_from <= day
            )
        )
        return list(rows)

    async def rule(self, public_id: UUID) -> CommissionRule | None:
        """One rule, locked against other writers."""
        return await self._session.scalar(
            select(CommissionRule)
            .where(
                CommissionRule.tenant_id == self._tenant_id, CommissionRule.public_id == public_id
            )
            .with_for_update(key_share=True)
        )


class LedgerRepository:
    """Entries, lines and history of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add_entry(self, values: dict[str, Any]) -> Commission | None:
        """Store an entry; None when its policy or its sign has one already."""
        return await self._session.scalar(
            insert(Commission)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing()
            .returning(Commission)
        )

    async def add_line(self, line: CommissionLine) -> None:
        """Append a movement of money."""
        line.tenant_id = self._tenant_id
        self._session.add(line)
        await self._session.flush()

    async def add_change(self, change: CommissionChange) -> None:
        """Append a move between statuses."""
        self._session.add(change)
        await self._session.flush()

    async def locked(self, public_ids: Sequence[UUID]) -> list[Commission]:
        """Entries by public id, locked in the order of their keys."""
        return await self._lock(Commission.public_id.in_(public_ids))

    async def locked_by_id(self, commission_id: int) -> Commission | None:
        """One entry by its inner key, locked."""
        found = await self._lock(Commission.id == commission_id)
        return found[0] if found else None

    async def without_rule(self) -> list[Commission]:
        """Open entries for which no rule was found, locked."""
        return await self._lock(
            Commission.attention == Attention.NO_RULE.value,
            Commission.status.in_((Status.ACCRUED.value, Status.CONFIRMED.value)),
        )

    async def reviews_of(self, conversation_id: int, since: datetime) -> list[Commission]:
        """Entries of a conversation that wait for the administrator since a moment, locked."""
        return await self._lock(
            Commission.conversation_id == conversation_id,
            Commission.created_at > since,
            Commission.status == Status.REVIEW.value,
        )

    async def _lock(self, *which: ColumnElement[bool]) -> list[Commission]:
        rows = await self._session.scalars(
            select(Commission)
            .where(Commission.tenant_id == self._tenant_id, *which)
            .order_by(Commission.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return list(rows)

    async def amount(self, commission_id: int) -> Decimal:
        """Sum of the lines of an entry."""
        found = await self._session.scalar(
            select(func.sum(CommissionLine.amount)).where(
                CommissionLine.tenant_id == self._tenant_id,
                CommissionLine.commission_id == commission_id,
            )
        )
        return found if found is not None else ZERO

    async def lines(self, commission_id: int) -> list[tuple[CommissionLine, str | None]]:
        """Movements of an entry with who made them, oldest first."""
        rows = await self._session.execute(
            select(CommissionLine, User.name)
            .outerjoin(User, User.id == CommissionLine.user_id)
            .where(
                CommissionLine.tenant_id == self._tenant_id,
                CommissionLine.commission_id == commission_id,
            )
            .order_by(CommissionLine.id)
        )
        return [(row[0], row[1]) for row in rows]

    async def changes(self, commission_id: int) -> list[tuple[CommissionChange, str | None]]:
        """History of an entry with who moved it, oldest first."""
        rows = await self._session.execute(
            select(CommissionChange, User.name)
            .join(Commission, Commission.id == CommissionChange.commission_id)
            .outerjoin(User, User.id == CommissionChange.user_id)
            .where(
                Commission.tenant_id == self._tenant_id,
                CommissionChange.commission_id == commission_id,
            )
            .order_by(CommissionChange.id)
        )
        return [(row[0], row[1]) for row in rows]

    async def page(self, wanted: Wanted, offset: int, limit: int) -> tuple[list[Row], int]:
        """A page of entries, latest first, and how many fit."""
        which = [Commission.tenant_id == self._tenant_id, *_entries(wanted)]
        total = await self._session.scalar(
            select(func.count(Commission.id))
            .join(User, User.id == Commission.operator_id)
            .where(*which)
        )
        query = self._rows().where(*which).order_by(Commission.id.desc())
        rows = await self._session.execute(query.offset(offset).limit(limit))
        return [Row(*row) for row in rows], total or 0

    async def row(self, public_id: UUID) -> Row | None:
        """One entry."""
        found = await self._session.execute(
            self._rows().where(
                Commission.tenant_id == self._tenant_id, Commission.public_id == public_id
            )
        )
        row = found.first()
        return Row(*row) if row is not None else None

    def _rows(self) -> Select[Commission, Decimal, UUID, str, UUID, UUID]:
        amount = (
            select(func.coalesce(func.sum(CommissionLine.amount), ZERO))
            .where(CommissionLine.commission_id == Commission.id)
            .scalar_subquery()
        )
        return (
            select(
                Commission,
                amount,
                User.public_id,
                User.name,
                Policy.public_id,
                Conversation.public_id,
            )
            .join(User, User.id == Commission.operator_id)
            .outerjoin(Policy, Policy.id == Commission.policy_id)
            .outerjoin(Conversation, Conversation.id == Commission.conversation_id)
        )

    async def booked(self, wanted: Wanted) -> list[tuple[CommissionLine, Commission, UUID, str]]:
        """Lines with their entries and agents, by agent and then by date."""
        rows = await self._session.execute(
            select(CommissionLine, Commission, User.public_id, User.name)
            .join(Commission, Commission.id == CommissionLine.commission_id)
            .join(User, User.id == Commission.operator_id)
            .where(CommissionLine.tenant_id == self._tenant_id, *_lines(wanted))
            .order_by(User.name, User.id, CommissionLine.booked_on, CommissionLine.id)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def sums(self, wanted: Wanted) -> list[Sum]:
        """Lines added up by month, agent and status of today, latest month first."""
        month = func.date_trunc("month", CommissionLine.booked_on)
        rows = await self._session.execute(
            select(
                month,
                User.public_id,
                User.name,
                Commission.status,
                func.count(Commission.id.distinct()),
                func.sum(CommissionLine.amount),
            )
            .join(Commission, Commission.id == CommissionLine.commission_id)
            .join(User, User.id == Commission.operator_id)
            .where(CommissionLine.tenant_id == self._tenant_id, *_lines(wanted))
            .group_by(month, User.id, Commission.status)
            .order_by(month.desc(), User.name, User.id, Commission.status)
        )
        return [Sum(row[0].date(), *row[1:]) for row in rows]

    async def agent_name(self, wanted: Wanted) -> str | None:
        """Name of the agent that a filter names; None when it names nobody of the tenant."""
        if wanted.operator_id is None and wanted.agent is None:
            return None
        which = [User.tenant_id == self._tenant_id]
        if wanted.operator_id is not None:
            which.append(User.id == wanted.operator_id)
        if wanted.agent is not None:
            which.append(User.public_id == wanted.agent)
        return await self._session.scalar(select(User.name).where(*which))

    async def months(self) -> list[date]:
        """First days of the months in which something was booked, latest first."""
        month = func.date_trunc("month", Commission.booked_on)
        rows = await self._session.scalars(
            select(month)
            .where(Commission.tenant_id == self._tenant_id)
            .distinct()
            .order_by(month.desc())
        )
        return [row.date() for row in rows]


def _agents(wanted: Wanted) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if wanted.operator_id is not None:
        which.append(Commission.operator_id == wanted.operator_id)
    if wanted.agent is not None:
        which.append(User.public_id == wanted.agent)
    return which


def _lines(wanted: Wanted) -> list[ColumnElement[bool]]:
    which = _agents(wanted)
    if wanted.since is not None:
        which.append(CommissionLine.booked_on >= wanted.since)
    if wanted.until is not None:
        which.append(CommissionLine.booked_on < wanted.until)
    if wanted.status:
        which.append(Commission.status == wanted.status)
    return which


def _entries(wanted: Wanted) -> list[ColumnElement[bool]]:
    which = _agents(wanted)
    if wanted.since is not None:
        which.append(Commission.booked_on >= wanted.since)
    if wanted.until is not None:
        which.append(Commission.booked_on < wanted.until)
    if wanted.status:
        which.append(Commission.status == wanted.status)
    if wanted.attention:
        look = or_(Commission.attention.is_not(None), Commission.status == Status.REVIEW.value)
        which.append(look)
    return which


async def fetch_policy_across_tenants(unit: Unit, policy_id: int) -> Policy | None:
    """A policy that an agent owes for; None when nobody does."""
    return await unit.session.scalar(
        select(Policy)
        .join(User, User.id == Policy.operator_id)
        .where(Policy.id == policy_id, User.role == Role.AGENT.value)
    )


async def fetch_unbooked_policies_across_tenants(unit: Unit, limit: int) -> list[int]:
    """Policies of agents that have no entry."""
    rows = await unit.session.scalars(
        select(Policy.id)
        .join(User, User.id == Policy.operator_id)
        .outerjoin(Commission, Commission.policy_id == Policy.id)
        .where(User.role == Role.AGENT.value, Commission.id.is_(None))
        .order_by(Policy.id)
        .limit(limit)
    )
    return list(rows)


async def fetch_due_checks_across_tenants(
    unit: Unit, asked_before: datetime, born_after: datetime, limit: int
) -> list[DueCheck]:
    """Entries whose policy the insurer was not asked about for a while, longest ago first."""
    rows = await unit.session.execute(
        select(
            Commission.id,
            Commission.tenant_id,
            Sale.product,
            Sale.provider_draft_id,
            Sale.paid_at,
        )
        .join(Policy, Policy.id == Commission.policy_id)
        .join(Sale, Sale.id == Policy.sale_id)
        .where(
            Commission.status.in_(
                (Status.ACCRUED.value, Status.CONFIRMED.value, Status.PAID.value)
            ),
            or_(
                Commission.status == Status.ACCRUED.value,
                Commission.created_at > born_after,
            ),
            or_(Commission.checked_at.is_(None), Commission.checked_at < asked_before),
            Sale.provider_draft_id.is_not(None),
        )
        .order_by(Commission.checked_at.asc().nulls_first(), Commission.id)
        .limit(limit)
    )
    return [DueCheck(row[0], row[1], row[2], row[3] or "", row[4] is not None) for row in rows]


async def touch(unit: Unit, tenant_id: int, commission_ids: Sequence[int]) -> None:
    """The insurer was asked about these entries now."""
    await unit.session.execute(
        update(Commission)
        .where(Commission.tenant_id == tenant_id, Commission.id.in_(commission_ids))
        .values(checked_at=utcnow())
    )
