"""Read queries of statistics, always under a tenant; each one reads a period by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, cast, exists, func, or_, select

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Conversation, Handover
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.models import Policy, QuoteRequest
from insurance_chat.operators.commissions.models import Commission, CommissionLine
from insurance_chat.operators.statistics.types import ChatFigures, HandoverFigures, Period

UNASKED = ("agent_came", "owner_wrote")  # reasons of handovers that no client asked for
_ENDED, _WAITING, _TRANSFERRED = "ended", "waiting", "transferred"


class StatisticsRepository:
    """Figures of one tenant.

    Args:
        unit: the open transaction.
        tenant_id: whose figures.
        period: what counts.
        operator_id: only the work and sales of this member of staff; None counts everybody's.
    """

    def __init__(
        self, unit: Unit, tenant_id: int, period: Period, operator_id: int | None = None
    ) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id
        self._period = period
        self._operator_id = operator_id

    async def staff(self) -> list[User]:
        """Everybody who may lead chats, by name."""
        query = select(User).where(User.tenant_id == self._tenant_id, User.approved_at.is_not(None))
        if self._operator_id is not None:
            query = query.where(User.id == self._operator_id)
        return list(await self._session.scalars(query.order_by(User.name, User.id)))

    async def work_by_agent(self) -> dict[int, HandoverFigures]:
        """What each agent took, by inner key; `requests` and `missed` count the taken ones only."""
        query = (
            select(Handover.claimed_by, *_work())
            .where(*self._requested(), Handover.claimed_by.is_not(None))
            .group_by(Handover.claimed_by)
        )
        if self._operator_id is not None:
            query = query.where(Handover.claimed_by == self._operator_id)
        rows = await self._session.execute(query)
        return {row[0]: _figures(row[1:]) for row in rows if row[0] is not None}

    async def not_taken(self) -> dict[int, tuple[int, int]]:
        """Requests for an agent by name that the agent did not take: all, and those that are over."""
        over = or_(Handover.claimed_by.is_not(None), Handover.status != _WAITING)
        query = (
            select(Handover.asked_for, func.count(), func.count().filter(over))
            .where(
                *self._requested(),
                Handover.asked_for.is_not(None),
                Handover.claimed_by.is_distinct_from(Handover.asked_for),
            )
            .group_by(Handover.asked_for)
        )
        if self._operator_id is not None:
            query = query.where(Handover.asked_for == self._operator_id)
        rows = await self._session.execute(query)
        return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}

    async def work_by_channel(self) -> dict[str, HandoverFigures]:
        """Requests of each channel."""
        rows = await self._session.execute(
            select(Conversation.channel, *_work())
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .where(*self._requested())
            .group_by(Conversation.channel)
        )
        return {row[0]: _figures(row[1:]) for row in rows}

    async def work(self) -> HandoverFigures:
        """All requests."""
        row = (await self._session.execute(select(*_work()).where(*self._requested()))).one()
        return _figures(row)

    async def policies_by_agent(self) -> dict[int, tuple[int, Decimal]]:
        """How many policies each agent has, and their premium in roubles."""
        query = (
            select(Policy.operator_id, func.count(), func.sum(Policy.price))
            .where(*self._issued(), Policy.operator_id.is_not(None))
            .group_by(Policy.operator_id)
        )
        if self._operator_id is not None:
            query = query.where(Policy.operator_id == self._operator_id)
        rows = await self._session.execute(query)
        return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}

    async def policies_by_channel(self) -> dict[str, tuple[int, Decimal]]:
        """How many policies came through each channel; "" for chats that were erased."""
        channel = func.coalesce(Conversation.channel, "")
        rows = await self._session.execute(
            select(channel, func.count(), func.sum(Policy.price))
            .outerjoin(Conversation, Conversation.id == Policy.conversation_id)
            .where(*self._issued())
            .group_by(channel)
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    async def commission_by_agent(self) -> dict[int, Decimal]:
        """Roubles booked for each agent."""
        query = (
            select(Commission.operator_id, func.sum(CommissionLine.amount))
            .join(Commission, Commission.id == CommissionLine.commission_id)
            .where(*self._booked())
            .group_by(Commission.operator_id)
        )
        if self._operator_id is not None:
            query = query.where(Commission.operator_id == self._operator_id)
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def commission_by_channel(self) -> dict[str, Decimal]:
        """Roubles booked for each channel; "" for chats that were erased."""
        channel = func.coalesce(Conversation.channel, "")
        rows = await self._session.execute(
            select(channel, func.sum(CommissionLine.amount))
            .join(Commission, Commission.id == CommissionLine.commission_id)
            .outerjoin(Conversation, Conversation.id == Commission.conversation_id)
            .where(*self._booked())
            .group_by(channel)
        )
        return {row[0]: row[1] for row in rows}

    async def chats_by_channel(self) -> dict[str, ChatFigures]:
        """How far the chats of each channel came."""
        asked = exists().where(Handover.conversation_id == Conversation.id)
        quoted = exists().where(QuoteRequest.conversation_id == Conversation.id)
        sold = exists().where(Policy.conversation_id == Conversation.id)
        rows = await self._session.execute(
            select(
                Conversation.channel,
                func.count(),
                func.count().filter(~asked),
                func.count().filter(quoted),
                func.count().filter(sold),
            )
            .where(*self._begun())
            .group_by(Conversation.channel)
        )
        return {row[0]: ChatFigures(*row[1:]) for row in rows}

    async def chats_by_day(self) -> dict[date, int]:
        """Begun chats by the parts of the period."""
        day = self._part(Conversation.created_at)
        query = select(day, func.count()).where(*self._begun()).group_by(day)
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def requests_by_day(self) -> dict[date, tuple[int, int]]:
        """Requests for a human by the parts of the period, and how many of them were taken."""
        day = self._part(Handover.requested_at)
        taken = func.count().filter(Handover.claimed_at.is_not(None))
        query = (
            select(day, func.count(), taken)
            .where(*self._requested(), Handover.reason.not_in(UNASKED))
            .group_by(day)
        )
        return {row[0]: (row[1], row[2]) for row in await self._session.execute(query)}

    async def policies_by_day(self) -> dict[date, int]:
        """Issued policies by the parts of the period."""
        day = self._part(Policy.created_at)
        query = select(day, func.count()).where(*self._issued()).group_by(day)
        return {row[0]: row[1] for row in await self._session.execute(query)}

    def _part(self, column: Any) -> ColumnElement[date]:
        local = func.timezone("Europe/Moscow", column)
        return cast(func.date_trunc(self._period.step.value, local), Date)

    def _requested(self) -> Sequence[ColumnElement[bool]]:
        return (
            Handover.tenant_id == self._tenant_id,
            Handover.requested_at >= self._period.begins,
            Handover.requested_at < self._period.ends,
        )

    def _issued(self) -> Sequence[ColumnElement[bool]]:
        return (
            Policy.tenant_id == self._tenant_id,
            Policy.created_at >= self._period.begins,
            Policy.created_at < self._period.ends,
        )

    def _booked(self) -> Sequence[ColumnElement[bool]]:
        return (
            CommissionLine.tenant_id == self._tenant_id,
            CommissionLine.booked_on >= self._period.since,
            CommissionLine.booked_on <= self._period.until,
        )

    def _begun(self) -> Sequence[ColumnElement[bool]]:
        # A chat changes no earlier than it begins; the index is by the last change.
        return (
            Conversation.tenant_id == self._tenant_id,
            Conversation.updated_at >= self._period.begins,
            Conversation.created_at >= self._period.begins,
            Conversation.created_at < self._period.ends,
            Conversation.last_inbound_seq > 0,
        )


def _work() -> list[ColumnElement[Any]]:
    """Columns of `HandoverFigures` in their order."""
    asked = Handover.reason.not_in(UNASKED)
    taken = Handover.claimed_at.is_not(None)
    to_claim = func.extract("epoch", Handover.claimed_at - Handover.requested_at)
    to_reply = func.extract("epoch", Handover.first_reply_at - Handover.requested_at)
    return [
        func.count().filter(asked),
        func.count().filter(and_(asked, taken)),
        func.count().filter(and_(asked, ~taken, Handover.status == _ENDED)),
        func.percentile_cont(0.5).within_group(to_claim).filter(asked),
        func.percentile_cont(0.9).within_group(to_claim).filter(asked),
        func.percentile_cont(0.5).within_group(to_reply).filter(asked),
        func.percentile_cont(0.9).within_group(to_reply).filter(asked),
        func.count(Handover.conversation_id.distinct()).filter(taken),
        func.count().filter(Handover.outcome == _TRANSFERRED),
    ]


def _figures(row: Any) -> HandoverFigures:
    requests, claimed, missed, *times, handled, transfers = row
    claim_median, claim_p90, reply_median, reply_p90 = (_seconds(one) for one in times)
    return HandoverFigures(
        requests,
        claimed,
        missed,
        claim_median,
        claim_p90,
        reply_median,
        reply_p90,
        handled,
        transfers,
    )


def _seconds(value: Any) -> float | None:
    return float(value) if value is not None else None
