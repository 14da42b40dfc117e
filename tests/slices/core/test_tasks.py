"""What runs in the background ends when it is asked to, whatever it was doing."""

from __future__ import annotations

import asyncio
import contextlib

from insurance_chat.core.jobs import JobQueue
from insurance_chat.core.tasks import end


async def _swallows_the_first_cancellation() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(60)
    await asyncio.sleep(60)


async def test_a_task_that_loses_a_cancellation_still_ends() -> None:
    task = asyncio.get_running_loop().create_task(_swallows_the_first_cancellation())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task, None), 5)
    assert task.cancelled()


async def test_a_queue_asked_to_stop_before_it_began_stops(database_url: str) -> None:
    for _ in range(5):
        stop = asyncio.Event()
        stop.set()
        await asyncio.wait_for(JobQueue(database_url).work(stop), 8)


async def test_a_queue_asked_to_stop_while_it_begins_stops(database_url: str) -> None:
    for moment in range(10):
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(moment * 0.01, stop.set)
        await asyncio.wait_for(JobQueue(database_url).work(stop), 8)
