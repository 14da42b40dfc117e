"""What a program that sent a file is told: what was read, a refusal, or where to ask later."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.ingest import MAX_BYTES
from insurance_chat.knowledge.library import may_open
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.uploads.reading import UploadReader
from insurance_chat.knowledge.uploads.repository import UploadRepository
from insurance_chat.knowledge.uploads.service import UploadDesk
from insurance_chat.knowledge.uploads.views import UploadView

SHOWN_PASSAGES = 20
MOST_MEMBERS = 2000
LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Understood:
    """A document made of an uploaded file.

    Args:
        passages: how it begins, at most `SHOWN_PASSAGES`.
    """

    id: str
    title: str
    company_code: str | None
    product_code: str | None
    page_count: int
    published: bool
    passages: Sequence[str]


async def read_or_leave(
    desk: UploadDesk, reader: UploadReader, principal: Principal, view: UploadView, seconds: float
) -> UploadView:
    """Have a file read while its sender waits.

    A small file is read here, without waiting for those that jobs read; a large one by the job.

    Args:
        view: just accepted; without an order when `read_here` says so.
        seconds: how long the sender waits at most.
    """
    if view.is_over:
        return view
    if read_here(view.size, seconds):
        await reader.run_within(uuid.UUID(view.id), seconds)
        return await desk.show(principal, view.id)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(LOOK_SECONDS, left))
        view = await desk.show(principal, view.id)
        if view.is_over:
            break
    return view


def read_here(size: int, seconds: float) -> bool:
    """Whether a file is small enough to be read by the process that received it."""
    return size <= MAX_BYTES and seconds > 0


async def understood(db: Database, principal: Principal, view: UploadView) -> Understood | None:
    """The document of an upload, None while there is none or the caller may not read it."""
    if view.document_id is None:
        return None
    async with db.unit() as unit:
        repository = UploadRepository(unit, principal.tenant_id)
        document = await repository.document(uuid.UUID(view.document_id))
        if document is None or not _may_see(document, principal):
            return None
        return Understood(
            id=str(document.public_id),
            title=document.title,
            company_code=document.company_code,
            product_code=document.product_code,
            page_count=document.page_count,
            published=document.status == "published",
            passages=await repository.first_texts(document.id, SHOWN_PASSAGES),
        )


def _may_see(document: Document, principal: Principal) -> bool:
    return principal.is_admin or may_open(document, principal)


async def members(desk: UploadDesk, principal: Principal, view: UploadView) -> list[UploadView]:
    """Files of an archive, in its order; empty for anything else."""
    if view.stage != "unpacked":
        return []
    drop = await desk.drop(principal, view.batch_id, MOST_MEMBERS)
    return [one for one in reversed(drop) if one.id != view.id]


def check_taken(view: UploadView, found: Understood | None) -> None:
    """Refuse what was not read; a preview that was there already is as good as a new one.

    Raises:
        ServiceError: `kb_duplicate`, `kb_upload_cancelled`, or why the file was refused.
    """
    if view.stage == "cancelled":
        raise ServiceError("kb_upload_cancelled", Kind.CONFLICT, "Чтение этого файла отменили.")
    if view.stage == "duplicate" and (found is None or found.published):
        data = {"document_id": found.id} if found else {}
        raise ServiceError("kb_duplicate", Kind.CONFLICT, view.message or "", **data)
    if view.stage == "failed":
        code = view.error_code or "kb_file_damaged"
        kind = Kind.TOO_LARGE if code == "kb_file_too_large" else Kind.INVALID
        raise ServiceError(code, kind, view.message or "")
