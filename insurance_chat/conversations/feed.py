"""Live reading of the log by cursor. A wake only says «look»; the table is the truth."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from insurance_chat.conversations.growing import (
    CHANNEL,
    Assembly,
    Growing,
    Increment,
    Watch,
    increments,
)
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import PROCESS, Entry, EntryKind
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import Background

SHOWN = (EntryKind.MESSAGE, EntryKind.STATE, EntryKind.VOICE)
TYPING_MS = 4000
OWN_GRACE_SECONDS = 1.0


class Subscription:
    """One open screen: wakes and typing signals of one conversation.

    `cursor` is the last line that the screen has; what follows it directly may be handed over
    without looking at the table.
    """

    def __init__(self, cursor: int = 0) -> None:
        self.cursor = cursor
        self._event = asyncio.Event()
        self._behind = False
        self._typing: list[str] = []
        self._pushed: list[Entry] = []
        self.growth = Watch()

    def wake(self, seq: int | None = None) -> None:
        """There may be something new: up to `seq`, when it is known."""
        if seq is None or seq > self._reached:
            self._behind = True
            self._event.set()

    @property
    def _reached(self) -> int:
        return self._pushed[-1].seq if self._pushed else self.cursor

    def push(self, entries: Sequence[Entry]) -> None:
        """Lines that this process has just written; a gap before them is read from the table."""
        if entries[0].seq == self._reached + 1:
            self._pushed += entries
            self._event.set()
        elif entries[-1].seq > self._reached:
            self.wake()

    def take_pushed(self) -> list[Entry] | None:
        """Lines handed over, in order and without a gap; None when the table has to be read."""
        pushed, self._pushed = self._pushed, []
        behind, self._behind = self._behind, False
        return None if behind else pushed

    def typing(self, sender: str) -> None:
        """Somebody types."""
        self._typing.append(sender)
        self._event.set()

    def grow(self, growing: Growing) -> None:
        """A reply has grown."""
        if self.growth.put(growing):
            self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake; False when the time is up."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def take_typing(self) -> list[str]:
        """Who has been typing since the last look."""
        typing, self._typing = self._typing, []
        return typing


class FeedHub:
    """Wakes the open screens of this process.

    Args:
        db: to read the log and to tell other processes who types.
        listener: brings wakes of other processes.
    """

    def __init__(self, db: Database, listener: Listener) -> None:
        self._db = db
        self._open: dict[int, set[Subscription]] = defaultdict(set)
        self._client_typing: dict[int, float] = {}
        self._growing: dict[int, Growing] = {}
        self._assembly = Assembly(db.cipher)
        self._untold: deque[Increment] = deque()
        self._telling = Background(1)
        listener.on("feed", self._woken)
        listener.on("typing", self._typed)
        listener.on(CHANNEL, self._grown)
        listener.on_reconnect(self.wake_all)

    def _woken(self, payload: str) -> None:
        place, seq, *writer = payload.split(":")
        conversation_id = int(place)
        if conversation_id not in self._open:
            return
        if writer == [PROCESS]:
            # The line itself is handed over by `push`; this wake is for when that was cut short.
            loop = asyncio.get_running_loop()
            loop.call_later(OWN_GRACE_SECONDS, self._wake, conversation_id, int(seq))
        else:
            self._wake(conversation_id, int(seq))

    def _wake(self, conversation_id: int, seq: int) -> None:
        for subscription in self._open.get(conversation_id, ()):
            subscription.wake(seq)

    def push(self, conversation_id: int, entries: Sequence[Entry]) -> None:
        """This process has written these lines: its screens need not look for them."""
        for entry in entries:
            self._settle(conversation_id, str(entry.public_id))
        for subscription in self._open.get(conversation_id, ()):
            subscription.push(entries)

    def show_typing(self, conversation_id: int, sender: str) -> None:
        """Show «печатает» on the screens of this process."""
        for subscription in self._open.get(conversation_id, ()):
            subscription.typing(sender)

    def grow(self, conversation_id: int, growing: Growing) -> None:
        """Show a growing reply on all screens of the conversation, in every process.

        Args:
            growing: an empty text takes the reply away.
        """
        before = self._growing.get(conversation_id)
        self._untold += increments(conversation_id, before, growing)
        self._telling.spawn(f"growing-{conversation_id}", self._tell_growth)
        self._show_growth(conversation_id, growing)

    def _show_growth(self, conversation_id: int, growing: Growing) -> None:
        if growing.text:
            self._growing[conversation_id] = growing
        else:
            self._growing.pop(conversation_id, None)
        for subscription in self._open.get(conversation_id, ()):
            subscription.grow(growing)

    def _grown(self, payload: str) -> None:
        added = self._assembly.add(payload)
        # A screen that opens later gets the message itself, so nothing is kept for it.
        if added is not None and added[0] in self._open:
            for subscription in self._open[added[0]]:
                subscription.grow(added[1])

    def _settle(self, conversation_id: int, message_id: str) -> None:
        growing = self._growing.get(conversation_id)
        if growing is not None and growing.message_id == message_id:
            del self._growing[conversation_id]
        for subscription in self._open.get(conversation_id, ()):
            subscription.growth.settle(message_id)

    async def _tell_growth(self) -> None:
        while self._untold:
            payload = self._untold.popleft().seal(self._db.cipher)
            async with self._db.pool.connection() as connection:
                await connection.execute("select pg_notify(%s, %s)", (CHANNEL, payload))

    async def stop(self) -> None:
        """Tell other processes what is left to tell."""
        await self._telling.stop()

    def wake_all(self) -> None:
        """Notifications may have been missed: every screen looks at the table."""
        for subscriptions in self._open.values():
            for subscription in subscriptions:
                subscription.wake()

    def _typed(self, payload: str) -> None:
        note = json.loads(payload)
        self.show_typing(note["id"], note["sender"])
        if note["sender"] == "user":
            loop = asyncio.get_running_loop()
            self._client_typing[note["id"]] = loop.time() + TYPING_MS / 1000
            if len(self._client_typing) > 10_000:
                self._client_typing.clear()

    def client_is_typing(self, conversation_id: int) -> bool:
        """Whether the client has typed in the last seconds (so more words may come)."""
        until = self._client_typing.get(conversation_id)
        return until is not None and until > asyncio.get_running_loop().time()

    def client_stopped(self, conversation_id: int) -> None:
        """A message has come: the client is not typing it any more."""
        self._client_typing.pop(conversation_id, None)

    async def tell_typing(self, conversation_id: int, sender: str) -> None:
        """Show «печатает» on all screens of the conversation; it expires by itself."""
        payload = json.dumps({"id": conversation_id, "sender": sender})
        async with self._db.pool.connection() as connection:
            await connection.execute("select pg_notify('typing', %s)", (payload,))

    @asynccontextmanager
    async def subscribe(self, conversation_id: int, cursor: int = 0) -> AsyncIterator[Subscription]:
        """Be woken while the block runs; `cursor` is the last line that the screen has."""
        subscription = Subscription(cursor)
        if growing := self._growing.get(conversation_id):
            subscription.grow(growing)
        self._open[conversation_id].add(subscription)
        try:
            yield subscription
        finally:
            self._open[conversation_id].discard(subscription)
            if not self._open[conversation_id]:
                del self._open[conversation_id]

    async def read(self, tenant_id: int, conversation_id: int, cursor: int) -> list[Entry]:
        """What a screen has not seen yet, oldest first, at most 100 lines."""
        async with self._db.unit() as unit:
            repository = ConversationRepository(unit, tenant_id)
            return await repository.entries_after(conversation_id, cursor, 100, SHOWN)
