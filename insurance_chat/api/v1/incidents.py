"""Reports of something wrong, and the administrator's lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api import present
from insurance_chat.api.deps import Caller, Opened
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import JsonObject, Line, Model, session_id
from insurance_chat.api.v1.chat import ChatSession
from insurance_chat.conversations import incidents, sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository

router = APIRouter(tags=["admin"])
LOOKED_AT = 200
READ_MESSAGES = 30
SHOWN = 100
_LAST = 2**62


class CreateIncidentRequest(Model):
    """What happened. A client names their conversation."""

    type: Literal["ai_inaccuracy", "client_pull_away", "abuse"]
    session_id: str | None = None
    details: JsonObject = Field(default_factory=dict)


class Incident(Model):
    """Something that a person has to look at."""

    id: str
    session_id: str | None
    type: str
    status: str
    details: dict[str, Any]
    created_at: datetime


class IncidentList(Model):
    """Latest first."""

    items: list[Incident]


class ChatList(Model):
    """Latest first."""

    items: list[ChatSession]


def _shown(view: incidents.IncidentView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "sessionId": str(view.session_id) if view.session_id is not None else None,
        "type": view.type,
        "status": view.status,
        "details": view.details,
        "createdAt": view.created_at,
    }


@router.post(
    "/v1/incidents",
    status_code=201,
    summary="Report incident (user/agent)",
    response_model=Incident,
    responses=refusals(401, 404, 409),
)
async def report_incident(
    unit: Opened, caller: Caller, body: CreateIncidentRequest
) -> dict[str, Any]:
    """Tell the administrator of an inaccurate answer, a client led away, or abuse."""
    session = session_id(body.session_id) if body.session_id else None
    return _shown(await incidents.report(unit, caller, session, body.type, body.details))


@router.get(
    "/v1/admin/incidents",
    summary="Admin list incidents",
    response_model=IncidentList,
    responses=refusals(401, 403),
)
async def list_incidents(unit: Opened, caller: Caller) -> dict[str, Any]:
    """The latest hundred."""
    return {"items": [_shown(view) for view in await incidents.list_incidents(unit, caller)]}


@router.get(
    "/v1/admin/chats",
    summary="Admin list chats",
    response_model=ChatList,
    responses=refusals(401, 403, 422),
)
async def list_chats(
    unit: Opened,
    caller: Caller,
    q: Annotated[Line | None, Query(description="Номер чата, состояние или слова из него.")] = None,
) -> dict[str, Any]:
    """Latest chats; with `q` those of the last two hundred that have it."""
    access.require(caller, Permission.READ_ALL_CHATS)
    repository = ConversationRepository(unit, caller.tenant_id)
    wanted = (q or "").strip().casefold()
    found = []
    for conversation in await repository.recent(LOOKED_AT if wanted else SHOWN):
        if not wanted or await _has(repository, conversation, wanted):
            found.append(present.session(await sessions.view(unit, conversation)))
    return {"items": found[:SHOWN]}


async def _has(repository: ConversationRepository, chat: Conversation, wanted: str) -> bool:
    # Texts are sealed, so the database cannot search them: only a bounded number is opened here.
    if wanted in str(chat.public_id) or wanted in (chat.state, chat.channel):
        return True
    entries = await repository.entries_before(chat.id, _LAST, READ_MESSAGES)
    return any(wanted in (entry.body.get("text") or "").casefold() for entry in entries)
