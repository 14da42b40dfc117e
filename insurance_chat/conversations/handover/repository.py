"""Queries of the queue for a human, always under a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit

WAITING, CLAIMED, ENDED = "waiting", "claimed", "ended"


def seen_by(user_id: int) -> ColumnElement[bool]:
    """Conversations that an agent may see: waiting, held now or before, or of an own client."""
    held = exists().where(
        Handover.conversation_id == Conversation.id, Handover.claimed_by == user_id
    )
    brought = exists().where(Contact.id == Conversation.contact_id, Contact.operator_id == user_id)
    return or_(
        Conversation.operator_id == user_id,
        Conversation.state == ConversationState.HANDOVER_REQUESTED.value,
        held,
        brought,
    )


def addressed_to(user_id: int, companies: Sequence[str]) -> ColumnElement[bool]:
    """Requests that an agent is shown: theirs, those of their companies, and widened ones."""
    return or_(
        Handover.asked_for == user_id,
        and_(
            Handover.asked_for.is_(None),
            or_(Handover.company.is_(None), Handover.company.in_(companies)),
        ),
        Handover.widen_at <= utcnow(),
    )


class HandoverRepository:
    """Requests for a human of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, handover: Handover) -> Handover:
        """Store a new request; the conversation's row is locked or was just written."""
        handover.tenant_id = self._tenant_id
        self._session.add(handover)
        await self._session.flush()
        return handover

    async def open(self, conversation_id: int) -> Handover | None:
        """The request of a conversation that has not ended."""
        return await self._session.scalar(
            select(Handover).where(
                Handover.tenant_id == self._tenant_id,
                Handover.conversation_id == conversation_id,
                Handover.status != ENDED,
            )
        )

    async def may_see(self, conversation_id: int, user_id: int) -> bool:
        """Whether an agent may look at a conversation."""
        found = await self._session.scalar(
            select(Conversation.id).where(
                Conversation.tenant_id == self._tenant_id,
                Conversation.id == conversation_id,
                seen_by(user_id),
            )
        )
        return found is not None

    async def position(self, before: int | None = None) -> int:
        """Place in the queue of a request, or of one that would come now.

        Args:
            before: key of the request; None for a new one.
        """
        query = select(func.count(Handover.id)).where(
            Handover.tenant_id == self._tenant_id, Handover.status == WAITING
        )
        if before is not None:
            query = query.where(Handover.id < before)
        return (await self._session.scalar(query) or 0) + 1

    async def user(self, user_id: int) -> User | None:
        """A member of staff."""
        return await self._session.scalar(
            select(User).where(User.tenant_id == self._tenant_id, User.id == user_id)
        )

    async def waiting(
        self, user_id: int | None, companies: Sequence[str]
    ) -> list[tuple[Handover, Conversation, Contact]]:
        """Requests in the order they came, with their conversations and people.

        Args:
            user_id: only those that this agent is shown; None for all.
        """
        query = (
            select(Handover, Conversation, Contact)
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Handover.tenant_id == self._tenant_id, Handover.status == WAITING)
            .order_by(Handover.id)
            .limit(200)
        )
        if user_id is not None:
            query = query.where(addressed_to(user_id, companies))
        return [(row[0], row[1], row[2]) for row in await self._session.execute(query)]

    async def held(self, user_id: int) -> list[tuple[Handover, Conversation, Contact]]:
        """Chats that an agent leads now, the longest held first."""
        query = (
            select(Handover, Conversation, Contact)
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(
                Handover.tenant_id == self._tenant_id,
                Handover.status == CLAIMED,
                Handover.claimed_by == user_id,
            )
            .order_by(Handover.claimed_at)
        )
        return [(row[0], row[1], row[2]) for row in await self._session.execute(query)]

    async def taken_since(
        self, moment: datetime, user_id: int, companies: Sequence[str]
    ) -> list[tuple[Handover, Conversation, str]]:
        """Requests that an agent was shown and somebody else took, with that agent's name."""
        rows = await self._session.execute(
            select(Handover, Conversation, User.name)
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .join(User, User.id == Handover.claimed_by)
            .where(
                Handover.tenant_id == self._tenant_id,
                Handover.claimed_at >= moment,
                Handover.claimed_by != user_id,
                addressed_to(user_id, companies),
            )
            .order_by(Handover.claimed_at.desc())
            .limit(20)
        )
        return [(row[0], row[1], row[2]) for row in rows]


class HandoverSweepRepository:
    """What a duty of the whole installation looks for: across tenants."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    async def unattended_across_tenants(self, before: datetime) -> list[Handover]:
        """Requests that nobody took since a moment and whose clients were not told so."""
        rows = await self._session.scalars(
            select(Handover)
            .where(
                Handover.status == WAITING,
                Handover.requested_at < before,
                Handover.told_nobody_at.is_(None),
            )
            .order_by(Handover.id)
            .limit(100)
        )
        return list(rows)

    async def lost_across_tenants(self, before: datetime) -> list[Handover]:
        """Chats whose agent has given no sign of life since a moment."""
        rows = await self._session.scalars(
            select(Handover)
            .join(User, User.id == Handover.claimed_by)
            .where(
                Handover.status == CLAIMED,
                Handover.claimed_at < before,
                or_(User.seen_at.is_(None), User.seen_at < before, User.blocked_at.is_not(None)),
            )
            .order_by(Handover.id)
            .limit(100)
        )
        return list(rows)

    async def holders_across_tenants(self) -> set[int]:
        """Members of staff who lead a chat now."""
        rows = await self._session.scalars(
            select(Handover.claimed_by).where(
                Handover.status == CLAIMED, Handover.claimed_by.is_not(None)
            )
        )
        return {row for row in rows if row is not None}

    async def widened_across_tenants(self, since: datetime, until: datetime) -> list[int]:
        """Tenants where a request has just become visible to everybody."""
        rows = await self._session.scalars(
            select(Handover.tenant_id)
            .where(
                Handover.status == WAITING, Handover.widen_at > since, Handover.widen_at <= until
            )
            .distinct()
        )
        return list(rows)


async def end_open(unit: Unit, conversation_id: int, outcome: str) -> None:
    """End whatever request of a conversation is open."""
    await unit.session.execute(
        update(Handover)
        .where(Handover.conversation_id == conversation_id, Handover.status != ENDED)
        .values(status=ENDED, outcome=outcome, ended_at=utcnow())
    )
