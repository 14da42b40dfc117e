"""What an agent's screen shows of the queue: who waits, what I hold, what others have taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.conversations.feed import Subscription
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.handover.requests import CHANNEL
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

TAKEN_SHOWN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue, or a chat that the caller holds.

    Args:
        session: public id of the conversation.
        reason: why a human is wanted, a short code.
        since: when the request came; for a held chat, when it was taken.
        for_me: the client asked for the caller by name or is the caller's own client.
        conversation_id: inner key, for reading more.
    """

    session: UUID
    conversation_id: int
    reason: str
    since: datetime
    for_me: bool
    channel: str
    prefer_voice: bool
    tags: tuple[str, ...]
    company: str | None
    product: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that the caller was shown and another agent has taken."""

    session: UUID
    agent: str
    at: datetime

    @property
    def text(self) -> str:
        """The notice, in the agreed words."""
        return f"К чату подключился {self.agent}, заявка неактуальна"


@dataclass(frozen=True, slots=True)
class Desk:
    """One look at the queue."""

    waiting: list[Waiting]
    held: list[Waiting]
    taken: list[Taken]


async def look(unit: Unit, principal: Principal) -> Desk:
    """Everything that an agent's queue shows now; the administrator sees all requests.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.TAKE_CHATS)
    repository = HandoverRepository(unit, principal.tenant_id)
    user = await repository.user(principal.user_id or 0)
    if user is None:
        return Desk([], [], [])
    shown_to = None if principal.is_admin else user.id
    waiting = await repository.waiting(shown_to, user.companies)
    held = await repository.held(user.id)
    taken = await repository.taken_since(utcnow() - TAKEN_SHOWN, user.id, user.companies)
    return Desk(
        [_row(user, *row) for row in waiting],
        [_row(user, *row) for row in held],
        [Taken(chat.public_id, name, row.claimed_at or utcnow()) for row, chat, name in taken],
    )


def _row(user: User, request: Handover, chat: Conversation, contact: Contact) -> Waiting:
    return Waiting(
        session=chat.public_id,
        conversation_id=chat.id,
        reason=request.reason,
        since=request.claimed_at or request.requested_at,
        for_me=user.id in (request.asked_for, contact.operator_id),
        channel=chat.channel,
        prefer_voice=chat.prefer_voice,
        tags=tuple(chat.tags),
        company=request.company,
        product=request.product,
    )


class QueueHub:
    """Wakes the open queues of this process. The table is the truth; a wake only says «look».

    Args:
        listener: brings wakes of all processes.
    """

    def __init__(self, listener: Listener) -> None:
        self._open: dict[int, set[Subscription]] = defaultdict(set)
        listener.on(CHANNEL, self._woken)
        listener.on_reconnect(self._wake_all)

    def _woken(self, payload: str) -> None:
        for subscription in self._open.get(int(payload), ()):
            subscription.wake()

    def _wake_all(self) -> None:
        for tenant_id in list(self._open):
            self._woken(str(tenant_id))

    @asynccontextmanager
    async def subscribe(self, tenant_id: int) -> AsyncIterator[Subscription]:
        """Wakes of one tenant's queue while the block runs."""
        subscription = Subscription()
        self._open[tenant_id].add(subscription)
        try:
            yield subscription
        finally:
            self._open[tenant_id].discard(subscription)
            if not self._open[tenant_id]:
                del self._open[tenant_id]
