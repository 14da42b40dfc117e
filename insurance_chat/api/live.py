"""The live feed of a conversation, the same for WebSocket and server-sent events."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection

from insurance_chat.accounts import auth, presence
from insurance_chat.api import present
from insurance_chat.api.deps import identify, services_of
from insurance_chat.api.links import links_for
from insurance_chat.api.texts import session_id
from insurance_chat.conversations import sessions
from insurance_chat.conversations.feed import SHOWN, TYPING_MS, Subscription
from insurance_chat.conversations.growing import Growing
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.core.principal import Principal

PING_SECONDS = 20.0
BATCH = 100
TYPING_EVERY_SECONDS = 1.0
LARGEST_CURSOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Screen:
    """Somebody who watches a conversation from a place in its log.

    Args:
        epoch: of a member of staff: which log-ins counted when the screen was opened.
        partial: it wants to see replies while they grow.
    """

    principal: Principal
    conversation_id: int
    session_id: UUID
    cursor: int
    epoch: int | None = None
    partial: bool = False

    @property
    def sender(self) -> str:
        """As whom this screen types."""
        return "agent" if self.principal.is_staff else "user"


def read_cursor(value: str | None) -> int:
    """A place in the log.

    Raises:
        ServiceError: `cursor_invalid`.
    """
    if not value:
        return 0
    if not (value.isascii() and value.isdigit()) or int(value[:20]) > LARGEST_CURSOR:
        raise invalid("cursor_invalid", "Курсор должен быть числом из прошлого ответа.")
    return int(value[:20])


async def open_screen(
    connection: HTTPConnection,
    session: str,
    token: str | None,
    cursor: str | None,
    partial: str | None = None,
) -> Screen:
    """Check that the caller may watch.

    Args:
        partial: `1` when replies are to be shown while they grow.

    Raises:
        ServiceError: `login_required`, `token_invalid`, `session_not_found`, `cursor_invalid`.
    """
    if not token:
        raise ServiceError("login_required", Kind.UNAUTHENTICATED, "Нужен токен чата.")
    known = await identify(connection, token)
    public_id = session_id(session)
    place, growing = read_cursor(cursor), partial == "1"
    if known.session_id == public_id and known.principal.conversation_id is not None:
        chat = known.principal.conversation_id
        return Screen(known.principal, chat, public_id, place, partial=growing)
    async with services_of(connection).db.unit() as unit:
        conversation = await sessions.find(unit, known.principal, public_id)
        epoch = await auth.epoch_of(unit, known.principal) if known.principal.is_staff else None
    return Screen(known.principal, conversation.id, public_id, place, epoch, growing)


async def _may_watch(connection: HTTPConnection, screen: Screen) -> bool:
    """Asked before every line: staff lose sight of a chat at once, a client keeps their own."""
    if not screen.principal.is_staff:
        return True
    async with services_of(connection).db.unit() as unit:
        if await auth.epoch_of(unit, screen.principal) != screen.epoch:
            return False
        try:
            await sessions.find(unit, screen.principal, screen.session_id)
        except ServiceError:
            return False
        await presence.beat(unit, screen.principal)
    return True


async def frames(connection: HTTPConnection, screen: Screen) -> AsyncIterator[dict[str, Any]]:
    """Everything after the cursor, then whatever comes: no gap and no repeat.

    Ends when a member of staff may not see the conversation any more.

    The subscription begins before the first reading, so a line written in between wakes it.
    """
    hub, links = services_of(connection).hub, links_for(connection)
    shown_id, tenant_id = str(screen.session_id), screen.principal.tenant_id
    async with hub.subscribe(screen.conversation_id, screen.cursor) as wakes:
        entries: list[Entry] | None = None
        while await _may_watch(connection, screen):
            if entries is None:
                entries = await hub.read(tenant_id, screen.conversation_id, wakes.cursor)
            for entry in entries:
                # A line may be handed over while the table, which has it too, is being read.
                if entry.seq <= wakes.cursor:
                    continue
                wakes.cursor = entry.seq
                wakes.growth.settle(str(entry.public_id))
                if entry.kind in SHOWN:
                    yield present.frame(entry, shown_id, screen.principal, links)
            said = {entry.sender.value for entry in entries}
            if len(entries) >= BATCH:
                entries = None
                continue
            for notice in _passing(screen, wakes, said):
                yield notice
            if not await wakes.wait(PING_SECONDS):
                yield {"type": "ping"}
            entries = wakes.take_pushed()


def _passing(screen: Screen, wakes: Subscription, said: set[str]) -> Iterator[dict[str, Any]]:
    """Notices that are not in the log: who types, and a reply while it grows."""
    for sender in dict.fromkeys(wakes.take_typing()):
        if sender != screen.sender and sender not in said:
            yield {"type": "typing", "sender": sender, "expiresInMs": TYPING_MS}
    growing = wakes.growth.take()
    if screen.partial and growing is not None:
        yield partial(growing)


def partial(growing: Growing) -> dict[str, Any]:
    """A reply as far as it is ready; an empty text takes it back."""
    return {
        "type": "partial",
        "messageId": growing.message_id,
        "sender": Sender.AI.value,
        "text": growing.text,
    }


class TypingNotes:
    """Passes «печатает» of one screen on, at most once a second."""

    def __init__(self, connection: HTTPConnection, screen: Screen) -> None:
        self._hub = services_of(connection).hub
        self._screen = screen
        self._last = 0.0

    async def tell(self) -> None:
        """The person at this screen types."""
        now = time.monotonic()
        if now - self._last >= TYPING_EVERY_SECONDS:
            self._last = now
            await self._hub.tell_typing(self._screen.conversation_id, self._screen.sender)
