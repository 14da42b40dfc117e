"""The chat API over a WebSocket: messages in, the same events out, for as long as it is open."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, WebSocket
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from insurance_chat.api.chat import live
from insurance_chat.api.chat.bodies import ChatRequest
from insurance_chat.api.chat.door import Caller, Thread, count, enter, name_thread
from insurance_chat.api.chat.errors import service_refusal
from insurance_chat.api.chat.exchange import Exchange
from insurance_chat.api.chat.shown import Reply
from insurance_chat.api.chat.stream import error_event, news_bodies, state_event, state_of
from insurance_chat.api.chat.told import Told
from insurance_chat.api.deps import services_of
from insurance_chat.api.errors import field_message, read_or_refuse
from insurance_chat.api.live import read_cursor
from insurance_chat.conversations.threads import service as threads
from insurance_chat.conversations.threads.repository import Place
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.tasks import end

router = APIRouter()
PROTOCOL = "chat.v1"
MAX_FRAME = 256 * 1024


@router.websocket("/api/chat/ws")
async def chat_socket(
    socket: WebSocket,
    thread_id: str | None = None,
    chat_id: str | None = None,
    cursor: str | None = None,
) -> None:
    """Talk in one thread; what a human or a job says comes by itself."""
    try:
        caller = await enter(socket, in_address=True)
        thread = name_thread(socket, caller, (thread_id or chat_id or "")[:300] or None)
        count(socket, caller, thread)
        start = read_cursor(cursor) if cursor else None
        db = services_of(socket).db
        place = await threads.find_or_open(db, caller.tenant_id, thread.digest)
    except ServiceError as error:
        await _refuse(socket, error)
        return
    await socket.accept(PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", []) else None)
    start = place.delivered if start is None else start
    try:
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(_speak(socket, caller, thread, place, start))
            await _listen(socket, caller, thread)
            await end(speaking)
    except* (WebSocketDisconnect, RuntimeError):
        # The other side has gone; what it has not got waits for it.
        pass


async def _refuse(socket: WebSocket, error: ServiceError) -> None:
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(service_refusal(error))
    else:
        await socket.close(1008)


async def _speak(
    socket: WebSocket, caller: Caller, thread: Thread, place: Place, cursor: int
) -> None:
    state, told = "", Told(thread.name)
    async for reply in live.news(socket, caller, thread, place, cursor):
        if reply is None:
            await socket.send_json({"type": "ping"})
            continue
        if isinstance(reply, Reply) and (now := state_of(reply)) != state:
            state = now
            await socket.send_json(state_event(reply))
        for body, _last in news_bodies(socket, caller, told, reply):
            await socket.send_json(body)
        if isinstance(reply, Reply) and reply.entries:
            await live.delivered(socket, reply)
    await socket.close(1008)


async def _listen(socket: WebSocket, caller: Caller, thread: Thread) -> None:
    while True:
        frame: Any = await socket.receive()
        if frame["type"] == "websocket.disconnect":
            return
        text = frame.get("text") or ""
        try:
            await _take(socket, caller, thread, text)
        except ServiceError as error:
            await socket.send_json(error_event(error, thread))
        except (RequestValidationError, ValidationError) as wrong:
            told = "; ".join(field_message(one) for one in wrong.errors()[:3])
            event = {"type": "error", "message": told, "code": "validation_error"}
            await socket.send_json(event)


async def _take(socket: WebSocket, caller: Caller, thread: Thread, text: str) -> None:
    asked = read_or_refuse(ChatRequest, text[:MAX_FRAME].encode("utf-8", "replace"))
    count(socket, caller, thread)
    exchange = Exchange(socket, caller, thread, asked, asked.message_id)
    try:
        # Nobody waits here: the answer comes with the news of the thread.
        await exchange.begin()
    finally:
        await exchange.end()
