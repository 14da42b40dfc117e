"""Supervised background tasks of one process: bounded, named, awaited at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger()
CANCEL_AGAIN_SECONDS = 0.5


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they have ended.

    One cancellation is not enough: `asyncio.wait_for` of Python 3.11 loses one that arrives together
    with the result that it waits for (python/cpython#86296), in any library below us.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)


class Background:
    """Runs coroutines that may be lost with the process because the database remembers the duty.

    Args:
        limit: how many run at once; the rest wait.
    """

    def __init__(self, limit: int = 32) -> None:
        self._limit = asyncio.Semaphore(limit)
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start `work` as soon as there is a place; its failure is logged, never raised."""
        task = asyncio.get_running_loop().create_task(self._run(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self._limit:
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("background_task_failed", task=name)

    async def drain(self) -> None:
        """Wait until everything that was spawned has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Give running work a moment, then cancel it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        await end(*self._tasks)
