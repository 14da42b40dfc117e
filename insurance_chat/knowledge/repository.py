"""All SQL of the knowledge base."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    String,
    all_,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.models import Document, Passage, Revision
from insurance_chat.knowledge.passages import Piece


@dataclass(frozen=True, slots=True)
class Scope:
    """Who reads and on what day: the limits that every answer obeys.

    `companies` narrows to documents of these companies and of none; `private` to documents that
    only agents see. `reader` is the agent who reads: documents of one agent are shown to nobody
    else, unless `everyone` (lists of the administrator). `trial` is a preview that is read as if
    it were published, in place of the documents `without`.
    """

    agents: bool
    today: date
    company: str | None = None
    product: str | None = None
    companies: tuple[str, ...] | None = None
    private: bool = False
    reader: int | None = None
    everyone: bool = False
    trial: int | None = None
    without: tuple[int, ...] = ()

    @classmethod
    def shape(
        cls, agents: bool, company: bool, product: bool, companies: bool, private: bool, trial: bool
    ) -> Scope:
        """A scope that only tells which limits a statement has; the values come later."""
        return cls(
            agents,
            date.min,
            "" if company else None,
            "" if product else None,
            () if companies else None,
            private,
            trial=0 if trial else None,
        )


class KnowledgeRepository:
    """Documents and passages of one tenant.

    Args:
        unit: the open transaction.
        tenant_id: whose knowledge it is.
    """

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def add(self, document: Document, pieces: Sequence[Piece]) -> Document:
        """Store a document with its passages."""
        document.tenant_id = self._tenant_id
        self._session.add(document)
        await self._session.flush()
        rows = [
            {
                "tenant_id": self._tenant_id,
                "document_id": document.id,
                "idx": idx,
                "heading_path": piece.heading_path,
                "page": piece.page,
                "text": piece.text,
            }
            for idx, piece in enumerate(pieces)
        ]
        if rows:
            await self._session.execute(insert(Passage), rows)
        return document

    async def find(self, public_id: uuid.UUID, *, lock: bool = False) -> Document | None:
        """A document that is not deleted."""
        query = select(Document).where(
            Document.tenant_id == self._tenant_id,
            Document.public_id == public_id,
            Document.status.not_in(("deleted", "purged")),
        )
        if lock:
            query = query.with_for_update(key_share=True)
        return (await self._session.scalars(query)).one_or_none()

    async def published_with_content(self, content_hash: str) -> Document | None:
        """A published document with exactly this content."""
        query = select(Document).where(
            Document.tenant_id == self._tenant_id,
            Document.content_hash == content_hash,
            Document.status == "published",
        )
        return (await self._session.scalars(query.limit(1))).one_or_none()

    async def earlier_versions(self, document: Document) -> Sequence[Document]:
        """Published documents that this one replaces: of its lineage, or of its name and place."""
        same_name = and_(
            Document.title == document.title,
            Document.company_code.is_not_distinct_from(document.company_code),
            Document.product_code.is_not_distinct_from(document.product_code),
            Document.visibility == document.visibility,
            Document.operator_id.is_not_distinct_from(document.operator_id),
        )
        same = same_name
        if document.lineage is not None:
            same = or_(Document.lineage == document.lineage, same_name)
        query = (
            select(Document)
            .where(
                Document.tenant_id == self._tenant_id,
                Document.status == "published",
                Document.id != document.id,
                same,
            )
            .order_by(Document.id)
            .with_for_update(key_share=True)
        )
        return (await self._session.scalars(query)).all()

    async def last_with_file(self, file_name: str, kind: str) -> Document | None:
        """The newest document made from a file of this name, deleted or not."""
        query = (
            select(Document)
            .where(
                Document.tenant_id == self._tenant_id,
                Document.file_name == file_name,
                Document.kind == kind,
            )
            .order_by(Document.id.desc())
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def had_content(self, file_name: str, content_hash: str) -> bool:
        """Whether a file of this name and content has ever been a document here."""
        query = select(Document.id).where(
            Document.tenant_id == self._tenant_id,
            Document.file_name == file_name,
            Document.content_hash == content_hash,
        )
        return (await self._session.scalars(query.limit(1))).one_or_none() is not None

    async def next_revision(self) -> int:
        """Count a change; changes of one tenant wait for each other, so numbers follow commits."""
        query = (
            upsert(Revision)
            .values(tenant_id=self._tenant_id, revision=1)
            .on_conflict_do_update(
                index_elements=[Revision.tenant_id], set_={"revision": Revision.revision + 1}
            )
            .returning(Revision.revision)
        )
        return int((await self._session.execute(query)).scalar_one())

    async def published(self, scope: Scope) -> Sequence[Document]:
        """Documents that may be shown today, by company, product and title."""
        query = (
            select(Document)
            .where(*visible(self._tenant_id, scope))
            .order_by(Document.company_code, Document.product_code, Document.title)
        )
        return (await self._session.scalars(query)).all()

    async def changes(self, since: int) -> Sequence[Document]:
        """Documents that were published or deleted after a revision."""
        query = select(Document).where(
            Document.tenant_id == self._tenant_id, Document.revision > since
        )
        return (await self._session.scalars(query)).all()

    async def passages_after(
        self, document_ids: Sequence[int], after_id: int, limit: int
    ) -> list[dict[str, Any]]:
        """A batch of passages in the order of their ids."""
        query = (
            select(Passage.id, Passage.document_id, Passage.heading_path, Passage.text)
            .where(
                Passage.tenant_id == self._tenant_id,
                Passage.document_id.in_(document_ids),
                Passage.id > after_id,
            )
            .order_by(Passage.id)
            .limit(limit)
        )
        return [dict(row) for row in (await self._session.execute(query)).mappings()]


async def load_passages(
    connection: AsyncConnection[Any],
    tenant_id: int,
    passage_ids: Sequence[int],
    scope: Scope,
    limit: int,
) -> list[dict[str, Any]]:
    """The first passages of a ranking that the reader may see today, with their documents.

    Args:
        connection: in autocommit; a search is one look at the tables.
        passage_ids: the ranking, best first.
        limit: how many are loaded at most.
    """
    parameters = {
        **scope_parameters(tenant_id, scope),
        "ids": list(passage_ids),
        "limit": limit,
    }
    query = _passages_sql(
        scope.agents,
        scope.company is not None,
        scope.product is not None,
        scope.companies is not None,
        scope.private,
        scope.trial is not None,
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


def scope_parameters(tenant_id: int, scope: Scope) -> dict[str, Any]:
    """Values of the names that `visible` puts into a statement."""
    return {
        "tenant": tenant_id,
        "today": scope.today,
        "company": scope.company,
        "product": scope.product,
        "companies": list(scope.companies or ()),
        "reader": scope.reader,
        "trial": scope.trial,
        "without": list(scope.without),
    }


@lru_cache(maxsize=32)
def _passages_sql(
    agents: bool, company: bool, product: bool, companies: bool, private: bool, trial: bool
) -> bytes:
    # Written down once for each kind of reader: every question comes here, and building the
    # statement anew takes longer than running it.
    scope = Scope.shape(agents, company, product, companies, private, trial)
    ids = bindparam("ids", type_=ARRAY(BigInteger))
    query = (
        select(
            Passage.id,
            Passage.idx,
            Passage.heading_path,
            Passage.page,
            Passage.text,
            Document.public_id,
            Document.title,
            Document.file_name,
            Document.source_url,
            Document.product_code,
            Document.company_code,
            func.coalesce(Document.valid_from, func.date(Document.created_at)).label("since"),
        )
        .join(Document, Document.id == Passage.document_id)
        .where(
            Passage.tenant_id == bindparam("tenant"), Passage.id == any_(ids), *visible(0, scope)
        )
        .order_by(func.array_position(ids, Passage.id))
        .limit(bindparam("limit", type_=Integer))
    )
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect)).encode()


def visible(tenant_id: int, scope: Scope) -> list[ColumnElement[bool]]:
    """What a document must be to be shown to this reader today."""
    today = bindparam("today", scope.today, Date)
    limits = [
        Document.tenant_id == bindparam("tenant", tenant_id),
        _in_force(scope),
        or_(Document.valid_from.is_(None), Document.valid_from <= today),
        or_(Document.valid_until.is_(None), Document.valid_until >= today),
    ]
    if not scope.agents:
        limits += [
            Document.visibility == literal_column("'public'"),
            Document.operator_id.is_(None),
        ]
    elif not scope.everyone:
        reader = bindparam("reader", scope.reader, BigInteger)
        limits.append(or_(Document.operator_id.is_(None), Document.operator_id == reader))
    if scope.private:
        limits.append(Document.visibility == literal_column("'agents'"))
    if scope.companies is not None:
        known = bindparam("companies", list(scope.companies), ARRAY(String))
        limits.append(or_(Document.company_code == any_(known), Document.company_code.is_(None)))
    for column, name, value in (
        (Document.company_code, "company", scope.company),
        (Document.product_code, "product", scope.product),
    ):
        if value is not None:
            limits.append(or_(column == bindparam(name, value), column.is_(None)))
    return limits


def _in_force(scope: Scope) -> ColumnElement[bool]:
    published = Document.status == literal_column("'published'")
    if scope.trial is None:
        return published
    without = bindparam("without", list(scope.without), ARRAY(BigInteger))
    kept = and_(published, Document.id != all_(without))
    return or_(kept, Document.id == bindparam("trial", scope.trial, BigInteger))


async def fetch_revisions_across_tenants(unit: Unit) -> dict[int, int]:
    """How far the knowledge of each tenant has come; the index compares it with its own."""
    rows = await unit.session.execute(select(Revision.tenant_id, Revision.revision))
    return {row.tenant_id: row.revision for row in rows}
