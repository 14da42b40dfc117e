"""Reads the stored updates of one chat: contact, conversation, messages stored once, one turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import chats_repository as chats
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels import updates_repository as stored_updates
from insurance_chat.channels.held import Held
from insurance_chat.channels.jobs import FetchMedia
from insurance_chat.channels.ports import (
    AccountChanged,
    Blocked,
    Deleted,
    Edited,
    Failure,
    Happening,
    Incoming,
    OwnerWrote,
    StatusChange,
)
from insurance_chat.channels.reading import Item, settled
from insurance_chat.channels.settings import ChannelSettings
from insurance_chat.channels.staff import StaffDesk
from insurance_chat.channels.talking import Talking
from insurance_chat.channels.types import Chat, State, StoredUpdate
from insurance_chat.conversations.types import Entry, Snapshot, Stored
from insurance_chat.core.db.unit import Database

log = structlog.get_logger()
MOST_ATTEMPTS = 5


class Turns(Protocol):
    """Runs turns of the assistant."""

    def begin(self, snapshot: Snapshot, lease: UUID, first: Entry | None = None) -> None:
        """Run a turn whose lease was taken with the intake."""
        ...


class Reader:
    """Turns updates into messages of conversations.

    Args:
        db: where updates and conversations live.
        talking: stores what was said.
        turns: answers.
        settings: how long a chat waits for a file.
        staff: takes what members of staff say; None when nobody works from messengers.
    """

    def __init__(
        self,
        db: Database,
        talking: Talking,
        turns: Turns,
        settings: ChannelSettings,
        staff: StaffDesk | None = None,
    ) -> None:
        self._db = db
        self._talking = talking
        self._turns = turns
        self._settings = settings
        self._staff = staff

    async def read(self, held: Held, chat: str) -> Chat | None:
        """Read what is new in a chat.

        Args:
            chat: keyed name of the chat; empty for what concerns the account.

        Returns:
            The chat whose client is about to be answered; None when no turn has begun.
        """
        async with self._db.pool.connection() as connection:
            updates = await stored_updates.load_updates(
                connection, self._db.cipher, held.connected.id, chat
            )
        items, read, meaningless = await self._parse(held, updates)
        try:
            answered = await self._act(held, settled(items))
        except Exception as failure:
            async with self._db.pool.connection() as connection:
                await stored_updates.mark_failed(
                    connection, [one.id for one in read], type(failure).__name__, MOST_ATTEMPTS
                )
            raise
        async with self._db.pool.connection() as connection:
            if read:
                await stored_updates.mark_read(connection, [one.id for one in read], "done")
            if meaningless:
                await stored_updates.mark_read(connection, meaningless, "ignored")
        self._thank(held, items)
        return answered

    async def _parse(
        self, held: Held, updates: Sequence[StoredUpdate]
    ) -> tuple[list[Item], list[StoredUpdate], list[int]]:
        """Happenings in order up to a file that is still awaited; what was read; what means nothing."""
        items: list[Item] = []
        read: list[StoredUpdate] = []
        meaningless: list[int] = []
        for update in updates:
            if update.fetching:
                if update.waited < self._settings.channel_file_wait_seconds:
                    break
                continue  # it comes when it comes; the rest of the chat goes on
            found = await self._happenings(held, update)
            if found is None:
                continue
            if update.media is None and any(_has_media(one) for one in found):
                await self._order_media(update)
                break
            if found:
                items += [Item(update, place, one) for place, one in enumerate(found)]
                read.append(update)
            else:
                meaningless.append(update.id)
        return items, read, meaningless

    async def _happenings(self, held: Held, update: StoredUpdate) -> Sequence[Happening] | None:
        try:
            return held.adapter.parse(held.account, update.body)
        except Exception as wrong:
            # One odd update must not stop the chat; its words may hold data, so only the kind is said.
            log.warning("update_unreadable", update=update.id, error=type(wrong).__name__)
            async with self._db.pool.connection() as connection:
                await stored_updates.mark_failed(connection, [update.id], type(wrong).__name__, 1)
            return None

    async def _order_media(self, update: StoredUpdate) -> None:
        async with self._db.unit() as unit:
            if await stored_updates.await_media(await unit.driver_connection(), update.id):
                await unit.defer(FetchMedia(update=update.id))

    async def _act(self, held: Held, items: Sequence[Item]) -> Chat | None:
        lease = uuid4()
        chat: Chat | None = None
        last: Stored | None = None
        for item in items:
            stored = await self._one(held, item, lease)
            if stored is not None:
                chat, last = stored
        if last is None or last.duplicate or last.snapshot.lease_owner != lease:
            return None
        self._turns.begin(last.snapshot, lease, last.entry)
        return chat

    async def _one(self, held: Held, item: Item, lease: UUID) -> tuple[Chat, Stored] | None:
        happening = item.happening
        if self._staff is not None and await self._staff.takes(held, item):
            return None
        if isinstance(happening, Incoming):
            return await self._talking.client_said(held, item, happening, lease)
        if isinstance(happening, Edited):
            return await self._talking.client_edited(held, item, happening, lease)
        if isinstance(happening, Deleted):
            await self._talking.client_deleted(held, item, happening)
        elif isinstance(happening, OwnerWrote):
            await self._talking.owner_said(held, item, happening)
        else:
            await self._note(held, happening)
        return None

    async def _note(self, held: Held, happening: StatusChange | Blocked | AccountChanged) -> None:
        account = held.connected
        async with self._db.pool.connection() as connection:
            if isinstance(happening, StatusChange):
                await outbox.note_status(
                    connection,
                    account.id,
                    happening.external_id,
                    happening.progress,
                    happening.words,
                    happening.key,
                )
                if happening.failure is Failure.BLOCKED:
                    await outbox.block_by_message(connection, account.id, happening.external_id)
            elif isinstance(happening, Blocked):
                address = stored_updates.chat_hash(self._db.cipher, account.id, happening.chat)
                await chats.set_blocked(connection, account.id, address, blocked=happening.blocked)
            else:
                state = State(happening.state) if happening.state else None
                await accounts.change_account(
                    connection, account.id, happening.options, state, happening.words
                )

    def _thank(self, held: Held, items: Sequence[Item]) -> None:
        """Tell the messenger that messages were read; nobody waits for it."""
        bodies = {item.update.id: item.update.body for item in items if _said(item.happening)}
        for number, body in bodies.items():
            held.signs.spawn(f"answered-{number}", _Thanks(held, body))


class _Thanks:
    """One call of `ChannelAdapter.answered`, whose failure is nobody's concern."""

    def __init__(self, held: Held, body: dict[str, Any]) -> None:
        self._held, self._body = held, body

    async def __call__(self) -> None:
        try:
            await self._held.adapter.answered(self._held.account, self._body)
        except Exception as failure:
            log.info(
                "answered_failed", kind=self._held.connected.kind, error=type(failure).__name__
            )


def _said(happening: Happening) -> bool:
    return isinstance(happening, Incoming)


def _has_media(happening: Happening) -> bool:
    return isinstance(happening, Incoming | OwnerWrote) and bool(happening.media)
