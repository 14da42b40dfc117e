"""What administrators do with sources, and how they see what was found."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core import fetching
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.library import GENERAL
from insurance_chat.knowledge.sources import folders
from insurance_chat.knowledge.sources.comparing import DIFFERENCES, Differences
from insurance_chat.knowledge.sources.jobs import LookAtSource
from insurance_chat.knowledge.sources.listing import LONGEST_URL
from insurance_chat.knowledge.sources.looking import host_of
from insurance_chat.knowledge.sources.models import UpdateSource
from insurance_chat.knowledge.sources.repository import Counts, Listed, SourceRepository
from insurance_chat.knowledge.sources.schedule import DAILY, check_cron

TYPES = {
    "feed": "Лента RSS или Atom",
    "page": "Страница",
    "sitemap": "Карта сайта",
    "file": "Файл по ссылке",
    "folder": "Папка на сервере",
}
VISIBILITY = ("public", "agents")
MOST_SOURCES = 500


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What an administrator says about a source.

    Args:
        type: a key of `TYPES`.
        url: address, or the path of a folder.
        company_code, product_code: of everything found there; None leaves it to the analysis.
        schedule: cron, five fields, Moscow time.
        only_with: only documents whose address has this; empty for all.
        offer_first: offer what is there now, too; else only what changes later is told.
        visibility: `public` or `agents`.
    """

    type: str
    url: str
    title: str = ""
    company_code: str | None = None
    product_code: str | None = None
    schedule: str = DAILY
    only_with: str = ""
    offer_first: bool = True
    visibility: str = "public"


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as screens show it.

    Args:
        documents: how many are watched.
        waiting: how many decisions wait.
        note: Russian words about the last look.
        error: Russian; None when the last look went well.
    """

    id: str
    type: str
    url: str
    title: str
    company_code: str | None
    product_code: str | None
    visibility: str
    schedule: str
    only_with: str
    offer_first: bool
    active: bool
    next_at: datetime
    checked_at: datetime | None
    ok_at: datetime | None
    error_code: str | None
    error: str | None
    note: str
    documents: int
    waiting: int


@dataclass(frozen=True, slots=True)
class UpdateView:
    """An update as screens show it.

    Args:
        kind: `new`, `changed` or `gone`.
        status: `new` (waits for a decision), `approved` (is being published), `imported`,
            `rejected`, `outdated` (overtaken by a later change), `failed` (could not be published).
        file_name: of the document that was found, to be looked at before the decision.
        document_id: public id of the document in the knowledge base.
    """

    id: str
    source_id: str
    source_title: str
    kind: str
    status: str
    detected_at: datetime
    summary: str
    title: str
    url: str
    company_code: str | None
    product_code: str | None
    differences: Differences
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    message: str | None
    in_base: bool
    document_id: str | None = None


async def add(unit: Unit, principal: Principal, options: SourceOptions) -> SourceView:
    """Begin to watch a source; the first look comes within a minute.

    Raises:
        ServiceError: `forbidden`, `source_type`, `link_wrong`, `source_folder`, `source_schedule`,
            `source_twice`, `source_many`, `kb_visibility`.
    """
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    values = checked(options)
    repository = SourceRepository(unit, principal.tenant_id)
    if await repository.source_with_url(values["url"], values["only_with"]) is not None:
        raise ServiceError("source_twice", Kind.CONFLICT, "За этим источником уже следят.")
    if len(await repository.sources()) >= MOST_SOURCES:
        raise invalid("source_many", f"Источников может быть не больше {MOST_SOURCES}.")
    row = UpdateSource(
        public_id=uuid.uuid4(), **values, next_at=utcnow(), created_by=principal.actor[:80]
    )
    await repository.add(row)
    await unit.session.refresh(row)
    await _order(unit, row)
    await _note(unit, principal, "added", row)
    return _view(row, 0, 0)


async def list_sources(unit: Unit, principal: Principal) -> list[SourceView]:
    """All sources by title.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    rows = await SourceRepository(unit, principal.tenant_id).sources()
    return [_view(*row) for row in rows]


async def change(
    unit: Unit,
    principal: Principal,
    source_id: str,
    *,
    schedule: str | None = None,
    active: bool | None = None,
) -> None:
    """Change when a source is looked at, or let it rest.

    Raises:
        ServiceError: `forbidden`, `source_not_found`, `source_schedule`.
    """
    row = await _locked(unit, principal, source_id)
    if schedule is not None:
        row.schedule_cron = check_cron(schedule)
        row.next_at = utcnow()
    if active is not None and active != row.active:
        row.active, row.next_at, row.failures = active, utcnow(), 0
    await _note(unit, principal, "changed", row)


async def look_now(unit: Unit, principal: Principal, source_id: str) -> None:
    """Look at a source at once.

    Raises:
        ServiceError: `forbidden`, `source_not_found`, `source_resting`.
    """
    row = await _locked(unit, principal, source_id)
    if not row.active:
        raise ServiceError("source_resting", Kind.CONFLICT, "Источник приостановлен: включите его.")
    await _order(unit, row)


async def remove(unit: Unit, principal: Principal, source_id: str) -> list[str]:
    """Stop watching a source; documents that were published stay.

    Returns:
        Keys of files that nobody needs any more; the caller deletes them after the commit.

    Raises:
        ServiceError: `forbidden`, `source_not_found`.
    """
    row = await _locked(unit, principal, source_id)
    await _note(unit, principal, "removed", row)
    return await SourceRepository(unit, principal.tenant_id).remove(row)


