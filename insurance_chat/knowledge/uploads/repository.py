"""All SQL of the uploads."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.models import Document, Passage
from insurance_chat.knowledge.uploads.models import OPEN as OPEN_ROWS
from insurance_chat.knowledge.uploads.models import Upload

SILENT = timedelta(seconds=30)  # a reading that says nothing for this time has died
FORGOTTEN = timedelta(minutes=10)  # a waiting file whose order may be lost
OPEN = ("waiting", "reading")
# With the public id of its document and that document's status.
Listed = tuple[Upload, uuid.UUID | None, str | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A file taken for reading; `busy` when somebody else reads it, `again` when they died."""

    row: Upload | None
    busy: bool = False
    again: bool = False


class UploadRepository:
    """Uploads of one tenant.

    Args:
        unit: the open transaction.
        tenant_id: whose uploads they are.
    """

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, values: dict[str, Any]) -> int | None:
        """Write a row; None when the same file is being read already."""
        query = (
            insert(Upload)
            .values(tenant_id=self._tenant_id, **values)
            .on_conflict_do_nothing(
                index_elements=[Upload.tenant_id, Upload.content_hash],
                index_where=text(
                    OPEN_ROWS
                ),  # literal: a prepared plan cannot see through parameters
            )
            .returning(Upload.id)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def find(self, public_id: uuid.UUID) -> Listed | None:
        """An upload with the public id of its document."""
        query = self._listing().where(Upload.public_id == public_id)
        found = (await self._session.execute(query)).one_or_none()
        return (found[0], found[1], found[2]) if found else None

    async def newest(self, batch_id: uuid.UUID | None, limit: int) -> list[Listed]:
        """Uploads with the public ids of their documents, newest first."""
        query = self._listing().order_by(Upload.id.desc()).limit(limit)
        if batch_id is not None:
            query = query.where(Upload.batch_id == batch_id)
        return [(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]

    def _listing(self) -> Any:
        return (
            select(Upload, Document.public_id, Document.status)
            .outerjoin(Document, Document.id == Upload.document_id)
            .where(Upload.tenant_id == self._tenant_id)
        )

    async def same_content(self, content_hash: str) -> Document | None:
        """A document made of exactly this file, published or waiting for it; published first.

        What one agent keeps for themselves is nobody else's business and does not count.
        """
        return await self._made_of(content_hash, Document.operator_id.is_(None))

    async def same_private(self, content_hash: str, operator_id: int | None) -> Document | None:
        """What agents have published of exactly this file for the same readers."""
        return await self._made_of(
            content_hash,
            Document.operator_id.is_(None)
            if operator_id is None
            else Document.operator_id == operator_id,
            Document.visibility == "agents",
            Document.status == "published",
        )

    async def _made_of(self, content_hash: str, *wanted: ColumnElement[bool]) -> Document | None:
        query = (
            select(Document)
            .where(
                Document.tenant_id == self._tenant_id,
                Document.content_hash == content_hash,
                Document.status.in_(("published", "preview")),
                *wanted,
            )
            .order_by((Document.status == "published").desc(), Document.id.desc())
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def document(self, public_id: uuid.UUID) -> Document | None:
        """The document that an upload has become."""
        query = select(Document).where(
            Document.tenant_id == self._tenant_id, Document.public_id == public_id
        )
        return (await self._session.scalars(query)).one_or_none()

    async def first_texts(self, document_id: int, limit: int) -> Sequence[str]:
        """How a document begins, passage by passage."""
        query = (
            select(Passage.text)
            .where(Passage.tenant_id == self._tenant_id, Passage.document_id == document_id)
            .order_by(Passage.idx)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def point(self, upload_id: int, document_id: int) -> None:
        """Remember which document an upload has become."""
        await self._session.execute(
            update(Upload)
            .where(Upload.tenant_id == self._tenant_id, Upload.id == upload_id)
            .values(document_id=document_id)
        )

    async def close(self, public_id: uuid.UUID, stage: str) -> str | None:
        """End an open upload; returns the key of its file, None when it was not open."""
        query = (
            update(Upload)
            .where(
                Upload.tenant_id == self._tenant_id,
                Upload.public_id == public_id,
                Upload.stage.in_(OPEN),
            )
            .values(stage=stage, changed_at=func.now())
            .returning(func.coalesce(Upload.file_key, ""))
        )
        return (await self._session.execute(query)).scalar_one_or_none()


async def claim_across_tenants(unit: Unit, upload_id: int) -> Claim:
    """Take a file for reading, unless it is over or somebody reads it."""
    query = select(Upload).where(Upload.id == upload_id).with_for_update()
    row = (await unit.session.scalars(query)).one_or_none()
    if row is None or row.stage not in OPEN:
        return Claim(None)
    again = row.stage == "reading"
    if again and row.changed_at > utcnow() - SILENT:
        return Claim(None, busy=True)
    row.stage, row.changed_at = "reading", utcnow()
    row.attempts += 1
    row.message = None
    return Claim(row, again=again)


async def change_across_tenants(unit: Unit, upload_id: int, values: dict[str, Any]) -> bool:
    """Write how far a file that is being read has come; False when nobody wants it any more."""
    query = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.stage == "reading")
        .values(changed_at=func.now(), **values)
        .returning(Upload.id)
    )
    return (await unit.session.execute(query)).scalar_one_or_none() is not None


async def hand_back_across_tenants(unit: Unit, upload_id: int) -> bool:
    """Let somebody else read a file from its beginning; False when it is over."""
    query = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.stage.in_(OPEN))
        .values(stage="waiting", step="", percent=0, changed_at=func.now())
        .returning(Upload.id)
    )
    return (await unit.session.execute(query)).scalar_one_or_none() is not None


async def number_across_tenants(unit: Unit, public_id: uuid.UUID) -> int | None:
    """By which orders name an upload."""
    query = select(Upload.id).where(Upload.public_id == public_id)
    return (await unit.session.scalars(query)).one_or_none()


async def forgotten_across_tenants(unit: Unit) -> Sequence[int]:
    """Files that nobody reads though they are not over; they are touched so as not to repeat."""
    now = utcnow()
    query = (
        update(Upload)
        .where(
            or_(
                and_(Upload.stage == "reading", Upload.changed_at < now - 2 * SILENT),
                and_(Upload.stage == "waiting", Upload.changed_at < now - FORGOTTEN),
            )
        )
        .values(stage="waiting", changed_at=now)
        .returning(Upload.id)
    )
    return (await unit.session.scalars(query)).all()
