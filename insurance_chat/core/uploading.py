"""Sends a stream to a storage while it is still being made."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import Any

import obstore

from insurance_chat.core.storage import PIECE_BYTES

WAITING_PIECES = 8
LOOK_SECONDS = 0.5


def upload(store: Any, path: str, pieces: Iterable[bytes]) -> None:
    """Store an object of any size; it appears whole or not at all.

    The pieces are made in a thread of their own: the library refuses to read one object while it asks
    for the next piece of another.

    Args:
        store: of obstore.
        path: where.
        pieces: the content; whatever they raise is raised here, and nothing is stored.

    Raises:
        Exception: what the storage or the pieces raise.
    """
    feeder = _Feeder(pieces)
    feeder.thread.start()
    try:
        obstore.put(store, path, feeder.taken(), chunk_size=PIECE_BYTES, max_concurrency=2)
    finally:
        feeder.stopped.set()
        feeder.thread.join()


class _Feeder:
    """Makes pieces ahead of the one who takes them, a few at most."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._ready: queue.Queue[bytes | None] = queue.Queue(WAITING_PIECES)
        self._error: BaseException | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._make, name="upload", daemon=True)

    def _make(self) -> None:
        try:
            for piece in self._pieces:
                if not self._give(piece):
                    break
        except BaseException as error:  # handed over to the other thread
            self._error = error
        finally:
            if isinstance(self._pieces, Generator):
                self._pieces.close()
            self._give(None)

    def _give(self, piece: bytes | None) -> bool:
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._ready.put(piece, timeout=LOOK_SECONDS)
                return True
        return False

    def taken(self) -> Iterator[bytes]:
        """Pieces as they come; the maker's failure is raised at its place."""
        while (piece := self._ready.get()) is not None:
            yield piece
        if self._error is not None:
            raise self._error
