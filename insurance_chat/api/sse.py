"""The live feed as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from insurance_chat.api import live
from insurance_chat.api.deps import bearer
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Cursor

router = APIRouter(tags=["chat"])


class EventStream(StreamingResponse):
    """`text/event-stream` that proxies do not hold back."""

    media_type = "text/event-stream"


@router.get(
    "/v1/chat/sessions/{id}/events",
    summary="Live feed (server-sent events)",
    response_class=EventStream,
    responses=refusals(401, 404, 422),
)
async def chat_events(
    request: Request,
    id: str,
    cursor: Annotated[
        Cursor | None, Query(description="Номер последней полученной записи.")
    ] = None,
    token: Annotated[
        str | None, Query(description="Токен чата, если заголовок поставить нельзя.")
    ] = None,
    partial: Annotated[
        Literal["0", "1"] | None,
        Query(description="1 — присылать и событие partial: ответ, пока он пишется."),
    ] = None,
    last_event_id: Annotated[str | None, Header(description="Важнее параметра cursor.")] = None,
) -> EventStream:
    """Frames of one conversation after the cursor, then live."""
    place = last_event_id if last_event_id is not None else cursor
    screen = await live.open_screen(request, id, bearer(request) or token, place, partial)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return EventStream(_events(request, screen), headers=headers)


async def _events(request: Request, screen: live.Screen) -> AsyncIterator[str]:
    async for frame in live.frames(request, screen):
        number = f"id: {frame['seq']}\n" if "seq" in frame else ""
        yield f"{number}event: {frame['type']}\ndata: {json.dumps(frame, ensure_ascii=False)}\n\n"
