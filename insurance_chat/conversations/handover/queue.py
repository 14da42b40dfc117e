"""What an agent's screen shows of the queue: who waits, what I hold, what others have taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.conversations.feed import Subscription
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.handover.requests import CHANNEL
from insurance_chat.conversations.models import Contact, Conversation, Handover
from insurance_chat.conversations.privacy import mask_documents
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

TAKEN_SHOWN = timedelta(minutes=3)
BEGINNING = 140  # characters of a client's last message
MOST_READ = 400  # no more of it is masked: a number may straddle the end of what is shown


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue, or a chat that the caller holds.

    Args:
        session: public id of the conversation.
        reason: why a human is wanted, a short code.
        since: when the request came; for a held chat, when it was taken.
        for_me: the client asked for the caller by name or is the caller's own client.
        conversation_id: inner key, for reading more.
        place: place in the queue from 1; 0 for a held chat.
        wants: code of the product that the client is busy with, if any.
        client: the client's name as agents see it, or empty.
        unanswered: number of the client's last line since the agent came that waits for an answer,
            0 when none does.
        unanswered_since: since when the client waits for words of the agent.
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
    place: int = 0
    wants: str | None = None
    client: str = ""
    unanswered: int = 0
    unanswered_since: datetime | None = None


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
    """One look at the queue; `status` is the caller's own."""

    waiting: list[Waiting]
    held: list[Waiting]
    taken: list[Taken]
    status: str = "offline"

    @property
    def unanswered(self) -> int:
        """Own chats where the client waits for words."""
        return sum(row.unanswered_since is not None for row in self.held)


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
    places = await repository.places() if waiting else {}
    unanswered = await repository.unanswered([chat.id for _, chat, _ in held]) if held else {}
    return Desk(
        [replace(_row(unit, user, *row), place=places.get(row[0].id, 0)) for row in waiting],
        [_held(_row(unit, user, *row), row[0], unanswered) for row in held],
        [Taken(chat.public_id, name, row.claimed_at or utcnow()) for row, chat, name in taken],
        user.status,
    )


async def last_words(unit: Unit, principal: Principal, rows: Sequence[Waiting]) -> dict[UUID, str]:
    """The beginning of what each client said last, with numbers and addresses masked.

    Args:
        rows: requests and chats of the caller's own `look`.
    """
    repository = HandoverRepository(unit, principal.tenant_id)
    said = await repository.last_words([row.conversation_id for row in rows])
    return {row.session: beginning(said.get(row.conversation_id, {})) for row in rows}


def beginning(body: Mapping[str, Any]) -> str:
    """The beginning of a message for a list, masked; a file or a voice is named."""
    words = mask_documents(" ".join((body.get("text") or "")[:MOST_READ].split()))
    if not words and (body.get("voiceUrl") or body.get("voiceKey")):
        return "Голосовое сообщение"
    if not words and (body.get("fileUrl") or body.get("fileKey")):
        return "Файл"
    return words if len(words) <= BEGINNING else words[:BEGINNING].rstrip() + "…"


def shown_name(profile: Mapping[str, Any]) -> str:
    """A client's name as agents see it: «Иван П.» of «Петров Иван Сергеевич», or empty."""
    parts = str(profile.get("name") or "").split()
    if len(parts) < 2:
        return parts[0] if parts else ""
    surname, first = parts[:2]  # the flows keep names in the order of a passport
    return f"{first} {surname[0]}."


def _row(
    unit: Unit, user: User, request: Handover, chat: Conversation, contact: Contact
) -> Waiting:
    profile = unit.cipher.open_json(contact.profile) if contact.profile is not None else {}
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
        wants=request.product or _flow(unit, chat),
        client=shown_name(profile),
    )


def _flow(unit: Unit, chat: Conversation) -> str | None:
    """The flow that the client came for: the lowest of the stack in the state document."""
    state = unit.cipher.open_json(chat.dialogue) if chat.dialogue is not None else {}
    runs = state.get("runs") or []
    return str(runs[0]["flow"]) if runs else None


def _held(
    row: Waiting, request: Handover, unanswered: Mapping[int, tuple[int, datetime, datetime]]
) -> Waiting:
    """A held chat; until the agent's first words the client waits for them, whoever spoke last."""
    seq, first, last = unanswered.get(row.conversation_id, (0, row.since, row.since))
    if request.first_reply_at is None:
        # What was said before the agent came is no news to the agent.
        return replace(row, unanswered=seq if last > row.since else 0, unanswered_since=row.since)
    return replace(row, unanswered=seq, unanswered_since=first) if seq else row


class QueueHub:
    """Wakes the open queues of this process. The table is the truth; a wake only says «look».

    Args:
        listener: brings wakes of all processes.
    """

    def __init__(self, listener: Listener) -> None:
        self._open: dict[int, set[Subscription]] = defaultdict(set)
        self._chats: dict[Subscription, frozenset[int]] = {}
        listener.on(CHANNEL, self._woken)
        listener.on("feed", self._spoken)
        listener.on_reconnect(self._wake_all)

    def _woken(self, payload: str) -> None:
        for subscription in self._open.get(int(payload), ()):
            subscription.wake()

    def _spoken(self, payload: str) -> None:
        conversation_id = int(payload.split(":")[0])
        for subscription, chats in self._chats.items():
            if conversation_id in chats:
                subscription.wake()

    def watch(self, subscription: Subscription, rows: Sequence[Waiting]) -> None:
        """Wake this screen for new lines of these chats, too; replaces what it watched before."""
        self._chats[subscription] = frozenset(row.conversation_id for row in rows)

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
            self._chats.pop(subscription, None)
            self._open[tenant_id].discard(subscription)
            if not self._open[tenant_id]:
                del self._open[tenant_id]
