"""How fast an account may send: a bucket of tokens that a 429 of the messenger can close for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from insurance_chat.channels.ports import Pace

BURST_SECONDS = 1.0  # an account may send a second's worth at once
CHAT_BURST = 3.0  # a reply of a few parts goes out without a pause
MOST_CHATS = 10_000


class Bucket:
    """Tokens that grow with time; `take` waits for one. Those who wait are served in order.

    Args:
        rate: tokens a second.
        burst: how many may be taken at once after a rest.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._at = 0.0
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Wait until one more may go."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            now = loop.time()
            while now < self._at:
                await asyncio.sleep(self._at - now)
                now = loop.time()
            self._refill(now)
            if self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / self._rate)
                self._refill(loop.time())
            self._tokens -= 1

    def _refill(self, now: float) -> None:
        if self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def close_for(self, seconds: float) -> None:
        """Let nobody through for some seconds: the messenger has asked for it."""
        self._tokens = 0.0
        self._at = asyncio.get_running_loop().time() + seconds


class Pacer:
    """The limits of one account and of each of its chats.

    Args:
        pace: what the messenger allows.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._account = Bucket(pace.account, pace.account * BURST_SECONDS)
        self._chats: OrderedDict[int, Bucket] = OrderedDict()

    async def take(self, chat_id: int) -> None:
        """Wait until the account and the chat may send one more message."""
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = Bucket(self._pace.chat, CHAT_BURST)
            if len(self._chats) > MOST_CHATS:
                self._chats.popitem(last=False)
        self._chats.move_to_end(chat_id)
        await chat.take()
        await self._account.take()

    def close_for(self, seconds: float) -> None:
        """The messenger has said «too many requests» to the account."""
        self._account.close_for(seconds)
