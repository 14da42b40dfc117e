"""The work of one held account: polling, reading its chats, sending to its chats, each in order."""

from __future__ import annotations

import asyncio

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import updates_repository as updates
from insurance_chat.channels.delivery import Courier
from insurance_chat.channels.held import Held
from insurance_chat.channels.inbound import Reader
from insurance_chat.channels.ports import ChannelError, Failure, Polls, RawUpdate
from insurance_chat.channels.settings import ChannelSettings
from insurance_chat.channels.staff import StaffDesk
from insurance_chat.channels.types import State
from insurance_chat.channels.typing import Typing
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import end

log = structlog.get_logger()
LONGEST_WAIT = 60.0
SOONEST = 0.01
RENEWAL_SECONDS = 0.2  # a lease that ran out while the process was busy is renewed soon, or taken
MOST_SETTLE_SECONDS = 3.0  # a client who never stops is answered nevertheless


class Lines:
    """Runs the tasks of held accounts.

    Args:
        db: where updates are.
        reader: reads a chat.
        courier: sends to a chat.
        typing: shows that the assistant thinks.
        settings: how long a chat settles, how long it waits for a file.
        sweep: seconds between looks at the tables, for wakes that got lost.
        staff: members of staff who work from messengers.
    """

    def __init__(
        self,
        db: Database,
        reader: Reader,
        courier: Courier,
        typing: Typing,
        settings: ChannelSettings,
        sweep: float,
        staff: StaffDesk | None = None,
    ) -> None:
        self._db = db
        self._reader = reader
        self._courier = courier
        self._typing = typing
        self._settings = settings
        self._sweep = sweep
        self._staff = staff

    def start(self, held: Held) -> None:
        """Begin to work for an account."""
        loop = asyncio.get_running_loop()
        number = held.connected.id
        held.tasks = [loop.create_task(self._read_forever(held), name=f"channel-read-{number}")]
        if self._staff is not None:
            work = self._staff.serve(held)
            held.tasks.append(loop.create_task(work, name=f"channel-staff-{number}"))
        polls = isinstance(held.adapter, Polls) and held.adapter.polls(held.account)
        if polls and held.connected.state is not State.FAILED:
            held.tasks.append(
                loop.create_task(self._poll_forever(held), name=f"channel-poll-{number}")
            )

    async def stop(self, held: Held) -> None:
        """Finish what is under way for an account that is ours no longer."""
        held.dropped()
        await end(*held.tasks)
        for timer in held.timers.values():
            timer.cancel()
        await held.signs.stop(0)
        await asyncio.gather(held.reads.stop(), held.sends.stop())

    async def _poll_forever(self, held: Held) -> None:
        adapter, cursor, wait = held.adapter, held.connected.cursor, 1.0
        assert isinstance(adapter, Polls)
        while True:
            try:
                found, after = await adapter.poll(held.account, cursor)
                if (found or after != cursor) and not await self._keep(held, list(found), after):
                    await asyncio.sleep(RENEWAL_SECONDS)
                    continue  # nothing was kept, so the same is asked for again
                cursor = after
                wait = 1.0
            except ChannelError as error:
                if error.failure is Failure.ACCOUNT:
                    await self._fail(held, error.words)
                    return
                asked = error.retry_after if error.failure is Failure.LATER else 0.0
                await asyncio.sleep(max(asked, wait))
                wait = min(wait * 2, LONGEST_WAIT)
            except Exception as failure:
                log.warning(
                    "channel_poll_broken", kind=held.connected.kind, error=type(failure).__name__
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _keep(self, held: Held, found: list[RawUpdate], cursor: int) -> bool:
        """Store what was polled with its cursor; False while it is unsure whose the account is."""
        if not held.alive:
            return False
        account = held.connected
        async with self._db.unit() as unit:
            connection = await unit.driver_connection()
            await updates.store_updates(
                connection, self._db.cipher, account.tenant_id, account.id, found
            )
            await updates.move_cursor(connection, account.id, cursor)
        return True

    async def _fail(self, held: Held, words: str) -> None:
        async with self._db.pool.connection() as connection:
            await accounts.change_account(connection, held.connected.id, {}, State.FAILED, words)

    async def _read_forever(self, held: Held) -> None:
        while True:
            held.news.clear()
            wait = self._sweep
            try:
                wait = await self._read_due(held)
            except Exception as failure:
                log.warning("channel_read_failed", error=type(failure).__name__)
            try:
                async with asyncio.timeout(max(SOONEST, wait)):
                    await held.news.wait()
            except TimeoutError:
                pass

    async def _read_due(self, held: Held) -> float:
        """Begin to read the chats that are quiet; seconds until the next one is."""
        if not held.alive:
            return RENEWAL_SECONDS
        settings = self._settings
        async with self._db.pool.connection() as connection:
            due = await updates.due_chats(
                connection,
                held.connected.id,
                settings.channel_settle_ms,
                settings.channel_file_wait_seconds,
            )
        now, soonest = asyncio.get_running_loop().time(), self._sweep
        longest = max(MOST_SETTLE_SECONDS, settings.channel_settle_ms / 1000)
        held.settling = {chat: held.settling.get(chat, now) for chat, _, _ in due}
        for chat, quiet_in, file_in in due:
            if chat in held.reading:
                continue  # it looks again when it has ended
            # Counted from when we saw it, not from when it was said: what waited for a process that
            # was down gets the time to settle as well, because a late call may still be under way.
            settles_in = min(quiet_in, held.settling[chat] + longest - now)
            wait = max(settles_in, file_in, held.resting.get(chat, (0, 0.0))[1] - now)
            if wait > 0:
                soonest = min(soonest, wait)
            else:
                self._begin_reading(held, chat)
        return soonest

    def _begin_reading(self, held: Held, chat: str) -> None:
        held.reading.add(chat)
        held.settling.pop(chat, None)

        async def work() -> None:
            try:
                answered = await self._reader.read(held, chat) if held.alive else None
                if answered is not None:
                    self._typing.begin(held, answered)
                held.resting.pop(chat, None)
            except Exception as failure:
                self._rest(held, chat, failure)
            finally:
                held.reading.discard(chat)
                held.news.set()

        held.reads.spawn(f"channel-chat-{held.connected.id}", work)

    def _rest(self, held: Held, chat: str, failure: Exception) -> None:
        """Reading a chat has failed: leave it alone for a while, longer and longer."""
        times = held.resting.get(chat, (0, 0.0))[0] + 1
        pause = min(2.0**times, LONGEST_WAIT)
        held.resting[chat] = (times, asyncio.get_running_loop().time() + pause)
        log.warning(
            "channel_chat_unread",
            connection=held.connected.id,
            error=type(failure).__name__,
            times=times,
        )

    def send(self, held: Held, chat_id: int, wait: float = 0.0) -> None:
        """Send to a chat what it is owed, now or when its time has come; one at a time."""
        if wait > 0:
            self._send_later(held, chat_id, wait)
            return
        if chat_id in held.sending:
            held.sending[chat_id] = True
            return
        held.sending[chat_id] = False

        async def work() -> None:
            later: float | None = None
            try:
                again = True
                while again:
                    held.sending[chat_id] = False
                    later = await self._deliver(held, chat_id)
                    again = (held.sending[chat_id] and later is None) or later == 0.0
            finally:
                del held.sending[chat_id]
            if later is not None:
                self._send_later(held, chat_id, later)

        held.sends.spawn(f"channel-send-{chat_id}", work)

    async def _deliver(self, held: Held, chat_id: int) -> float | None:
        try:
            return await self._courier.deliver(held, chat_id)
        except Exception as failure:
            log.warning("channel_delivery_broken", chat=chat_id, error=type(failure).__name__)
            return self._sweep

    def _send_later(self, held: Held, chat_id: int, wait: float) -> None:
        before = held.timers.pop(chat_id, None)
        if before is not None:
            before.cancel()

        def begin() -> None:
            held.timers.pop(chat_id, None)
            if held.sends_now:
                self.send(held, chat_id)

        held.timers[chat_id] = asyncio.get_running_loop().call_later(wait, begin)

    def send_again(self, held: Held, chat_id: int, seq: int, part: int) -> None:
        """Send one part once more."""
        if chat_id in held.sending:
            return  # the next look at the tables finds it
        held.sending[chat_id] = False

        async def work() -> None:
            try:
                await self._courier.send_again(held, chat_id, seq, part)
            finally:
                owed = held.sending.pop(chat_id)
            if owed:
                self.send(held, chat_id)

        held.sends.spawn(f"channel-again-{chat_id}", work)
