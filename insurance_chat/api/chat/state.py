"""What the chat API remembers in one process. Lost without harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from insurance_chat.api.chat.keys import Keys
from insurance_chat.api.chat.limits import ChatLimits
from insurance_chat.api.settings import ApiSettings


class Turnstile:
    """Lets the calls of one thread through one after another, in the order in which they came."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def passing(self, conversation_id: int, until: float) -> AsyncIterator[bool]:
        """Wait for the calls before; at `until` (time of the loop) go on without them.

        Gives whether there was somebody to wait for.
        """
        lock, waiting = self._locks.get(conversation_id, (asyncio.Lock(), 0))
        self._locks[conversation_id] = (lock, waiting + 1)
        held, waited = False, lock.locked()
        try:
            try:
                async with asyncio.timeout_at(until):
                    held = await lock.acquire()
            except TimeoutError:
                held = False
            yield waited
        finally:
            if held:
                lock.release()
            lock, waiting = self._locks[conversation_id]
            if waiting > 1:
                self._locks[conversation_id] = (lock, waiting - 1)
            else:
                del self._locks[conversation_id]


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
