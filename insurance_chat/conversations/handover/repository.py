"""Queries of the queue for a human, always under a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_, update

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Contact, Conversation, Handover, LogEntry
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.conversations.types import ConversationState, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit

WAITING, CLAIMED, ENDED = "waiting", "claimed", "ended"
CAME = "agent_came"  # reason of a chat that an agent took without a request
OWNER_WROTE = "owner_wrote"  # the owner of a messenger account answers there, not on our pages


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


def addressed_to(
    user_id: int, companies: Sequence[str], at: datetime | ColumnElement[datetime | None]
) -> ColumnElement[bool]:
    """Requests that an agent is shown: theirs, those of their companies, and widened ones.

    Args:
        companies: insurers that the agent knows; who has named none knows all.
        at: the moment of looking.
    """
    knows = [Handover.company.is_(None), Handover.company.in_(companies)]
    known = or_(*knows) if companies else true()
    return or_(
        Handover.asked_for == user_id,
        and_(Handover.asked_for.is_(None), known),
        Handover.widen_at <= at,
    )


class HandoverRepository:
    """Requests for a human of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
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
            query = query.where(addressed_to(user_id, companies, utcnow()))
        return [(row[0], row[1], row[2]) for row in await self._session.execute(query)]

    async def places(self) -> dict[int, int]:
        """Place in the queue, from 1, of every waiting request, by its key."""
        rows = await self._session.scalars(
            select(Handover.id)
            .where(Handover.tenant_id == self._tenant_id, Handover.status == WAITING)
            .order_by(Handover.id)
        )
        return {key: place for place, key in enumerate(rows, 1)}

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
                Handover.reason.not_in((CAME, OWNER_WROTE)),  # nobody was told of it
                addressed_to(user_id, companies, Handover.claimed_at.expression),
            )
            .order_by(Handover.claimed_at.desc())
            .limit(20)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def unanswered(self, ids: Sequence[int]) -> dict[int, tuple[int, datetime, datetime]]:
        """Words of clients that no agent has answered, by inner key of the conversation.

        Returns:
            The number of the last such line, when the first of them was said, and when the last.
        """
        said = and_(LogEntry.conversation_id.in_(ids), LogEntry.kind == EntryKind.MESSAGE.value)
        answered = (
            select(LogEntry.conversation_id, func.max(LogEntry.seq).label("seq"))
            .where(said, LogEntry.sender == Sender.AGENT.value)
            .group_by(LogEntry.conversation_id)
            .subquery()
        )
        rows = await self._session.execute(
            select(
                LogEntry.conversation_id,
                func.max(LogEntry.seq),
                func.min(LogEntry.created_at),
                func.max(LogEntry.created_at),
            )
            .outerjoin(answered, answered.c.conversation_id == LogEntry.conversation_id)
            .where(
                said,
                LogEntry.sender == Sender.USER.value,
                LogEntry.seq > func.coalesce(answered.c.seq, 0),
            )
            .group_by(LogEntry.conversation_id)
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    async def last_words(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The client's last message in each conversation: its opened body, by inner key."""
        latest = (
            select(LogEntry.conversation_id, func.max(LogEntry.seq))
            .where(
                LogEntry.conversation_id.in_(ids),
                LogEntry.kind == EntryKind.MESSAGE.value,
                LogEntry.sender == Sender.USER.value,
            )
            .group_by(LogEntry.conversation_id)
        )
        rows = await self._session.execute(
            select(LogEntry.conversation_id, LogEntry.body, LogEntry.sound).where(
                tuple_(LogEntry.conversation_id, LogEntry.seq).in_(latest)
            )
        )
        return {row[0]: body_of(self._cipher, row[1], row[2]) for row in rows}


class HistoryRepository:
    """Chats of one tenant that one agent has led."""

    def __init__(self, unit: Unit, tenant_id: int, user_id: int) -> None:
        self._session = unit.session
        self._cipher = unit.cipher
        self._handled = (
            select(Handover.conversation_id, func.max(Handover.id).label("id"))
            .where(Handover.tenant_id == tenant_id, Handover.claimed_by == user_id)
            .group_by(Handover.conversation_id)
            .subquery()
        )

    async def page(
        self, *, ids: Sequence[int] | None, tag: str, offset: int, limit: int
    ) -> tuple[list[tuple[Handover, Conversation, Contact]], int]:
        """Led chats with the agent's last part in them, latest first, and how many there are.

        Args:
            ids: only these conversations; None for all.
            tag: only those with this tag; empty for all.
        """
        query = (
            select(Handover, Conversation, Contact)
            .join(self._handled, self._handled.c.id == Handover.id)
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .join(Contact, Contact.id == Conversation.contact_id)
        )
        if ids is not None:
            query = query.where(Conversation.id.in_(ids))
        if tag:
            query = query.where(Conversation.tags.contains([tag]))
        total = await self._session.scalar(select(func.count()).select_from(query.subquery()))
        query = query.order_by(Handover.claimed_at.desc(), Handover.id.desc())
        rows = await self._session.execute(query.offset(offset).limit(limit))
        return [(row[0], row[1], row[2]) for row in rows], total or 0

    async def profiles(self, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """What the clients of the latest led chats have told of themselves, by conversation."""
        rows = await self._session.execute(
            select(Conversation.id, Contact.profile)
            .join(self._handled, self._handled.c.conversation_id == Conversation.id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Contact.profile.is_not(None))
            .order_by(Conversation.id.desc())
            .limit(limit)
        )
        return [(row[0], self._cipher.open_json(row[1])) for row in rows if row[1] is not None]

    async def tags(self) -> list[str]:
        """Tags that led chats have."""
        rows = await self._session.scalars(
            select(func.unnest(Conversation.tags))
            .join(self._handled, self._handled.c.conversation_id == Conversation.id)
            .distinct()
        )
        return sorted(rows)


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
                Handover.reason != OWNER_WROTE,
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
