"""All SQL of the vectors of passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import Any

from pgvector import HalfVector
from pgvector.sqlalchemy import HALFVEC
from psycopg import AsyncConnection
from sqlalchemy import (
    Float,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from insurance_chat.core.db.unit import Unit
from insurance_chat.knowledge.models import Document, Passage
from insurance_chat.knowledge.repository import Scope, scope_parameters, visible
from insurance_chat.knowledge.vectors.models import PassageVector, VectorOrder

# The index goes on until enough passages are found that the reader may see.
_KEEP_LOOKING = b"select set_config('hnsw.iterative_scan', 'strict_order', false)"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A passage without a vector of this model and of its present text.

    Args:
        revision: of its document.
        made: digest of the text that it has a vector of the same model for; empty for none.
    """

    passage_id: int
    revision: int
    title: str
    heading: str
    text: str
    made: str


@dataclass(frozen=True, slots=True)
class Made:
    """A vector to be kept; `vector` is None when the model refuses the text."""

    passage_id: int
    revision: int
    digest: str
    vector: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many passages that answer clients have a vector, and how many there are."""

    ready: int
    whole: int


class VectorRepository:
    """Vectors of one tenant's passages.

    Args:
        unit: the open transaction.
        tenant_id: whose knowledge it is.
        model: the embedding model in use.
    """

    def __init__(self, unit: Unit, tenant_id: int, model: str) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id
        self._model = model

    async def waiting(self, limit: int) -> list[Waiting]:
        """Published passages whose vector is missing, of another model, or perhaps of an old text."""
        same = PassageVector.model == self._model
        query = (
            _lacking(self._model)
            .with_only_columns(
                Passage.id,
                Document.revision,
                Document.title,
                Passage.heading_path,
                Passage.text,
                func.coalesce(
                    select(PassageVector.digest)
                    .where(PassageVector.passage_id == Passage.id, same)
                    .scalar_subquery(),
                    "",
                ),
            )
            .where(Passage.tenant_id == self._tenant_id)
            .order_by(Passage.id)
            .limit(limit)
        )
        return [Waiting(*row) for row in (await self._session.execute(query)).all()]

    async def put(self, made: Sequence[Made]) -> None:
        """Keep vectors; passages that are gone meanwhile are left out."""
        ids = [one.passage_id for one in made]
        kept = select(Passage.id).where(Passage.id.in_(ids)).with_for_update(key_share=True)
        there = set((await self._session.scalars(kept)).all())
        rows = [
            {
                "passage_id": one.passage_id,
                "tenant_id": self._tenant_id,
                "model": self._model,
                "dimension": len(one.vector or ()),
                "revision": one.revision,
                "digest": one.digest,
                "embedding": None if one.vector is None else HalfVector(list(one.vector)),
            }
            for one in made
            if one.passage_id in there
        ]
        if not rows:
            return
        query = upsert(PassageVector)
        changed = ("model", "dimension", "revision", "digest", "embedding")
        await self._session.execute(
            query.on_conflict_do_update(
                index_elements=[PassageVector.passage_id],
                set_={name: query.excluded[name] for name in changed},
            ),
            rows,
        )

    async def confirm(self, passage_id: int, revision: int) -> None:
        """The text is what it was although its document has changed."""
        query = update(PassageVector).where(PassageVector.passage_id == passage_id)
        await self._session.execute(query.values(revision=revision))

    async def drop_useless(self) -> None:
        """Forget vectors of documents that answer no more; taken back, they get new ones."""
        kept = exists().where(
            Passage.id == PassageVector.passage_id,
            Document.id == Passage.document_id,
            Document.status == "published",
        )
        query = delete(PassageVector).where(PassageVector.tenant_id == self._tenant_id, ~kept)
        await self._session.execute(query.execution_options(synchronize_session=False))

    async def progress(self) -> Progress:
        """How far the work has come."""
        ready = and_(
            PassageVector.model == self._model, PassageVector.revision >= Document.revision
        )
        query = (
            select(func.count().filter(ready), func.count())
            .select_from(Passage)
            .join(Document, Document.id == Passage.document_id)
            .outerjoin(PassageVector, PassageVector.passage_id == Passage.id)
            .where(Passage.tenant_id == self._tenant_id, Document.status == "published")
        )
        return Progress(*(await self._session.execute(query)).one())

    async def claim(self, now: datetime, lasting: timedelta) -> bool:
        """Take the work of this tenant unless somebody has it or has lately failed at it."""
        query = (
            upsert(VectorOrder)
            .values(tenant_id=self._tenant_id, until=now + lasting)
            .on_conflict_do_update(
                index_elements=[VectorOrder.tenant_id],
                set_={"until": now + lasting},
                where=VectorOrder.until < now,
            )
            .returning(VectorOrder.tenant_id)
        )
        return (await self._session.execute(query)).one_or_none() is not None

    async def hold(self, until: datetime) -> None:
        """Nobody else begins before then."""
        query = update(VectorOrder).where(VectorOrder.tenant_id == self._tenant_id)
        await self._session.execute(query.values(until=until))

    async def release(self) -> None:
        """The work is done; the next change may begin it at once."""
        query = delete(VectorOrder).where(VectorOrder.tenant_id == self._tenant_id)
        await self._session.execute(query)


async def nearest(
    connection: AsyncConnection[Any],
    tenant_id: int,
    model: str,
    vector: Sequence[float],
    scope: Scope,
    limit: int,
) -> list[tuple[int, float]]:
    """Passages near in meaning that the reader may see today: id and cosine, nearest first.

    Args:
        connection: in autocommit.
        vector: of the question, by the same model.
        limit: how many at most.
    """
    parameters = {
        **scope_parameters(tenant_id, scope),
        "model": model,
        "vector": HalfVector(list(vector)).to_text(),
        "limit": limit,
    }
    query = _nearest_sql(
        len(vector),
        scope.agents,
        scope.company is not None,
        scope.product is not None,
        scope.companies is not None,
        scope.private,
        scope.trial is not None,
    )
    await connection.execute(_KEEP_LOOKING)
    cursor = await connection.execute(query, parameters)
    # A vector of zeros is near to nothing.
    return [(int(one), 1.0 - far) for one, far in await cursor.fetchall() if isfinite(far)]


@lru_cache(maxsize=64)
def _nearest_sql(
    dimension: int,
    agents: bool,
    company: bool,
    product: bool,
    companies: bool,
    private: bool,
    trial: bool,
) -> bytes:
    # The number stands in the statement: only so Postgres knows which index is meant.
    kind = HALFVEC(dimension)
    asked = cast(bindparam("vector", type_=Text), kind)
    far = cast(PassageVector.embedding, kind).op("<=>", return_type=Float)(asked)
    scope = Scope.shape(agents, company, product, companies, private, trial)
    query = (
        select(PassageVector.passage_id, far.label("far"))
        .join(Passage, Passage.id == PassageVector.passage_id)
        .join(Document, Document.id == Passage.document_id)
        .where(
            PassageVector.tenant_id == bindparam("tenant"),
            PassageVector.model == bindparam("model"),
            PassageVector.dimension == literal_column(str(dimension)),
            *visible(0, scope),
        )
        .order_by(far)
        .limit(bindparam("limit", type_=Integer))
    )
    return _compiled(query)


def _compiled(query: Select[Any]) -> bytes:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect)).encode()


def _lacking(model: str) -> Select[Any]:
    """Published passages whose vector is missing, of another model, or older than the document."""
    fits = exists().where(
        PassageVector.passage_id == Passage.id,
        PassageVector.model == model,
        PassageVector.revision >= Document.revision,
    )
    return (
        select(Passage.tenant_id)
        .join(Document, Document.id == Passage.document_id)
        .where(Document.status == "published", ~fits)
    )


async def lacking_across_tenants(unit: Unit, model: str) -> list[int]:
    """Tenants some of whose passages wait for a vector, or have one that is of no use any more."""
    useless = (
        select(PassageVector.tenant_id)
        .join(Passage, Passage.id == PassageVector.passage_id)
        .join(Document, Document.id == Passage.document_id)
        .where(Document.status != "published")
    )
    both = _lacking(model).union(useless)
    return sorted((await unit.session.execute(both)).scalars().all())
