"""Ranks passages by meaning, where an embedding model is configured and answers in time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import psycopg
import structlog

from insurance_chat.core.db.unit import Database
from insurance_chat.knowledge.explaining import VECTOR
from insurance_chat.knowledge.index import scope_of
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.vectors.making import usable
from insurance_chat.knowledge.vectors.repository import nearest
from insurance_chat.llm.ports import Embedder, ModelUnavailable

log = structlog.get_logger()
KEPT = 500  # questions whose vectors are remembered
LONGEST = 1_000  # characters of a question
REST_SECONDS = 20.0  # after a failure, so that a dead endpoint does not slow every turn


class VectorLeg:
    """`Leg` over the vectors in Postgres. Silent, never failing, when the model is.

    Args:
        embedder: makes the vector of a question.
        model: name of the embedding model; empty when there is none, and nothing is ever asked.
        patience: seconds that a search waits for the vector of its question.
        clock: a clock that only goes forward, seconds.
    """

    name = VECTOR
    weight = 1.0

    def __init__(
        self,
        db: Database,
        embedder: Embedder,
        model: str,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._embedder = embedder
        self._model = model
        self._patience = patience
        self._clock = clock
        self._known: OrderedDict[tuple[int, str], Sequence[float]] = OrderedDict()
        self._resting: dict[int, float] = {}

    async def rank(self, query: SearchQuery, limit: int) -> list[tuple[int, float]]:
        """See the port; the score is the cosine, and only what the reader may see is ranked."""
        vector = await self._vector(query.tenant_id, " ".join(query.text.split())[:LONGEST])
        if vector is None:
            return []
        try:
            async with self._db.pool.connection() as connection:
                return await nearest(
                    connection, query.tenant_id, self._model, vector, scope_of(query), limit
                )
        except psycopg.Error as broken:
            # The other legs do not need this table.
            log.warning("knowledge_vectors_unread", error=type(broken).__name__)
            return []

    async def _vector(self, tenant_id: int, text: str) -> Sequence[float] | None:
        if not self._model or not text:
            return None
        key = tenant_id, text
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if self._resting.get(tenant_id, 0.0) > self._clock():
            return None
        try:
            found = await self._embedder.embed(tenant_id, [text], budget_seconds=self._patience)
            vector = usable(found.rows[0])
        except ModelUnavailable as silent:
            self._resting[tenant_id] = self._clock() + REST_SECONDS
            log.info("knowledge_vector_late", tenant_id=tenant_id, why=silent.why.value)
            return None
        self._known[key] = vector
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return vector
