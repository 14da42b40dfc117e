"""Replies as server-sent events: `metadata`, `chunk`, `done`, `error`.

Only checked text is sent, sentence by sentence, some of it while the rest is being written. An
event's id tells where a browser was, so one that comes back goes on there and says nothing twice:
`12:57.c0ffee00` is 57 characters (and their checksum) of the answer to line 12, `12:end` its end,
`to:40` a listener who has everything up to line 40. The name of a thread that we made follows,
because a browser comes back to the address without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from insurance_chat.api.chat import live
from insurance_chat.api.chat.door import Caller, Thread
from insurance_chat.api.chat.errors import service_refusal
from insurance_chat.api.chat.exchange import Exchange
from insurance_chat.api.chat.shown import Reply, event, fields
from insurance_chat.api.chat.told import Told
from insurance_chat.conversations.growing import Growing
from insurance_chat.conversations.threads.repository import Place
from insurance_chat.core.errors import ServiceError

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PING = ": ping\n\n"
LISTENER = "to"
END = "end"


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a browser was that comes back; `place` None when it has had everything."""

    asked: int | None
    place: tuple[int, str] | None
    cursor: int = 0
    thread: str | None = None


def read_resume(last_event_id: str | None) -> Resume | None:
    """The place in `Last-Event-ID`; None when it is not one of ours."""
    left, _, rest = (last_event_id or "").partition(":")
    right, _, thread = rest.partition(":")
    if left == LISTENER and _is_number(right):
        return Resume(None, None, int(right))
    size, _, mark = right.partition(".")
    if not _is_number(left) or not (right == END or _is_number(size)):
        return None
    place = None if right == END else (int(size), mark[:8])
    return Resume(int(left), place, thread=thread or None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


class ReplyStream(StreamingResponse):
    """The events of one exchange; lets the next call of the thread pass however it ends."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str], exchange: Exchange, headers: Any) -> None:
        super().__init__(events, headers={**HEADERS, **headers})
        self._exchange = exchange

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.shield(self._exchange.end())


class NewsStream(StreamingResponse):
    """Whatever is said in a thread, until the listener goes."""

    media_type = "text/event-stream"


async def answer_events(
    connection: HTTPConnection,
    caller: Caller,
    exchange: Exchange,
    heard: tuple[int, str] = (0, ""),
) -> AsyncIterator[str]:
    """The reply to one message.

    Args:
        heard: how much of it the listener has already.
    """
    thread, loop = exchange.thread, asyncio.get_running_loop()
    made = f":{thread.name}" if thread.made else ""
    told = Told(thread.name, *heard)
    start = {"type": "metadata", "thread_id": thread.name}
    yield event(start, f"{exchange.seq}:{told.place}{made}")
    pinged = loop.time()
    try:
        async for reply in exchange.waiting():
            if reply is None:
                if loop.time() - pinged >= live.PING_SECONDS:
                    pinged = loop.time()
                    yield PING
            elif isinstance(reply, Growing):
                for line in _lines(exchange, told, reply.text, made, whole=False):
                    yield line
            else:
                shown = fields(connection, caller, reply)
                for line in _lines(exchange, told, shown["response"], made, whole=True):
                    yield line
                await exchange.settle(reply)
                yield event({"type": "done", **shown}, f"{exchange.seq}:{END}{made}")
    except ServiceError as error:
        yield event(error_event(error, thread))


def _lines(exchange: Exchange, told: Told, reply: str, made: str, *, whole: bool) -> Iterator[str]:
    """Events with the places that a browser comes back to."""
    for body in told.more(reply, whole=whole):
        yield event(body, f"{exchange.seq}:{told.place}{made}")


async def news_events(
    connection: HTTPConnection, caller: Caller, thread: Thread, place: Place, cursor: int
) -> AsyncIterator[str]:
    """Everything that is said in a thread after a line, for as long as the listener stays."""
    state, told = "", Told(thread.name)
    async for reply in live.news(connection, caller, thread, place, cursor):
        if reply is None:
            yield PING
            continue
        if isinstance(reply, Reply) and (now := state_of(reply)) != state:
            state = now
            yield event(state_event(reply))
        for body, last in news_bodies(connection, caller, told, reply):
            yield event(
                body, f"{LISTENER}:{reply.reached}" if last and isinstance(reply, Reply) else ""
            )
        if isinstance(reply, Reply) and reply.entries:
            await live.delivered(connection, reply)


def state_of(reply: Reply) -> str:
    """Changes when somebody else leads the chat."""
    return f"{reply.state.value}:{reply.agent_name}"


def state_event(reply: Reply) -> dict[str, Any]:
    """Who leads the chat now."""
    return {
        "type": "metadata",
        "thread_id": reply.thread.name,
        "state": reply.state.value,
        "agent_name": reply.agent_name,
    }


def news_bodies(
    connection: HTTPConnection, caller: Caller, told: Told, reply: Reply | Growing
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Chunks and the end of what was said; True marks the last.

    Args:
        told: what the listener has heard of a reply that grows.
    """
    if isinstance(reply, Growing):
        yield from ((body, False) for body in told.more(reply.text))
        return
    if not reply.entries:
        return
    shown = fields(connection, caller, reply)
    yield from ((body, False) for body in told.more(shown["response"], whole=True))
    told.done()
    yield {"type": "done", **shown}, True


def error_event(error: ServiceError, thread: Thread | None) -> dict[str, Any]:
    """A refusal inside a stream that has begun."""
    told = {"type": "error", "message": error.message, "code": error.code}
    retry = service_refusal(error).headers.get("Retry-After")
    if retry:
        told["retry_after"] = retry
    return told | ({"thread_id": thread.name} if thread is not None else {})
