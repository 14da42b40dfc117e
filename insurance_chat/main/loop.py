"""The event loop that the database driver accepts on every system."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, TypeVar, cast

uvloop: ModuleType | None
try:
    import uvloop
except ImportError:  # there is none for Windows
    uvloop = None

Result = TypeVar("Result")


def new_runner() -> asyncio.Runner:
    """A runner for the main coroutine; psycopg cannot work on the default loop of Windows."""
    return asyncio.Runner(loop_factory=_factory())


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop
    if uvloop is not None:
        # Half of the cost of a turn is in the loop itself.
        return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)
    return None


def run_once(work: Coroutine[Any, Any, Result]) -> Result:
    """Run one coroutine to its end."""
    with new_runner() as runner:
        return runner.run(work)
