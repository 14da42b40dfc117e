"""Addresses of the chat API: a message and its reply at once, or as a stream; files; debugging."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from insurance_chat.api.chat import live
from insurance_chat.api.chat.bodies import (
    ChatRequest,
    ChatResponse,
    Refusal,
    read_query,
)
from insurance_chat.api.chat.door import (
    Caller,
    Thread,
    chat_state,
    count,
    enter,
    find_place,
    limit_headers,
    name_thread,
)
from insurance_chat.api.chat.exchange import Exchange, agent_name
from insurance_chat.api.chat.shown import Reply, fields
from insurance_chat.api.chat.stream import (
    HEADERS,
    NewsStream,
    ReplyStream,
    answer_events,
    news_events,
    read_resume,
)
from insurance_chat.api.deps import services_of, state_of
from insurance_chat.api.errors import read_or_refuse
from insurance_chat.api.links import links_for
from insurance_chat.api.live import read_cursor
from insurance_chat.api.v1.files import UPLOAD_SECONDS
from insurance_chat.conversations import attachments
from insurance_chat.core.errors import invalid, not_found

router = APIRouter(tags=["chat"])
_WORDS = {
    401: "Нет ключа API",
    403: "Неверный ключ API",
    404: "Такой беседы ещё нет",
    413: "Слишком большой запрос",
    422: "Запрос не подходит; подробности в detail",
    429: "Слишком много запросов",
    500: "Ошибка на нашей стороне или ответ ещё готовится",
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": words}
    for status, words in _WORDS.items()
    if status != 404
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Refusal, "description": _WORDS[404]}}
_EVENTS = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ChatRequest.model_json_schema()}},
    }
}
RepeatKey = Annotated[str | None, Header(description="Вместо message_id: ключ повтора.")]


async def _asked(request: Request) -> tuple[Caller, ChatRequest]:
    # The key is looked at first: nobody without one learns anything of what we accept.
    caller = await enter(request)
    return caller, read_or_refuse(ChatRequest, await request.body())


def exchange_for(
    connection: Any, caller: Caller, asked: ChatRequest, idempotency_key: str | None = None
) -> Exchange:
    """An exchange about one message, counted against the limits.

    Raises:
        ServiceError: `rate_limited`, `idempotency_key_invalid`.
    """
    key = asked.message_id or _clean_key(idempotency_key)
    thread = name_thread(connection, caller, asked.thread_id or asked.chat_id, key)
    count(connection, caller, thread)
    return Exchange(connection, caller, thread, asked, key)


def _clean_key(value: str | None) -> str | None:
    if value is not None and len(value) > 100:
        raise invalid("idempotency_key_invalid", "Idempotency-Key: не больше 100 символов.")
    return (value or "").replace("\x00", "") or None


@router.post(
    "/api/chat",
    summary="Сказать и получить ответ",
    response_model=ChatResponse,
    responses=_REFUSALS,
    openapi_extra=_BODY,
)
async def chat(request: Request, idempotency_key: RepeatKey = None) -> JSONResponse:
    """Store a message and wait for the reply, together with what was not handed over before."""
    caller, asked = await _asked(request)
    exchange = exchange_for(request, caller, asked, idempotency_key)
    try:
        await exchange.begin()
        reply = await exchange.reply()
        # Who has gone away gets the reply with the next call.
        if not await request.is_disconnected():
            await exchange.settle(reply)
    finally:
        await exchange.end()
    return _response(request, caller, reply, asked.user_id, asked.chat_id)


def _response(
    request: Request, caller: Caller, reply: Reply, user_id: str | None, chat_id: str | None
) -> JSONResponse:
    shown = fields(request, caller, reply)
    body = {"success": True, "user_id": user_id, "chat_id": chat_id, **shown}
    return JSONResponse(body, headers=limit_headers(request))


@router.get(
    "/api/chat",
    summary="Что нового в беседе",
    response_model=ChatResponse,
    responses=_REFUSALS | _UNKNOWN,
)
async def chat_news(
    request: Request,
    thread_id: Annotated[str | None, Query(max_length=300)] = None,
    chat_id: Annotated[str | None, Query(max_length=300)] = None,
    cursor: Annotated[str | None, Query(description="`cursor` прошлого ответа.")] = None,
) -> JSONResponse:
    """What was said since the last call, by the assistant, by a job or by a human; nothing waits."""
    caller = await enter(request)
    thread = _named(request, caller, thread_id or chat_id)
    count(request, caller, thread)
    place = await find_place(request, caller, thread)
    look = await live.read(request, place, read_cursor(cursor) if cursor else place.delivered)
    if look is None:
        raise not_found("thread_not_found", "Такой беседы больше нет.")
    name = await agent_name(request, caller, place, look.state)
    reply = Reply(thread, place, look.state, look.entries, look.reached, agent_name=name)
    await live.delivered(request, reply)
    return _response(request, caller, reply, None, chat_id)


def _named(connection: Any, caller: Caller, name: str | None) -> Thread:
    if not name:
        raise invalid("thread_required", "Нужен thread_id.")
    return name_thread(connection, caller, name)


@router.post(
    "/api/chat/stream",
    summary="Сказать и получить ответ по частям",
    response_class=NewsStream,
    responses={200: _EVENTS, **_REFUSALS},
    openapi_extra=_BODY,
)
async def chat_stream(request: Request, idempotency_key: RepeatKey = None) -> Response:
    """Store a message; the reply comes as server-sent events."""
    caller, asked = await _asked(request)
    return await _stream(request, caller, asked, idempotency_key)


@router.get(
    "/api/chat/stream",
    summary="То же для EventSource; без message — живая лента беседы",
    response_class=NewsStream,
    responses={200: _EVENTS, **_REFUSALS, **_UNKNOWN},
)
async def chat_event_source(
    request: Request,
    message: Annotated[str | None, Query(description="Текст; без него — живая лента.")] = None,
    thread_id: Annotated[str | None, Query(max_length=300)] = None,
    chat_id: Annotated[str | None, Query(max_length=300)] = None,
    cursor: Annotated[str | None, Query(description="Для ленты: `cursor` ответа.")] = None,
    last_event_id: Annotated[str | None, Header(description="Ставит браузер.")] = None,
) -> Response:
    """Say something by an address alone, or listen; who comes back goes on where they were."""
    caller = await enter(request, in_address=True)
    back = read_resume(last_event_id)
    if message is None:
        thread = _named(request, caller, thread_id or chat_id)
        count(request, caller, thread)
        place = await find_place(request, caller, thread)
        start = back.cursor if back is not None else read_cursor(cursor) if cursor else None
        start = place.delivered if start is None else start
        events = news_events(request, caller, thread, place, start)
        return NewsStream(events, headers=HEADERS | limit_headers(request))
    asked = read_query(request.query_params)
    if back is None or back.asked is None:
        return await _stream(request, caller, asked, None)
    if back.place is None:
        return Response(status_code=204)  # tells the browser not to come back
    thread = name_thread(request, caller, asked.thread_id or asked.chat_id or back.thread)
    count(request, caller, thread)
    exchange = Exchange(request, caller, thread, asked, asked.message_id)
    await exchange.resume(await find_place(request, caller, thread), back.asked)
    events = answer_events(request, caller, exchange, back.place)
    return ReplyStream(events, exchange, limit_headers(request))


async def _stream(
    request: Request, caller: Caller, asked: ChatRequest, idempotency_key: str | None
) -> ReplyStream:
    exchange = exchange_for(request, caller, asked, idempotency_key)
    try:
        await exchange.begin()
    except BaseException:
        await exchange.end()
        raise
    return ReplyStream(answer_events(request, caller, exchange), exchange, limit_headers(request))


@router.post(
    "/api/chat/files",
    status_code=201,
    summary="Загрузить файл",
    responses=_REFUSALS,
)
async def upload(request: Request) -> JSONResponse:
    """Keep a file, sealed; `url` of the answer goes into `file_url` of a message."""
    caller = await enter(request)
    count(request, caller)
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise invalid("file_required", "Нужен файл в поле file.")
        return await _keep(request, file)


async def _keep(request: Request, file: Any) -> JSONResponse:
    state, services = state_of(request), services_of(request)
    limit = state.settings.upload_megabytes
    data = await file.read(limit * 1024 * 1024 + 1)
    stored = await attachments.keep(services.files, data, file.filename or "", limit)
    state.uploads.put(stored.key, (stored.mime, stored.size), UPLOAD_SECONDS)
    url = links_for(request).file(stored.key, stored.name)
    body = {"url": url, "name": stored.name, "mime": stored.mime, "size": stored.size}
    return JSONResponse({"success": True, **body}, 201, headers=limit_headers(request))


@router.post("/api/debug", summary="Отладка: вернуть то, что пришло", responses=_REFUSALS)
async def debug(request: Request) -> JSONResponse:
    """Give any JSON back, so that a workflow can be tried. Off unless CHAT_DEBUG turns it on."""
    caller = await enter(request)
    if not chat_state(request).settings.chat_debug:
        raise not_found("debug_off", "Отладка выключена настройкой CHAT_DEBUG.")
    count(request, caller)
    try:
        received = json.loads(await request.body())
    except (ValueError, RecursionError) as wrong:
        raise invalid("json_invalid", "Тело запроса не похоже на JSON.") from wrong
    body = {"success": True, "status": "ok", "received": received}
    return JSONResponse(body, headers=limit_headers(request))