async def list_updates(
    unit: Unit,
    principal: Principal,
    *,
    statuses: tuple[str, ...] = (),
    source_id: str | None = None,
    offset: int = 0,
    limit: int = 25,
) -> tuple[list[UpdateView], int]:
    """Updates, latest first, and how many there are in all.

    Raises:
        ServiceError: `forbidden`, `source_not_found`.
    """
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    source = read_uuid(source_id, no_source) if source_id else None
    repository = SourceRepository(unit, principal.tenant_id)
    rows, total = await repository.events(statuses, source, offset, limit)
    return [update_view(row) for row in rows], total


async def read_update(unit: Unit, principal: Principal, event_id: str) -> UpdateView:
    """One update with everything that has changed.

    Raises:
        ServiceError: `forbidden`, `update_not_found`.
    """
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    repository = SourceRepository(unit, principal.tenant_id)
    found = await repository.event(read_uuid(event_id, no_event))
    if found is None:
        raise no_event()
    return update_view(found, await repository.document_public_id(found[0].document_id))


async def counts(unit: Unit, principal: Principal) -> Counts:
    """What waits: decisions and broken sources; zeros for who may not decide."""
    if not access.may(principal, Permission.MANAGE_KNOWLEDGE):
        return Counts(0, 0)
    return await SourceRepository(unit, principal.tenant_id).counts()


def checked(options: SourceOptions) -> dict[str, Any]:
    """Values of a row.

    Raises:
        ServiceError: see `add`.
    """
    if options.type not in TYPES:
        raise invalid("source_type", "Вид источника: feed, page, sitemap, file или folder.")
    if options.visibility not in VISIBILITY:
        raise invalid("kb_visibility", "Видимость документа: public (все) или agents (агенты).")
    url = options.url.strip()
    if options.type == "folder":
        url = folders.address_of(url.removeprefix(folders.SCHEME))
    else:
        fetching.check_link(url)
    if len(url) > LONGEST_URL:
        raise invalid("link_wrong", "Слишком длинная ссылка.")
    return {
        "type": options.type,
        "url": url,
        "title": (options.title.strip() or url)[:300],
        "company_code": _code(options.company_code),
        "product_code": _code(options.product_code),
        "visibility": options.visibility,
        "schedule_cron": check_cron(options.schedule),
        "only_with": options.only_with.strip()[:200],
        "offer_first": options.offer_first,
    }


def read_uuid(value: str, missing: Callable[[], ServiceError]) -> uuid.UUID:
    """A public id; what is no id names nothing."""
    try:
        return uuid.UUID(value)
    except ValueError as wrong:
        raise missing() from wrong


def no_event() -> ServiceError:
    """There is no such update for this caller."""
    return not_found("update_not_found", "Обновление не найдено.")


def no_source() -> ServiceError:
    """There is no such source for this caller."""
    return not_found("source_not_found", "Источник не найден.")


def update_view(found: Listed, document_id: uuid.UUID | None = None) -> UpdateView:
    """An update for screens."""
    event, source, decided_by = found
    return UpdateView(
        id=str(event.public_id),
        source_id=str(source.public_id),
        source_title=source.title,
        kind=event.kind,
        status=event.status,
        detected_at=event.detected_at,
        summary=event.summary,
        title=event.title,
        url=event.url,
        company_code=event.company_code,
        product_code=event.product_code,
        differences=DIFFERENCES.validate_python(event.differences),
        decision=event.decision,
        decided_by=decided_by,
        decided_at=event.decided_at,
        message=event.message,
        in_base=event.document_id is not None,
        document_id=str(document_id) if document_id else None,
    )


async def _locked(unit: Unit, principal: Principal, source_id: str) -> UpdateSource:
    access.require(principal, Permission.MANAGE_KNOWLEDGE)
    repository = SourceRepository(unit, principal.tenant_id)
    row = await repository.source(read_uuid(source_id, no_source), lock=True)
    if row is None:
        raise no_source()
    return row


async def _order(unit: Unit, row: UpdateSource) -> None:
    await unit.defer(LookAtSource(source_id=row.id, host=host_of(row.type, row.url)))


async def _note(unit: Unit, principal: Principal, verb: str, row: UpdateSource) -> None:
    target, facts = f"source:{row.public_id}", {"title": row.title, "url": row.url}
    await audit.record(unit, principal, f"source.{verb}", target, facts)


def _code(value: str | None) -> str | None:
    code = (value or "").strip()[:60]
    return code if code and code != GENERAL else None


def _view(row: UpdateSource, documents: int, waiting: int) -> SourceView:
    return SourceView(
        id=str(row.public_id),
        type=row.type,
        url=row.url,
        title=row.title,
        company_code=row.company_code,
        product_code=row.product_code,
        visibility=row.visibility,
        schedule=row.schedule_cron,
        only_with=row.only_with,
        offer_first=row.offer_first,
        active=row.active,
        next_at=row.next_at,
        checked_at=row.checked_at,
        ok_at=row.ok_at,
        error_code=row.error_code,
        error=row.error,
        note=row.note,
        documents=documents,
        waiting=waiting,
    )
