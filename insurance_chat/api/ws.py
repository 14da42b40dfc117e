"""The live feed over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from insurance_chat.api import live
from insurance_chat.api.deps import bearer
from insurance_chat.api.errors import service_error
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.tasks import end

router = APIRouter()
PROTOCOL = "insurance-chat.v1"
MAX_FRAME = 4096


@router.websocket("/v1/chat/sessions/{id}/ws")
async def chat_socket(
    socket: WebSocket, id: str, cursor: str | None = None, partial: str | None = None
) -> None:
    """Frames of one conversation; the client may send `typing` and `pong`."""
    try:
        screen = await live.open_screen(socket, id, _token(socket), cursor, partial)
    except ServiceError as error:
        await _refuse(socket, error)
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(PROTOCOL if PROTOCOL in offered else None)
    try:
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(_speak(socket, screen))
            await _listen(socket, screen)
            await end(speaking)
    except* (WebSocketDisconnect, RuntimeError):
        # The other side has gone; it will come back with its cursor.
        pass


def _token(socket: WebSocket) -> str | None:
    for protocol in socket.scope.get("subprotocols", []):
        if protocol.startswith("token."):
            return str(protocol.removeprefix("token."))
    return bearer(socket) or socket.query_params.get("token")


async def _refuse(socket: WebSocket, error: ServiceError) -> None:
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(service_error(error))
    else:
        await socket.close(1008)


async def _speak(socket: WebSocket, screen: live.Screen) -> None:
    async for frame in live.frames(socket, screen):
        await socket.send_text(json.dumps(frame, ensure_ascii=False))
    await socket.close(1008)  # the feed ends only for who may not see it any more


async def _listen(socket: WebSocket, screen: live.Screen) -> None:
    notes = live.TypingNotes(socket, screen)
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if _is_typing(message.get("text")):
            await notes.tell()


def _is_typing(text: str | None) -> bool:
    if not text or len(text) > MAX_FRAME:
        return False
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and frame.get("type") == "typing"
