"""What of a reply a listener has heard: chunks only add, and what does not fit is said openly."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from insurance_chat.api.chat.shown import chunks


class Told:
    """The text that one listener has got so far.

    A browser that comes back had `size` characters with this `mark`; until that much text is there
    it hears nothing new.
    """

    def __init__(self, thread: str, size: int = 0, mark: str = "") -> None:
        self._thread = thread
        self._text = ""
        self._size, self._mark = size, mark

    @property
    def place(self) -> str:
        """The place for `Last-Event-ID`: how many characters, and which."""
        if self._size:
            return f"{self._size}.{self._mark}"
        return place_of(self._text)

    def more(self, text: str, *, whole: bool = False) -> Iterator[dict[str, Any]]:
        """Events that bring a listener to this text; `place` moves on with each of them.

        Args:
            whole: the text is the reply itself and does not grow any more.
        """
        if self._size:
            if len(text) < self._size and text and not whole:
                return
            same = place_of(text[: self._size]) == self.place
            self._text, self._size = text[: self._size] if same else "", 0
            if not same:
                yield self._forget()
        if not text.startswith(self._text):
            self._text = ""
            yield self._forget()
        for part in chunks(text[len(self._text) :]):
            self._text += part
            yield {"type": "chunk", "content": part}

    def done(self) -> None:
        """The reply is over; the next one begins from nothing."""
        self._text = ""

    def _forget(self) -> dict[str, Any]:
        return {"type": "metadata", "thread_id": self._thread, "reset": True}


def place_of(text: str) -> str:
    """How much of a reply was heard, in a form that tells another reply apart."""
    return f"{len(text)}.{zlib.crc32(text.encode()):08x}"
