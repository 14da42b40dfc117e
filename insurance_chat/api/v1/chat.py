"""Conversations: opening, reading, preferences, asking for a human."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from pydantic import StringConstraints

from insurance_chat.api import present
from insurance_chat.api.deps import (
    Caller,
    HomeTenant,
    Opened,
    SessionId,
    Visitor,
    address_of,
    bearer,
    services_of,
    state_of,
)
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for
from insurance_chat.api.live import read_cursor
from insurance_chat.api.texts import Cursor, Email, FilledLine, Flag, Key, Model
from insurance_chat.conversations import sessions
from insurance_chat.conversations.handover import requests
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.principal import Principal
from insurance_chat.operators.invitations import arrival

router = APIRouter(tags=["chat"])
REPLAY_SECONDS = 600.0
State = Literal["qa", "data_collection", "quoting", "issuing", "handover_requested", "with_agent"]


class CreateSessionRequest(Model):
    """Who comes, and from where. `invitation` is the last part of an agent's link."""

    channel: Literal["web", "telegram", "whatsapp"]
    channel_user_id: Annotated[FilledLine, StringConstraints(max_length=200)]
    prefer_voice: Flag | None = None
    email: Email | None = None
    invitation: Key | None = None


class SessionPreferences(Model):
    """How the client wants to be answered; what is left out stays."""

    prefer_voice: Flag | None = None
    email: Email | None = None


class ChatSession(Model):
    """A conversation. `agentName` is who leads it now, as the client sees them."""

    id: str
    user_id: str
    agent_id: str | None
    state: State
    prefer_voice: bool
    email: Email | None
    created_at: datetime
    updated_at: datetime
    channel: str
    is_agent_client: bool
    agent_name: str | None


class CreatedSession(ChatSession):
    """A new conversation with the token that alone opens it."""

    access_token: str


class Message(Model):
    """One message. `seq` is its number in the log; `metadata` holds buttons, offers and sources."""

    id: str
    session_id: str
    sender: Literal["user", "agent", "ai", "system"]
    text: str | None
    voice_url: str | None
    file_url: str | None
    created_at: datetime
    seq: int
    client_message_id: str | None
    metadata: dict[str, Any]


class MessageList(Model):
    """A page, oldest first. `nextCursor` continues and also polls; `prevCursor` leads upwards."""

    items: list[Message]
    next_cursor: str
    prev_cursor: str | None


@router.post(
    "/v1/chat/sessions",
    status_code=201,
    summary="Create chat session",
    response_model=CreatedSession,
    responses=refusals(401, 403, 404, 429),
    openapi_extra={"security": [{}, {"bearerAuth": []}]},
)
async def create_session(
    request: Request,
    body: CreateSessionRequest,
    visitor: Visitor,
    home: HomeTenant,
    idempotency_key: Annotated[Key | None, Header()] = None,
) -> dict[str, Any]:
    """Open a conversation. Without a token only for the channel `web`."""
    state = state_of(request)
    staff = visitor if visitor is not None and visitor.is_staff else None
    if staff is None:
        state.sessions.check(address_of(request))
    if idempotency_key is None:
        return await _create(request, body, staff, home)
    parts = (address_of(request), bearer(request) or "", body.model_dump_json(), idempotency_key)
    replay = hash_token("\n".join(parts))
    while (waiting := state.created.get(replay)) is not None:
        await asyncio.wait((waiting,))
        if not waiting.cancelled():
            return waiting.result()
    waiting = asyncio.get_running_loop().create_future()
    state.created.put(replay, waiting, REPLAY_SECONDS)
    try:
        waiting.set_result(await _create(request, body, staff, home))
    except BaseException:
        # Whoever waits for this key tries it anew.
        state.created.forget(replay)
        waiting.cancel()
        raise
    return waiting.result()


async def _create(
    request: Request, body: CreateSessionRequest, staff: Principal | None, home: int
) -> dict[str, Any]:
    tenant_id = staff.tenant_id if staff is not None else home
    wishes: dict[str, Any] = {
        "channel": body.channel,
        "channel_user_id": body.channel_user_id,
        "prefer_voice": bool(body.prefer_voice),
        "email": body.email,
    }
    async with services_of(request).db.unit() as unit:
        if body.invitation is not None:
            view, token = await arrival.open_session(
                unit, tenant_id, staff, body.invitation, **wishes
            )
        else:
            view, token = await sessions.create_session(unit, tenant_id, staff, **wishes)
    return {**present.session(view, staff), "accessToken": token}


@router.get(
    "/v1/chat/sessions/{id}",
    summary="Get session",
    response_model=ChatSession,
    responses=refusals(401, 404),
)
async def get_session(unit: Opened, caller: Caller, id: SessionId) -> dict[str, Any]:
    """State and preferences of a conversation."""
    return present.session(await sessions.get_session(unit, caller, id), caller)


@router.get(
    "/v1/chat/sessions/{id}/messages",
    summary="List messages",
    response_model=MessageList,
    responses=refusals(401, 404, 422),
)
async def list_messages(
    request: Request,
    unit: Opened,
    caller: Caller,
    id: SessionId,
    cursor: Annotated[Cursor | None, Query(description="Сообщения после этого номера.")] = None,
    before: Annotated[
        Cursor | None, Query(description="Вместо cursor: последние сообщения до этого номера.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """A page of messages, oldest first."""
    page = await sessions.list_messages(
        unit,
        caller,
        id,
        cursor=read_cursor(cursor),
        before=read_cursor(before) if before else None,
        limit=limit,
    )
    links = links_for(request)
    items = [present.message(e, str(id), caller, links) for e in page.items]
    previous = page.previous_cursor
    return {
        "items": items,
        "nextCursor": str(page.next_cursor),
        "prevCursor": str(previous) if previous is not None else None,
    }


@router.post(
    "/v1/chat/sessions/{id}/handover/request",
    status_code=202,
    summary="Request human handover",
    response_model=ChatSession,
    responses=refusals(401, 404),
)
async def request_handover(
    request: Request, unit: Opened, caller: Caller, id: SessionId
) -> dict[str, Any]:
    """Ask for a human; the client is told in the chat."""
    settings = services_of(request).settings.handover
    await requests.request(unit, settings, caller, id, "button")
    return present.session(await sessions.get_session(unit, caller, id), caller)


@router.post(
    "/v1/chat/sessions/{id}/preferences",
    summary="Update session preferences (email, voice)",
    response_model=ChatSession,
    responses=refusals(401, 404),
)
async def set_preferences(
    unit: Opened, caller: Caller, id: SessionId, body: SessionPreferences
) -> dict[str, Any]:
    """Remember how the client wants to be answered."""
    view = await sessions.set_preferences(
        unit, caller, id, prefer_voice=body.prefer_voice, email=body.email
    )
    return present.session(view, caller)
