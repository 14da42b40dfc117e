"""Sources of the knowledge base that are watched, and decisions about what has changed there."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from insurance_chat.api.deps import Caller, Opened, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Code, FilledLine, Flag, Line, Model, Url
from insurance_chat.knowledge.sources import deciding, service
from insurance_chat.knowledge.sources.schedule import DAILY
from insurance_chat.knowledge.sources.service import SourceOptions, SourceView, UpdateView

router = APIRouter(tags=["admin"])
SHOWN = 100
Type = Literal["feed", "page", "sitemap", "file", "folder"]
Status = Literal["new", "approved", "imported", "rejected", "outdated", "failed"]
Decision = Literal["add", "change", "remove", "reject"]
SourceId = Annotated[str, Path(description="Источник.")]
UpdateId = Annotated[str, Path(description="Обновление.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Сколько записей пропустить.")]
Limit = Annotated[int, Query(ge=1, le=SHOWN, description="Сколько записей показать.")]


class NewSource(Model):
    """What to watch. Of a folder `url` is the path inside the tenant's own place."""

    type: Type
    url: Url
    title: Line = ""
    company_code: Code | None = None
    product_code: Code | None = None
    schedule_cron: Line = Field(DAILY, description="Пять полей cron, время московское.")
    only_with: Annotated[str, Field(max_length=200)] = Field(
        "", description="Только документы, в адресе которых есть эти буквы."
    )
    offer_first: Flag = Field(
        True, description="Предложить и то, что есть сейчас; false — только будущие изменения."
    )
    visibility: Literal["public", "agents"] = "public"


class SourceChange(Model):
    """What to change of a source; absent fields stay."""

    schedule_cron: FilledLine | None = None
    active: Flag | None = None


class UpdateSource(Model):
    """A source with the result of its last look."""

    id: str
    type: str
    url: str
    title: str
    company_code: str | None
    product_code: str | None
    schedule_cron: str
    only_with: str
    visibility: str
    active: bool
    next_at: datetime
    checked_at: datetime | None
    ok_at: datetime | None
    error_code: str | None
    error: str | None
    note: str
    documents: int
    waiting: int


class UpdateSourceList(Model):
    """All sources by title."""

    items: list[UpdateSource]


class ChangedCondition(Model):
    """A condition with another value, and the words in which it stands."""

    field: str
    old: str
    new: str
    quote: str
    page: int | None


class ChangedPassage(Model):
    """A passage before and after; one of them is empty for one that is new or gone."""

    old: str
    new: str
    heading: str
    page: int | None


class UpdateEvent(Model):
    """Something that is new, has changed or has vanished."""

    id: str
    source_id: str
    kind: str
    status: str
    detected_at: datetime
    summary: str
    title: str
    url: str
    company_code: str | None
    product_code: str | None
    decision: str | None
    decided_at: datetime | None
    message: str | None


class UpdateEventDetails(UpdateEvent):
    """An update with everything that has changed."""

    document_id: str | None
    changes: list[ChangedCondition]
    passages: list[ChangedPassage]
    choices: list[str]


class UpdateEventList(Model):
    """Latest first; `total` counts all that fit."""

    items: list[UpdateEvent]
    total: int


class UpdateDecision(Model):
    """A decision about one update."""

    update_id: Code
    decision: Decision


class IngestUpdates(Model):
    """Decisions; all of them are taken, or none."""

    items: Annotated[list[UpdateDecision], Field(min_length=1, max_length=SHOWN)]


@router.get(
    "/v1/admin/updates/sources",
    summary="Watched sources",
    response_model=UpdateSourceList,
    responses=refusals(401, 403),
)
async def list_sources(unit: Opened, caller: Caller) -> dict[str, Any]:
    """Feeds, pages, site maps, files and folders with their last look."""
    rows = await service.list_sources(unit, caller)
    return {"items": [_source(row) for row in rows]}


