"""Agents at work in Telegram: what they do there, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from insurance_chat.channels.delivery import LADDER
from insurance_chat.channels.held import Held
from insurance_chat.channels.reading import Item
from insurance_chat.conversations.handover.requests import CHANNEL
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.telegram_desk.chatting import Chatting
from insurance_chat.operators.telegram_desk.drafting import Drafting
from insurance_chat.operators.telegram_desk.hearing import Hearing
from insurance_chat.operators.telegram_desk.posting import Posting
from insurance_chat.operators.telegram_desk.pressing import Pressing
from insurance_chat.operators.telegram_desk.settings import TelegramDeskSettings
from insurance_chat.operators.telegram_desk.speech import Speech
from insurance_chat.operators.telegram_desk.types import KIND, WAKE
from insurance_chat.operators.telegram_desk.watching import Watching

log = structlog.get_logger()
SWEEP_SECONDS = 10.0  # for wakes that got lost; also how soon a blocked person is told
GATHER_SECONDS = 0.02


class _Wakes:
    """What one bot has to look at."""

    def __init__(self, tenant_id: int) -> None:
        self.tenant_id = tenant_id
        self.event = asyncio.Event()
        self.all = True
        self.grown: set[int] = set()
        self.followed: set[int] = set()

    def look(self) -> None:
        """Look at everything."""
        self.all = True
        self.event.set()

    def grew(self, conversation_id: int) -> None:
        """A chat has a new line."""
        if conversation_id in self.followed:
            self.grown.add(conversation_id)
            self.event.set()


class TelegramDesk:
    """The desk of the staff in Telegram: see `channels.staff.StaffDesk`.

    Args:
        db: where links, the queue and the log are.
        listener: wakes; not started yet.
        files: contents of clients' files.
        speaking: says what agents write.
        copilot: drafts.
        catalog: flows and slots, for cards.
        settings: how long somebody is at work.
        ladder: seconds between tries of sending.
        sweep: seconds between looks when nobody wakes.
    """

    def __init__(
        self,
        db: Database,
        listener: Listener,
        files: FileStore,
        speaking: Speaking,
        copilot: Copilot,
        catalog: Catalog,
        settings: TelegramDeskSettings,
        *,
        ladder: Sequence[float] = LADDER,
        sweep: float = SWEEP_SECONDS,
    ) -> None:
        drafting = Drafting(db, copilot, speaking)
        pressing = Pressing(db, catalog, Chatting(db, catalog), drafting)
        self._hearing = Hearing(db, pressing, drafting, Speech(db, speaking))
        self._watching = Watching(db, catalog, settings)
        self._posting = Posting(db, files, ladder)
        self._sweep = sweep
        self._served: dict[int, _Wakes] = {}
        listener.on(CHANNEL, self._queue_changed)
        listener.on("feed", self._log_grew)
        listener.on(WAKE, self._owed)
        listener.on_reconnect(self._all_missed)

    async def takes(self, held: Held, item: Item) -> bool:
        """Whether this came from a member of staff; it is dealt with then."""
        return await self._hearing.takes(held, item)

    async def serve(self, held: Held) -> None:
        """Tell the agents of a bot what is new, for as long as this process holds it."""
        if held.connected.kind != KIND:
            return
        number = held.connected.id
        wakes = self._served[number] = _Wakes(held.connected.tenant_id)
        self._posting.begin(number)
        try:
            while True:
                wait = self._sweep
                try:
                    wait = await self._round(held, wakes)
                except Exception as failure:
                    wakes.all = True
                    log.warning("desk_failed", connection=number, error=type(failure).__name__)
                await self._rest(wakes, wait)
        finally:
            if self._served.get(number) is wakes:
                del self._served[number]

    async def _round(self, held: Held, wakes: _Wakes) -> float:
        wakes.event.clear()
        everything, wakes.all = wakes.all, False
        grown, wakes.grown = wakes.grown, set()
        if everything or grown:
            found = await self._watching.look(held.connected.id, None if everything else grown)
            wakes.followed = found if everything else wakes.followed | found
        if not held.sends_now:
            return self._sweep
        later = await self._posting.post(held, wakes.event.set)
        return self._sweep if later is None else min(later, self._sweep)

    async def _rest(self, wakes: _Wakes, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await wakes.event.wait()
        except TimeoutError:
            wakes.all = True
        await asyncio.sleep(GATHER_SECONDS)  # wakes that come together are one look

    def _queue_changed(self, payload: str) -> None:
        for wakes in self._served.values():
            if wakes.tenant_id == int(payload):
                wakes.look()

    def _log_grew(self, payload: str) -> None:
        number = int(payload.partition(":")[0])
        for wakes in self._served.values():
            wakes.grew(number)

    def _owed(self, payload: str) -> None:
        wakes = self._served.get(int(payload))
        if wakes is not None:
            wakes.event.set()

    def _all_missed(self) -> None:
        for wakes in self._served.values():
            wakes.look()
