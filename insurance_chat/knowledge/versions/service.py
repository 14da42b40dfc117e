"""Versions of documents: history, differences, taking back, the bin."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from insurance_chat.core.clock import moscow_today, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.library import find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.publishing import note, publish
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.versions.difference import Change, compare
from insurance_chat.knowledge.versions.repository import (
    HistoryRow,
    VersionRepository,
    take_expired_across_tenants,
)

KEPT_DAYS = 30  # how long a deleted document can be taken back
PURGE_AT_ONCE = 200
VERBS = {
    "uploaded": "Загружен",
    "corrected": "Исправлены поля",
    "published": "Опубликован",
    "deleted": "Удалён",
    "restored": "Возвращён из корзины",
    "rolled_back": "Возвращён прежний текст",
}


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a document.

    Args:
        status: `published`, `replaced` or `deleted`.
        created_at: when its file was read.
    """

    id: str
    version: int
    title: str
    file_name: str
    status: str
    valid_from: date | None
    valid_until: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """A document through time: its versions and its history, newest first."""

    versions: tuple[VersionView, ...]
    history: tuple[HistoryRow, ...]


@dataclass(frozen=True, slots=True)
class BinRow:
    """A deleted document; `last_day` is the last one on which it can be taken back."""

    id: str
    title: str
    company_code: str | None
    product_code: str | None
    was_preview: bool
    deleted_at: datetime
    last_day: date


async def story(unit: Unit, principal: Principal, document_id: str) -> Story:
    """Versions and history of a document.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    document = await _one(unit, principal, document_id)
    repository = VersionRepository(unit, principal.tenant_id)
    lineage = document.lineage or document.public_id
    rows = await repository.of_lineage(lineage)
    return Story(tuple(map(_view, rows)), tuple(await repository.history(lineage)))


async def difference(
    db: Database, principal: Principal, old_id: str, new_id: str
) -> tuple[VersionView, VersionView, list[Change]]:
    """What differs between two versions; they need not be of one document.

    Comparing long texts takes long, so it is done after the transaction and beside the loop.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    async with db.unit() as unit:
        repository = VersionRepository(unit, principal.tenant_id)
        old = await _one(unit, principal, old_id)
        new = await _one(unit, principal, new_id)
        before, after = await repository.pieces(old.id), await repository.pieces(new.id)
        views = _view(old), _view(new)
    return *views, await asyncio.to_thread(compare, before, after)


async def roll_back(unit: Unit, principal: Principal, document_id: str) -> VersionView:
    """Publish the text of an earlier version again, as a new version.

    Its days of validity are those of the earlier version, except an end that has passed: nobody
    takes back a text so that it does not answer.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`, `kb_not_earlier` for a version that
            answers already or has never answered.
    """
    old = await _one(unit, principal, document_id)
    if old.status != "replaced":
        text = "Вернуть можно только прежнюю версию документа."
        raise ServiceError("kb_not_earlier", Kind.CONFLICT, text)
    repository = KnowledgeRepository(unit, principal.tenant_id)
    pieces = await VersionRepository(unit, principal.tenant_id).pieces(old.id)
    document = await repository.add(_copy(old), pieces)
    await publish(unit, repository, principal.tenant_id, document)
    await note(unit, principal, "rolled_back", document, f"Текст версии {old.version}")
    return _view(document)


async def list_bin(unit: Unit, principal: Principal) -> list[BinRow]:
    """Deleted documents that can be taken back, the last one first.

    Raises:
        ServiceError: `forbidden`.
    """
    _require_admin(principal)
    rows = await VersionRepository(unit, principal.tenant_id).bin()
    return [_bin_row(row) for row in rows]


async def restore(unit: Unit, principal: Principal, document_id: str) -> VersionView:
    """Take a document out of the bin: it answers again, waits again, or is an earlier version.

    It becomes an earlier version when a newer one has been published meanwhile.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found` when it is not in the bin,
            `kb_newer_document` when another document has taken its name and place.
    """
    _require_admin(principal)
    versions = VersionRepository(unit, principal.tenant_id)
    document = await versions.find_deleted(_uuid(document_id))
    if document is None:
        raise _gone()
    if not document.revision:
        document.status, document.deleted_at = "preview", None
    else:
        await _answer_again(unit, principal.tenant_id, document)
    await note(unit, principal, "restored", document)
    return _view(document)


async def _answer_again(unit: Unit, tenant_id: int, document: Document) -> None:
    repository = KnowledgeRepository(unit, tenant_id)
    others = await repository.earlier_versions(document)
    if any(one.lineage != document.lineage for one in others):
        text = f"Такой документ уже опубликован заново: «{others[0].title}». Сначала удалите его."
        raise ServiceError("kb_newer_document", Kind.CONFLICT, text)
    if others:
        document.status, document.deleted_at = "replaced", None
        return
    number = document.version
    await publish(unit, repository, tenant_id, document)
    document.version = number


async def purge(db: Database, files: FileStore) -> int:
    """Empty the bins of all tenants of what was deleted more than 30 days ago.

    Returns:
        How many files were removed.
    """
    before, removed = utcnow() - timedelta(days=KEPT_DAYS), 0
    while True:
        async with db.unit() as unit:
            count, keys = await take_expired_across_tenants(unit, before, PURGE_AT_ONCE)
        # After the transaction: a file is never gone while a row still needs it.
        for key in keys:
            await files.delete(key)
        removed += len(keys)
        if not count:
            return removed


def _copy(old: Document) -> Document:
    passed = old.valid_until is not None and old.valid_until < moscow_today()
    return Document(
        public_id=uuid.uuid4(),
        lineage=old.lineage or old.public_id,
        title=old.title,
        kind=old.kind,
        company_code=old.company_code,
        product_code=old.product_code,
        visibility=old.visibility,
        operator_id=old.operator_id,
        tags=list(old.tags),
        status="preview",
        version=1,
        valid_from=old.valid_from,
        valid_until=None if passed else old.valid_until,
        source_url=old.source_url,
        file_key=old.file_key,
        file_name=old.file_name,
        mime=old.mime,
        page_count=old.page_count,
        content_hash=old.content_hash,
        analysis=old.analysis,
        revision=0,
    )


def _view(row: Document) -> VersionView:
    return VersionView(
        id=str(row.public_id),
        version=row.version,
        title=row.title,
        file_name=row.file_name,
        status=row.status,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created_at=row.created_at,
    )


def _bin_row(row: Document) -> BinRow:
    deleted_at = row.deleted_at or row.created_at
    return BinRow(
        id=str(row.public_id),
        title=row.title,
        company_code=row.company_code,
        product_code=row.product_code,
        was_preview=not row.revision,
        deleted_at=deleted_at,
        last_day=(deleted_at + timedelta(days=KEPT_DAYS)).date(),
    )


async def _one(unit: Unit, principal: Principal, document_id: str) -> Document:
    _require_admin(principal)
    return await find_one(KnowledgeRepository(unit, principal.tenant_id), document_id)


def _require_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise forbidden()


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise _gone() from wrong


def _gone() -> ServiceError:
    return not_found("kb_document_not_found", "Этого документа нет в корзине.")
