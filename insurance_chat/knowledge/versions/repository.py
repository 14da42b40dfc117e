"""All SQL of versions: lineages, history, the bin."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import defer

from insurance_chat.accounts.models import User
from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.models import Document, HistoryEntry, Passage
from insurance_chat.knowledge.passages import Piece

MOST = 500  # versions or entries shown of one document


class HistoryRow(NamedTuple):
    """One line of a document's history; `user` is None when the service itself did it."""

    at: datetime
    user: str | None
    verb: str
    version: int
    details: str


class VersionRepository:
    """Versions of one tenant's documents.

    Args:
        unit: the open transaction.
        tenant_id: whose they are.
    """

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add_history(
        self, lineage: uuid.UUID, version: int, user_id: int | None, verb: str, details: str
    ) -> None:
        """Store one entry; entries are never changed."""
        self._session.add(
            HistoryEntry(
                tenant_id=self._tenant_id,
                lineage=lineage,
                version=version,
                user_id=user_id,
                verb=verb[:20],
                details=details[:300],
            )
        )

    async def move_history(self, lineage: uuid.UUID, other: uuid.UUID) -> None:
        """A document turned out to be a version of another one: their histories are one."""
        query = update(HistoryEntry).where(
            HistoryEntry.tenant_id == self._tenant_id, HistoryEntry.lineage == lineage
        )
        await self._session.execute(query.values(lineage=other))

    async def history(self, lineage: uuid.UUID) -> list[HistoryRow]:
        """What was done to all versions of a document, newest first."""
        query = (
            select(
                HistoryEntry.created_at,
                User.name,
                HistoryEntry.verb,
                HistoryEntry.version,
                HistoryEntry.details,
            )
            .outerjoin(User, User.id == HistoryEntry.user_id)
            .where(HistoryEntry.tenant_id == self._tenant_id, HistoryEntry.lineage == lineage)
            .order_by(HistoryEntry.id.desc())
            .limit(MOST)
        )
        return [HistoryRow(*row) for row in (await self._session.execute(query)).all()]

    async def last_version(self, lineage: uuid.UUID, besides: int) -> int:
        """The highest number of a version so far, 0 for none."""
        query = select(func.max(Document.version)).where(
            Document.tenant_id == self._tenant_id,
            Document.lineage == lineage,
            Document.id != besides,
            Document.revision > 0,
        )
        return int(await self._session.scalar(query) or 0)

    async def of_lineage(self, lineage: uuid.UUID) -> Sequence[Document]:
        """All versions that were ever published and still have their text, newest first."""
        query = (
            select(Document)
            .where(
                Document.tenant_id == self._tenant_id,
                Document.lineage == lineage,
                Document.revision > 0,
                Document.status != "purged",
            )
            .order_by(Document.version.desc(), Document.id.desc())
            .limit(MOST)
        )
        return (await self._session.scalars(query)).all()

    async def pieces(self, document_id: int) -> list[Piece]:
        """The text of a version in its order."""
        query = (
            select(Passage.heading_path, Passage.page, Passage.text)
            .where(Passage.tenant_id == self._tenant_id, Passage.document_id == document_id)
            .order_by(Passage.idx)
        )
        return [Piece(*row) for row in (await self._session.execute(query)).all()]

    async def shelf(self) -> Sequence[tuple[Document, str | None]]:
        """Published documents, whatever their days, with the name of the agent they belong to."""
        query = (
            select(Document, User.name)
            .outerjoin(User, User.id == Document.operator_id)
            # What was understood of a document is large, and no list shows it.
            .options(defer(Document.analysis, raiseload=True))
            .where(Document.tenant_id == self._tenant_id, Document.status == "published")
            .order_by(Document.company_code, Document.product_code, Document.title, Document.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def previews(self) -> Sequence[Document]:
        """What was read and waits for a decision, newest first."""
        query = (
            select(Document)
            .where(Document.tenant_id == self._tenant_id, Document.status == "preview")
            .order_by(Document.id.desc())
            .limit(MOST)
        )
        return (await self._session.scalars(query)).all()

    async def bin(self) -> Sequence[Document]:
        """Deleted documents that can be taken back, the last one first."""
        has_text = exists().where(Passage.document_id == Document.id)
        query = (
            select(Document)
            .where(Document.tenant_id == self._tenant_id, Document.status == "deleted", has_text)
            .order_by(Document.deleted_at.desc(), Document.id.desc())
            .limit(MOST)
        )
        return (await self._session.scalars(query)).all()

    async def find_deleted(self, public_id: uuid.UUID) -> Document | None:
        """A document of the bin, locked."""
        has_text = exists().where(Passage.document_id == Document.id)
        query = (
            select(Document)
            .where(
                Document.tenant_id == self._tenant_id,
                Document.public_id == public_id,
                Document.status == "deleted",
                has_text,
            )
            .with_for_update(key_share=True)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def user_of_actor(self, actor: str) -> int | None:
        """The member of staff whom `Principal.actor` names: `admin:<public id>`."""
        try:
            public_id = uuid.UUID(actor.rpartition(":")[2])
        except ValueError:
            return None
        query = select(User.id).where(
            User.tenant_id == self._tenant_id, User.public_id == public_id
        )
        return (await self._session.scalars(query)).one_or_none()

    async def public_id_of_user(self, user_id: int) -> str | None:
        """How the doors name a member of staff."""
        query = select(User.public_id).where(User.tenant_id == self._tenant_id, User.id == user_id)
        found = await self._session.scalar(query)
        return str(found) if found is not None else None

    async def current_of(self, lineage: uuid.UUID | None) -> str | None:
        """Public id of the version of a document that answers now."""
        if lineage is None:
            return None
        query = select(Document.public_id).where(
            Document.tenant_id == self._tenant_id,
            Document.lineage == lineage,
            Document.status == "published",
        )
        found = await self._session.scalar(query.limit(1))
        return str(found) if found is not None else None


async def take_expired_across_tenants(
    unit: Unit, before: datetime, limit: int
) -> tuple[int, list[str]]:
    """Empty the bin: forget texts of what was deleted long ago, with versions that nobody has left.

    Args:
        before: documents deleted earlier go; earlier versions go when no version of theirs is
            published or in the bin any more.
        limit: how many documents at once.

    Returns:
        How many documents have gone, and keys of files that no document uses any more; delete
        those after the transaction.
    """
    alive = select(Document.lineage).where(
        Document.lineage.is_not(None),
        or_(
            Document.status.in_(("published", "preview")),
            (Document.status == "deleted") & (Document.deleted_at >= before),
        ),
    )
    old = (Document.status == "deleted") & (Document.deleted_at < before)
    left = (
        (Document.status == "replaced")
        & Document.lineage.is_not(None)
        & Document.lineage.not_in(alive)
    )
    query = select(Document).where(or_(old, left)).order_by(Document.id).limit(limit)
    rows = (await unit.session.scalars(query.with_for_update(skip_locked=True))).all()
    ids, keys = [row.id for row in rows], {row.file_key for row in rows}
    if not ids:
        return 0, []
    for row in rows:
        row.status = "purged"
    await unit.session.flush()
    await unit.session.execute(delete(Passage).where(Passage.document_id.in_(ids)))
    used = select(Document.file_key).where(Document.file_key.in_(keys), Document.status != "purged")
    return len(ids), sorted(keys - set((await unit.session.scalars(used)).all()))
