"""Loads aiogram when it is first needed, away from the event loop.

Measured on 2 cores: 3.4–4.3 s (9.9 s on a busy machine) and 155 MB, so a process that answers nobody
never pays for it; in a thread the event loop stands still for 0.25 s at most.
"""

from __future__ import annotations

import asyncio
import threading
from importlib import import_module
from typing import Any, NamedTuple


class Loaded(NamedTuple):
    """The modules that need aiogram: `reading.py` and `writing.py`."""

    reading: Any
    writing: Any


class Library:
    """Gives the modules; imports them once."""

    def __init__(self) -> None:
        self._loaded: Loaded | None = None
        self._loading: threading.Thread | None = None

    async def load(self) -> Loaded:
        """The modules; the first call takes seconds in a thread."""
        if self._loaded is None:
            return await asyncio.to_thread(self.now)
        return self._loaded

    def begin(self) -> None:
        """Start loading in a thread, for whoever will need the modules at once and cannot wait."""
        if self._loaded is None and self._loading is None:
            self._loading = threading.Thread(target=self.now, name="telegram-library", daemon=True)
            self._loading.start()

    def now(self) -> Loaded:
        """The modules at once; blocks when nobody has loaded them yet."""
        if self._loaded is not None:
            return self._loaded
        # By name: an import at the top would make every process pay.
        folder = __name__.rpartition(".")[0]
        loaded = Loaded(import_module(f"{folder}.reading"), import_module(f"{folder}.writing"))
        self._loaded = loaded
        return loaded
