"""The head of a request has a limit; the fast parser of uvicorn has none of its own."""

from __future__ import annotations

from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """Refuses with 400 a request whose line and headers go on and on.

    The limit is looked at before the next read, so one read more (256 KiB) may be kept in memory.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_head = False

    @override
    def data_received(self, data: bytes) -> None:
        """Take what has come in, unless the head is too long already."""
        if self._in_head and self._head > MAX_HEAD:
            self._in_head = False
            self.send_400_response("Request head is too large.")
            return
        super().data_received(data)
        if self._in_head:
            self._head += len(data)

    @override
    def on_message_begin(self) -> None:
        """A request begins."""
        self._head, self._in_head = 0, True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        """The head is over; bodies have limits elsewhere."""
        self._in_head = False
        super().on_headers_complete()