@router.post(
    "/v1/admin/updates/sources",
    status_code=201,
    summary="Watch a source",
    response_model=UpdateSource,
    responses=refusals(401, 403, 409, 422),
)
async def add_source(unit: Opened, caller: Caller, body: NewSource) -> dict[str, Any]:
    """Begin to watch a source; it is looked at within a minute."""
    options = SourceOptions(
        type=body.type,
        url=body.url,
        title=body.title,
        company_code=body.company_code,
        product_code=body.product_code,
        schedule=body.schedule_cron,
        only_with=body.only_with.replace("\x00", ""),
        offer_first=body.offer_first,
        visibility=body.visibility,
    )
    return _source(await service.add(unit, caller, options))


@router.patch(
    "/v1/admin/updates/sources/{id}",
    status_code=204,
    summary="Change the schedule of a source, pause or resume it",
    responses=refusals(401, 403, 404, 422),
)
async def change_source(unit: Opened, caller: Caller, id: SourceId, body: SourceChange) -> Response:
    """Change when a source is looked at, or let it rest."""
    await service.change(unit, caller, id, schedule=body.schedule_cron, active=body.active)
    return Response(status_code=204)


@router.delete(
    "/v1/admin/updates/sources/{id}",
    status_code=204,
    summary="Stop watching a source",
    responses=refusals(401, 403, 404),
)
async def remove_source(request: Request, caller: Caller, id: SourceId) -> Response:
    """Stop watching a source; documents that were published stay."""
    services = services_of(request)
    async with services.db.unit() as unit:
        keys = await service.remove(unit, caller, id)
    for key in keys:
        await services.files.delete(key)
    return Response(status_code=204)


@router.post(
    "/v1/admin/updates/sources/{id}/look",
    status_code=202,
    summary="Look at a source now",
    responses=refusals(401, 403, 404, 409),
)
async def look_at_source(unit: Opened, caller: Caller, id: SourceId) -> Response:
    """Have a source looked at without waiting for its time."""
    await service.look_now(unit, caller, id)
    return Response(status_code=202)


@router.get(
    "/v1/admin/updates/events",
    summary="What was found at the sources",
    response_model=UpdateEventList,
    responses=refusals(401, 403, 404, 422),
)
async def list_updates(
    unit: Opened,
    caller: Caller,
    status: Annotated[Status | None, Query(description="Состояние.")] = None,
    source: Annotated[Code | None, Query(alias="sourceId", description="Источник.")] = None,
    offset: Offset = 0,
    limit: Limit = SHOWN,
) -> dict[str, Any]:
    """Updates, latest first."""
    rows, total = await service.list_updates(
        unit,
        caller,
        statuses=(status,) if status else (),
        source_id=source,
        offset=offset,
        limit=limit,
    )
    return {"items": [_update(row) for row in rows], "total": total}


@router.get(
    "/v1/admin/updates/events/{id}",
    summary="One update with everything that has changed",
    response_model=UpdateEventDetails,
    responses=refusals(401, 403, 404),
)
async def read_update(unit: Opened, caller: Caller, id: UpdateId) -> dict[str, Any]:
    """Conditions and passages before and after."""
    row = await service.read_update(unit, caller, id)
    found = row.differences
    return {
        **_update(row).model_dump(),
        "document_id": row.document_id,
        "changes": [asdict(change) for change in found.changes],
        "passages": [asdict(edit) for edit in found.edits],
        "choices": list(deciding.choices(row.kind, in_base=row.in_base)),
    }


@router.post(
    "/v1/admin/updates/ingest",
    status_code=202,
    summary="Decide about updates: add, change, remove, reject",
    response_model=UpdateEventList,
    responses=refusals(401, 403, 404, 409, 422),
)
async def ingest_updates(unit: Opened, caller: Caller, body: IngestUpdates) -> dict[str, Any]:
    """Take decisions; what was accepted is published by a job within seconds."""
    for item in body.items:
        await deciding.decide(unit, caller, item.update_id, item.decision)
    rows = [await service.read_update(unit, caller, item.update_id) for item in body.items]
    return {"items": [_update(row) for row in rows], "total": len(rows)}


def _source(row: SourceView) -> dict[str, Any]:
    return {**asdict(row), "schedule_cron": row.schedule}


def _update(row: UpdateView) -> UpdateEvent:
    return UpdateEvent.model_validate(row, from_attributes=True)
