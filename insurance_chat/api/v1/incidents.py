"""Reports of something wrong, and the administrator's lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api import present
from insurance_chat.api.deps import Caller, Opened
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Code, JsonObject, Line, Model, Text, session_id
from insurance_chat.api.v1.chat import ChatSession
from insurance_chat.conversations import incidents, sessions
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.overview.filters import ChatFilter, Flag
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.reports.repository import IncidentFilter
from insurance_chat.conversations.reports.service import Decision, Status
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.errors import not_found

router = APIRouter(tags=["admin"])
SHOWN = 100
CHANNELS = ("web", "telegram", "whatsapp", "api")
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Сколько записей пропустить.")]
Limit = Annotated[int, Query(ge=1, le=SHOWN, description="Сколько записей показать.")]
From = Annotated[date | None, Query(alias="from", description="С этого дня, по Москве.")]
To = Annotated[date | None, Query(alias="to", description="По этот день включительно, по Москве.")]
Agent = Annotated[UUID | None, Query(alias="agentId", description="Агент.")]


class CreateIncidentRequest(Model):
    """What happened. A client names their conversation."""

    type: Literal["ai_inaccuracy", "client_pull_away", "abuse"]
    session_id: str | None = None
    details: JsonObject = Field(default_factory=dict)


class ChangeIncidentRequest(Model):
    """What is done about an incident. Closing needs a decision."""

    status: Status
    decision: Decision | None = None
    comment: Text = ""
    tell: Text = Field("", description="Что прочитает в чате клиент, который сообщил об ошибке.")


class Incident(Model):
    """Something that a person has to look at."""

    id: str
    session_id: str | None
    type: str
    status: str
    details: dict[str, Any]
    created_at: datetime


class IncidentWork(Incident):
    """An incident with what was decided about it."""

    reporter: str | None
    decision: str
    comment: str
    closed_at: datetime | None


class IncidentList(Model):
    """Latest first; `total` counts all that fit the filter."""

    items: list[IncidentWork]
    total: int


class ChatList(Model):
    """Latest first; `total` counts all that fit the filter."""

    items: list[ChatSession]
    total: int


def _shown(view: incidents.IncidentView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "sessionId": str(view.session_id) if view.session_id is not None else None,
        "type": view.type,
        "status": view.status,
        "details": view.details,
        "createdAt": view.created_at,
    }


def _worked(view: incidents.IncidentView) -> dict[str, Any]:
    return {
        **_shown(view),
        "reporter": view.reporter,
        "decision": str(view.resolution.get("decision") or ""),
        "comment": str(view.resolution.get("comment") or ""),
        "closedAt": view.closed_at,
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
    responses=refusals(401, 403, 422),
)
async def list_incidents(
    unit: Opened,
    caller: Caller,
    status: Annotated[Status | None, Query(description="Статус.")] = None,
    type_: Annotated[Code | None, Query(alias="type", description="Вид.")] = None,
    agent: Agent = None,
    reporter: Annotated[
        Literal["client", "agent", "admin", "service"] | None, Query(description="Кто сообщил.")
    ] = None,
    since: From = None,
    until: To = None,
    offset: Offset = 0,
    limit: Limit = SHOWN,
) -> dict[str, Any]:
    """Incidents, latest first."""
    period = ChatFilter(since=since, until=until)
    page = await reports.list_incidents(
        unit,
        caller,
        IncidentFilter(
            status=status or "",
            kind=type_ or "",
            agent=agent,
            reporter=reporter or "",
            since=period.begins,
            until=period.ends,
        ),
        offset=offset,
        limit=limit,
    )
    return {"items": [_worked(view) for view in page.rows], "total": page.total}


@router.patch(
    "/v1/admin/incidents/{id}",
    summary="Take an incident into work, close or reopen it",
    response_model=IncidentWork,
    responses=refusals(401, 403, 404, 422),
)
async def change_incident(
    unit: Opened,
    caller: Caller,
    incident: Annotated[str, Path(alias="id", description="Номер инцидента.")],
    body: ChangeIncidentRequest,
) -> dict[str, Any]:
    """Move an incident on; the client who reported it may be told in the chat."""
    access.require(caller, Permission.MANAGE_INCIDENTS)
    changed = await reports.change(
        unit,
        caller,
        _id(incident),
        body.status,
        decision=body.decision,
        comment=body.comment,
        tell=body.tell,
    )
    return _worked(changed)


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as wrong:
        raise not_found("incident_not_found", "Инцидент не найден.") from wrong


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
    client: Annotated[
        Line | None, Query(description="Имя, почта или номер клиента в мессенджере.")
    ] = None,
    agent: Agent = None,
    channel: Annotated[Code | None, Query(description="Канал.")] = None,
    flag: Annotated[Flag | None, Query(description="Признак.")] = None,
    tag: Annotated[Line | None, Query(description="Метка.")] = None,
    since: From = None,
    until: To = None,
    offset: Offset = 0,
    limit: Limit = SHOWN,
) -> dict[str, Any]:
    """Chats, latest first; words are looked for in the latest twenty thousand messages."""
    access.require(caller, Permission.READ_ALL_CHATS)
    words = (q or "").strip()
    state = words if words in set(ConversationState) else ""
    wanted = ChatFilter(
        search="" if state or words in CHANNELS else words,
        state=state,
        client=client or "",
        agent=agent,
        channel=channel or (words if words in CHANNELS else ""),
        since=since,
        until=until,
        flag=flag or "",
        tag=tag or "",
    )
    rows, total = await overview.find_chats(unit, caller, wanted, offset=offset, limit=limit)
    shown = [present.session(await sessions.view(unit, chat), caller) for chat, _ in rows]
    return {"items": shown, "total": total}
