"""What the chat API remembers in one process. Lost without harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from insurance_chat.api.chat.keys import Keys
from insurance_chat.api.chat.limits import ChatLimits
from insurance_chat.api.settings import ApiSettings


class Turnstile:
    """Lets the calls of one thread through one after another, in the order in which they came."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def passing(self, thread: Hashable, until: float) -> AsyncIterator[None]:
        """Wait for the calls before; at `until` (time of the loop) go on without them."""
        lock, waiting = self._locks.get(thread, (asyncio.Lock(), 0))
        self._locks[thread] = (lock, waiting + 1)
        held = False
        try:
            try:
                async with asyncio.timeout_at(until):
                    held = await lock.acquire()
            except TimeoutError:
                held = False
            yield
        finally:
            if held:
                lock.release()
            lock, waiting = self._locks[thread]
            if waiting > 1:
                self._locks[thread] = (lock, waiting - 1)
            else:
                del self._locks[thread]


class ChatState:
    """Keys, limits and the order of calls of one application.

    Args:
        settings: of the API.
        host: where the server listens.
    """

    def __init__(self, settings: ApiSettings, host: str) -> None:
        self.settings = settings
        self.keys = Keys(settings, host)
        self.limits = ChatLimits(settings)
        self.turnstile = Turnstile()
