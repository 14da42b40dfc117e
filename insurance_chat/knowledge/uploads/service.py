"""Files and links on their way into the knowledge base: accepted at once, read by a job."""

from __future__ import annotations

import asyncio
import hashlib
import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from insurance_chat.accounts import audit
from insurance_chat.core import fetching
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError, invalid, not_found
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.library import GENERAL, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.reading.refusals import refusal
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads.jobs import ReadUpload
from insurance_chat.knowledge.uploads.models import Upload
from insurance_chat.knowledge.uploads.repository import UploadRepository
from insurance_chat.knowledge.uploads.views import UploadView, view_of

CHANNEL = "kb_uploads"  # NOTIFY with the tenant's id whenever an upload has changed
MEGABYTE = 1024 * 1024
PIECE = 1024 * 1024
VISIBILITY = ("public", "agents")
# Published at once and never shown to clients: to all agents, or to the one who sent it.
COLLEAGUES, SENDER = "colleagues", "sender"
PRIVATE = (COLLEAGUES, SENDER)


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the administrator says about the files of one drop.

    Args:
        batch_id: groups the files of one drop; None makes a new one.
        company_code, product_code: win over what the file says; None leaves it to the analysis.
        visibility: `public` or `agents`; `colleagues` and `sender` are for files of agents, which are
            published as soon as they are read (`PRIVATE`).
        source_url: page from which the file was taken.
    """

    batch_id: uuid.UUID | None = None
    company_code: str | None = None
    product_code: str | None = None
    visibility: str | None = None
    source_url: str | None = None


class UploadDesk:
    """Accepts files and links, shows how far they are, lets people cancel.

    Args:
        db: where rows are written, together with the order to read them.
        files: where the originals are kept.
        settings: limits.
    """

    def __init__(self, db: Database, files: FileStore, settings: KnowledgeSettings) -> None:
        self._db, self._files, self._settings = db, files, settings

    async def accept_file(
        self, principal: Principal, name: str, data: bytes, options: UploadOptions | None = None
    ) -> UploadView:
        """Keep a file that is in memory already; see `accept_source`."""
        return await self.accept_source(principal, name, io.BytesIO(data), options)

    async def accept_source(
        self,
        principal: Principal,
        name: str,
        source: BinaryIO,
        options: UploadOptions | None = None,
        *,
        order: bool = True,
    ) -> UploadView:
        """Keep a file, piece by piece, and order a job to read it; returns at once.

        Args:
            source: can be read from its beginning twice: to recognise the file, and to store it.
            order: False when the caller reads it at once by `UploadReader.run_within`.

        Raises:
            ServiceError: `forbidden`, `kb_visibility`, `kb_source_url`, `kb_file_too_large`,
                `kb_file_empty`.
        """
        options = _checked(principal, options)
        size, digest, blank = await asyncio.to_thread(_measure, source)
        if size > self._settings.max_file_megabytes * MEGABYTE:
            raise refusal("too_large")
        if blank:
            raise refusal("empty")
        values = _values(principal, options, name)
        # Of a private file nobody may learn by a digest that somebody else has it.
        values |= {"size": size, "content_hash": None if _is_private(options) else digest}
        # The file is stored before the transaction, which must not wait for a network.
        key = await self._files.put_pieces(size, _pieces(source))
        values["file_key"] = key
        async with self._db.unit() as unit:
            view = await _start(unit, principal, values, order=order)
        if view.stage == "duplicate":
            await self._files.delete(key)
        return view

    async def accept_link(
        self, principal: Principal, url: str, options: UploadOptions | None = None
    ) -> UploadView:
        """Order a job to fetch a page or a file and read it; returns at once.

        Raises:
            ServiceError: `forbidden`, `kb_visibility`, `link_wrong`.
        """
        options = _checked(principal, options)
        url = url.strip()
        fetching.check_link(url)
        values = _values(principal, options, url.rstrip("/").rsplit("/", 1)[-1] or "страница")
        values["source_url"] = url
        async with self._db.unit() as unit:
            return await _start(unit, principal, values)

    async def show(self, principal: Principal, upload_id: str) -> UploadView:
        """One upload; agents see their own only.

        Raises:
            ServiceError: `forbidden`, `kb_upload_not_found`.
        """
        _require_staff(principal)
        async with self._db.unit() as unit:
            repository = UploadRepository(unit, principal.tenant_id)
            return await _one(repository, upload_id, principal)

    async def newest(
        self, principal: Principal, batch_id: str | None = None, limit: int = 100
    ) -> list[UploadView]:
        """Uploads of one drop or of all, newest first.

        Raises:
            ServiceError: `forbidden`, `kb_upload_not_found` for a batch that cannot be.
        """
        _require_admin(principal)
        batch = _uuid(batch_id) if batch_id else None
        async with self._db.unit() as unit:
            rows = await UploadRepository(unit, principal.tenant_id).newest(batch, limit)
        return [view_of(*found) for found in rows]

    async def drop(self, principal: Principal, batch_id: str, limit: int) -> list[UploadView]:
        """What came in one drop (an archive and its files), newest first; agents see their own only.

        Raises:
            ServiceError: `forbidden`, `kb_upload_not_found` for a batch that cannot be.
        """
        _require_staff(principal)
        async with self._db.unit() as unit:
            repository = UploadRepository(unit, principal.tenant_id)
            rows = await repository.newest(_uuid(batch_id), limit)
        return [view_of(*found) for found in rows if _may_look(found[0], principal)]

    async def cancel(self, principal: Principal, upload_id: str) -> UploadView:
        """Stop reading a file and forget it; one that is over stays as it is.

        Raises:
            ServiceError: `forbidden`, `kb_upload_not_found`.
        """
        _require_admin(principal)
        async with self._db.unit() as unit:
            repository = UploadRepository(unit, principal.tenant_id)
            key = await repository.close(_uuid(upload_id), "cancelled")
            view = await _one(repository, upload_id)
            if key is not None:
                await unit.notify(CHANNEL, str(principal.tenant_id))
        if key:
            await self._files.delete(key)
        return view


async def _start(
    unit: Unit, principal: Principal, values: dict[str, object], *, order: bool = True
) -> UploadView:
    repository = UploadRepository(unit, principal.tenant_id)
    digest = values.get("content_hash")
    twin = await repository.same_content(str(digest)) if digest else None
    if twin is not None and same_place(twin, values):
        values |= as_duplicate(twin)
    number = await repository.add(values)
    if number is None:
        values |= {
            "stage": "duplicate",
            "error_code": "kb_duplicate",
            "message": "Этот файл уже читается.",
        }
        number = await repository.add(values)
    if order and "stage" not in values and number is not None:
        await unit.defer(ReadUpload(upload_id=number))
    await unit.notify(CHANNEL, str(principal.tenant_id))
    facts = {"name": str(values["file_name"])}
    await audit.record(unit, principal, "upload.accepted", f"upload:{values['public_id']}", facts)
    return await _one(repository, str(values["public_id"]))


def as_duplicate(twin: Document) -> dict[str, object]:
    """What is written about an upload whose document is there already."""
    where = (
        "уже есть в базе знаний" if twin.status == "published" else "уже загружен и ждёт проверки"
    )
    return {
        "stage": "duplicate",
        "percent": 100,
        "file_key": None,
        "error_code": "kb_duplicate",
        "message": f"Такой файл {where}: «{twin.title}».",
        "document_id": twin.id,
    }


def same_place(twin: Document, values: Mapping[str, object]) -> bool:
    """A file may be uploaded again for another company, product or readers, when that is said."""
    said = {name: values.get(name) for name in ("company_code", "product_code", "visibility")}
    return all(value is None or value == getattr(twin, name) for name, value in said.items())


def _values(principal: Principal, options: UploadOptions, name: str) -> dict[str, object]:
    return {
        "public_id": uuid.uuid4(),
        "batch_id": options.batch_id or uuid.uuid4(),
        "uploaded_by": principal.actor[:80],
        "file_name": PurePath(name.replace("\\", "/")).name[:255] or "document",
        "company_code": _code(options.company_code),
        "product_code": _code(options.product_code),
        "visibility": options.visibility,
        "source_url": options.source_url or None,
    }


def _code(value: str | None) -> str | None:
    code = (value or "").strip()[:60]
    return code if code and code != GENERAL else None


def _checked(principal: Principal, options: UploadOptions | None) -> UploadOptions:
    options = options or UploadOptions()
    if _is_private(options):
        _require_staff(principal)
        return options
    _require_admin(principal)
    if options.visibility is not None and options.visibility not in VISIBILITY:
        raise invalid("kb_visibility", "Видимость документа: public (все) или agents (агенты).")
    if options.source_url and not options.source_url.startswith(("http://", "https://")):
        raise invalid("kb_source_url", "Адрес источника должен начинаться с http:// или https://.")
    return options


def _is_private(options: UploadOptions) -> bool:
    return options.visibility in PRIVATE


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while piece := source.read(PIECE):
        yield piece


def _measure(source: BinaryIO) -> tuple[int, str, bool]:
    """Size in bytes, the hash by which the same file is recognised, whether nothing is in it."""
    size, digest, blank = 0, hashlib.sha256(), True
    for piece in _pieces(source):
        size += len(piece)
        digest.update(piece)
        blank = blank and not piece.strip(b"\x00\t\r\n ")
    return size, digest.hexdigest(), blank


def _require_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise forbidden()


def _require_staff(principal: Principal) -> None:
    if not principal.is_staff:
        raise forbidden()


async def _one(
    repository: UploadRepository, upload_id: str, reader: Principal | None = None
) -> UploadView:
    found = await repository.find(_uuid(upload_id))
    if found is None:
        raise _not_found()
    if reader is not None and not _may_look(found[0], reader):
        raise _not_found()
    return view_of(*found)


def _may_look(row: Upload, reader: Principal) -> bool:
    return reader.is_admin or row.uploaded_by == reader.actor[:80]


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as wrong:
        raise _not_found() from wrong


def _not_found() -> ServiceError:
    return not_found("kb_upload_not_found", "Загрузка не найдена.")
