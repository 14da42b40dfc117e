"""Queries of the watch: whose chats to read, how far they were read, what was sold in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.accounts.models import User
from insurance_chat.conversations.models import Conversation, Handover
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Role
from insurance_chat.insurance.models import Policy
from insurance_chat.operators.commissions.models import CommissionWatch


@dataclass(frozen=True, slots=True)
class Watched:
    """A conversation with lines that were not read yet; `seq` is the last line that was."""

    conversation: Conversation
    seq: int


async def fetch_unread_across_tenants(
    unit: Unit, ended_after: datetime, limit: int
) -> list[Watched]:
    """Conversations that an agent leads, or led until a moment ago, with lines not read yet."""
    seq = func.coalesce(CommissionWatch.seq, 0)
    # Two look-ups by index: chats with agents are few, all chats are many.
    led_now = select(Conversation.id).where(
        Conversation.operator_id.is_not(None),
        Conversation.state == ConversationState.WITH_AGENT.value,
    )
    led_lately = select(Handover.conversation_id).where(
        Handover.ended_at > ended_after, Handover.claimed_at.is_not(None)
    )
    rows = await unit.session.execute(
        select(Conversation, seq)
        .outerjoin(CommissionWatch, CommissionWatch.conversation_id == Conversation.id)
        .where(Conversation.id.in_(led_now.union(led_lately)), Conversation.last_seq > seq)
        .order_by(Conversation.id)
        .limit(limit)
    )
    return [Watched(row[0], row[1]) for row in rows]


class WatchRepository:
    """What the watch asks about the conversations of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def led_by(self, conversation: Conversation, at: datetime) -> int | None:
        """The agent who led a conversation at a moment; None for the assistant or another role."""
        operator = await self._session.scalar(
            select(Handover.claimed_by)
            .where(
                Handover.tenant_id == self._tenant_id,
                Handover.conversation_id == conversation.id,
                Handover.claimed_at <= at,
                or_(Handover.ended_at.is_(None), Handover.ended_at >= at),
            )
            .order_by(Handover.id.desc())
            .limit(1)
        )
        if operator is None and conversation.state == ConversationState.WITH_AGENT.value:
            operator = await self._without_handover(conversation)
        return await self._session.scalar(
            select(User.id).where(User.id == operator, User.role == Role.AGENT.value)
        )

    async def _without_handover(self, conversation: Conversation) -> int | None:
        # An invited client comes to an own agent without having asked for anybody.
        claimed = await self._session.scalar(
            select(Handover.id)
            .where(Handover.conversation_id == conversation.id, Handover.claimed_at.is_not(None))
            .limit(1)
        )
        return conversation.operator_id if claimed is None else None

    async def sold_in(self, conversation_id: int, since: datetime) -> bool:
        """Whether the service issued a policy in a conversation after a moment."""
        found = await self._session.scalar(
            select(Policy.id)
            .where(
                Policy.tenant_id == self._tenant_id,
                Policy.conversation_id == conversation_id,
                Policy.created_at > since,
            )
            .limit(1)
        )
        return found is not None

    async def knows_number(self, number: str) -> bool:
        """Whether a policy with this number was issued by the service."""
        found = await self._session.scalar(
            select(Policy.id)
            .where(
                Policy.tenant_id == self._tenant_id,
                func.replace(Policy.number, " ", "") == number,
            )
            .limit(1)
        )
        return found is not None


async def move_cursor(unit: Unit, conversation_id: int, seq: int) -> None:
    """Remember how far a conversation was read; it never goes back."""
    statement = insert(CommissionWatch).values(conversation_id=conversation_id, seq=seq)
    await unit.session.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id"],
            set_={"seq": func.greatest(CommissionWatch.seq, statement.excluded.seq)},
        )
    )
