"""Leases of accounts, and the work of each account that this process holds.

One process holds an account: it polls it, reads its updates and sends its replies, so order, limits
and «one poller per bot» need no other lock. When it dies, the lease runs out and another process goes
on from the tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import outbox_repository as outbox
from insurance_chat.channels.delivery import Courier
from insurance_chat.channels.held import Held
from insurance_chat.channels.inbound import Reader
from insurance_chat.channels.lines import Lines
from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.channels.settings import ChannelSettings
from insurance_chat.channels.staff import StaffDesk
from insurance_chat.channels.types import ACCOUNTS, UPDATES
from insurance_chat.channels.typing import Typing
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import end

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: how long a lease lasts, how often it is renewed, how often tables are looked at."""

    lease: float = 10.0
    renew: float = 3.0
    sweep: float = 5.0
    gather: float = 0.005  # wakes that come together are one look


class Keeper:
    """Keeps messengers going in this process.

    Args:
        db: where accounts and chats live.
        adapters: messengers by code.
        listener: wakes; not started yet.
        reader: reads updates.
        courier: sends replies.
        settings: how long a chat settles.
        base_url: our public address.
        staff: members of staff who work from messengers.
    """

    def __init__(
        self,
        db: Database,
        adapters: Mapping[str, ChannelAdapter],
        listener: Listener,
        reader: Reader,
        courier: Courier,
        settings: ChannelSettings,
        base_url: str,
        *,
        rhythm: Rhythm | None = None,
        typing: Typing | None = None,
        staff: StaffDesk | None = None,
    ) -> None:
        self._db = db
        self._adapters = adapters
        self._courier = courier
        self._base_url = base_url
        self._rhythm = rhythm or Rhythm()
        self._me = uuid4()
        self._held: dict[int, Held] = {}
        self._changed: set[int] = set()
        self._look = asyncio.Event()
        self._grown: set[int] = set()
        self._growth = asyncio.Event()
        self._missed = True
        self._tasks: list[asyncio.Task[None]] = []
        typing = typing or Typing()
        courier.told = typing.end
        self._lines = Lines(db, reader, courier, typing, settings, self._rhythm.sweep, staff)
        listener.on(UPDATES, self._news)
        listener.on(ACCOUNTS, self._account_changed)
        listener.on("feed", self._log_grew)
        listener.on_reconnect(self._all_missed)

    @property
    def holds(self) -> list[int]:
        """Accounts that this process works for."""
        return sorted(self._held)

    async def start(self) -> None:
        """Begin to take accounts."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._keep_leases(), name="channel-leases"),
            loop.create_task(self._follow_log(), name="channel-log"),
        ]

    async def stop(self) -> None:
        """Finish what is being sent, give the accounts back."""
        if not self._tasks:
            return
        await end(*self._tasks)
        self._tasks = []
        await asyncio.gather(*(self._lines.stop(held) for held in self._held.values()))
        self._held.clear()
        async with self._db.pool.connection() as connection:
            await accounts.release_leases(connection, self._me)

    async def kill(self) -> None:
        """Stop without a word, as a process that dies: leases run out by themselves (tests)."""
        await end(*self._tasks, *(task for held in self._held.values() for task in held.tasks))
        self._tasks = []
        for held in self._held.values():
            held.dropped()
            for background in (held.reads, held.sends, held.signs):
                await background.stop(0)
        self._held.clear()

    def _news(self, payload: str) -> None:
        number, _, wish = payload.partition(":")
        held = self._held.get(int(number))
        if held is not None and wish:
            self._wake_log(None)
        elif held is not None:
            held.news.set()

    def _account_changed(self, payload: str) -> None:
        self._changed.add(int(payload))
        self._look.set()

    def _log_grew(self, payload: str) -> None:
        if self._held:
            self._wake_log(int(payload.partition(":")[0]))

    def _wake_log(self, conversation_id: int | None) -> None:
        if conversation_id is None:
            self._missed = True
        else:
            self._grown.add(conversation_id)
        self._growth.set()

    def _all_missed(self) -> None:
        self._wake_log(None)
        for held in self._held.values():
            held.news.set()
        self._changed |= set(self._held)
        self._look.set()

    async def _keep_leases(self) -> None:
        while True:
            try:
                await self._take()
            except Exception as failure:
                log.warning("channel_leases_failed", error=type(failure).__name__)
            try:
                async with asyncio.timeout(self._rhythm.renew):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()

    async def _take(self) -> None:
        changed, self._changed = self._changed, set()
        async with self._db.pool.connection() as connection:
            ids = await accounts.take_leases(
                connection, self._me, list(self._adapters), self._rhythm.lease
            )
        ours = set(ids)
        gone = [one for one in self._held if one not in ours or one in changed]
        await asyncio.gather(*(self._drop(one) for one in gone))
        for connection_id in ids:
            held = self._held.get(connection_id)
            if held is not None:
                held.renewed()
            else:
                await self._open(connection_id)

    async def _drop(self, connection_id: int) -> None:
        # It stays ours until it has ended: a stop of the process that comes meanwhile ends it, too.
        await self._lines.stop(self._held[connection_id])
        self._held.pop(connection_id, None)

    async def _open(self, connection_id: int) -> None:
        async with self._db.pool.connection() as connection:
            row = await accounts.fetch_across_tenants(connection, connection_id)
        if row is None:
            return
        adapter = self._adapters[row["kind"]]
        connected = accounts.opened(row, self._db.cipher, self._base_url, adapter.channel)
        held = self._held[connection_id] = Held(connected, adapter, self._rhythm.lease)
        self._lines.start(held)
        self._wake_log(None)

    async def _follow_log(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._rhythm.sweep):
                    await self._growth.wait()
            except TimeoutError:
                self._missed = True
            await asyncio.sleep(self._rhythm.gather)
            self._growth.clear()
            try:
                await self._send_owed()
            except Exception as failure:
                self._missed = True
                log.warning("channel_log_failed", error=type(failure).__name__)

    async def _send_owed(self) -> None:
        grown, self._grown = self._grown, set()
        missed, self._missed = self._missed, False
        sending = [number for number, held in self._held.items() if held.sends_now]
        if not sending or not (grown or missed):
            return
        again: list[tuple[int, int, int, int]] = []
        async with self._db.pool.connection() as connection:
            if missed:
                owed = await outbox.owed_by_connections(connection, sending)
                again = await outbox.wished_again(connection, sending)
            else:
                owed = await outbox.owed_by_conversations(connection, sending, grown)
        for chat, account, wait in owed:
            held = self._held.get(account)
            if held is not None:
                self._lines.send(held, chat, wait or 0.0)
        for chat, account, seq, part in again:
            held = self._held.get(account)
            if held is not None:
                self._lines.send_again(held, chat, seq, part)
