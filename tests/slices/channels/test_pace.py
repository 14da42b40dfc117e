"""Replies go out as fast as a messenger lets them, and not before it has rested."""

from __future__ import annotations

import asyncio

from insurance_chat.channels.pace import Bucket, Pacer
from insurance_chat.channels.ports import Pace


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time passes only while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def call_at(self, when, callback, *args, context=None):  # type: ignore[no-untyped-def]
        self.now = max(self.now, when)
        return super().call_soon(callback, *args, context=context)


def after(rate: float, burst: float, count: int, close_for: float = 0.0) -> float:
    """Seconds until so many tokens were taken."""
    loop = Clock()

    async def work() -> float:
        bucket = Bucket(rate, burst)
        if close_for:
            bucket.close_for(close_for)
        for _ in range(count):
            await bucket.take()
        return loop.time() - 100.0

    try:
        return loop.run_until_complete(work())
    finally:
        loop.close()


def test_a_rested_bucket_gives_a_burst_at_once() -> None:
    assert after(10, 5, 5) == 0


def test_then_it_gives_by_its_rate() -> None:
    assert round(after(10, 5, 25), 3) == 2.0


def test_a_closed_bucket_gives_nothing_until_it_is_time() -> None:
    assert round(after(10, 5, 1, close_for=30), 3) == 30.1


def test_a_busy_chat_does_not_slow_down_another() -> None:
    loop = Clock()

    async def work() -> float:
        pacer = Pacer(Pace(account=1000, chat=1))
        for _ in range(5):
            await pacer.take(1)
        began = loop.time()
        await pacer.take(2)
        return loop.time() - began

    try:
        assert loop.run_until_complete(work()) < 0.1
    finally:
        loop.close()
