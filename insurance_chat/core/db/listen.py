"""Wake-ups between processes: one LISTEN connection a process, callbacks by channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from insurance_chat.core.tasks import end

log = structlog.get_logger()
Callback = Callable[[str], None]


class Listener:
    """Listens for NOTIFY and calls back; after a lost connection it says so, since wakes were missed.

    Args:
        url: database address.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._callbacks: dict[str, list[Callback]] = {}
        self._reconnected: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()

    def on(self, channel: str, callback: Callback) -> None:
        """Call `callback(payload)` for every notification; register before `start`."""
        self._callbacks.setdefault(channel, []).append(callback)

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """Call when notifications may have been missed, so that readers look at the table."""
        self._reconnected.append(callback)

    async def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="listener")
        await asyncio.wait_for(self.ready.wait(), timeout=30)

    async def stop(self) -> None:
        """Stop listening."""
        await end(self._task)

    async def _run(self) -> None:
        delay = 0.2
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("listener_lost", error=str(error))
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            for channel in self._callbacks:
                await connection.execute(f'LISTEN "{channel}"'.encode())
            self.ready.set()
            for reconnected in self._reconnected:
                reconnected()
            async for notice in connection.notifies():
                for callback in self._callbacks.get(notice.channel, []):
                    callback(notice.payload)
