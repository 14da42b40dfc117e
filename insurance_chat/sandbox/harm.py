"""Harms a call the way the script says; plain ASGI, because a cut connection is no response."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from insurance_chat.sandbox.faults import Fault, FaultKind

Refuse = Callable[[Fault, Send], Awaitable[None]]


class Watched:
    """A `send` that remembers the status of the answer, 0 until there is one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass it on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


async def serve_harmed(
    app: ASGIApp, fault: Fault | None, scope: Scope, receive: Receive, send: Send, refuse: Refuse
) -> None:
    """Serve a call, harmed when there is a fault.

    Args:
        refuse: answers with an error in the manner of the emulated system.
    """
    if fault is None:
        await app(scope, receive, send)
    elif fault.kind is FaultKind.DELAY:
        await asyncio.sleep(fault.seconds)
        await app(scope, receive, send)
    elif fault.kind is FaultKind.STATUS:
        await refuse(fault, send)
    else:
        await app(scope, receive, _swallow)
        if fault.kind is FaultKind.HANG_AFTER_WORK:
            with suppress(TimeoutError):
                await asyncio.wait_for(_disconnected(receive), fault.seconds)
        await _cut(send)


async def _swallow(message: Message) -> None:
    """The work is done, nobody hears about it."""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _cut(send: Send) -> None:
    # A promised but unfinished body makes the server close the socket.
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
