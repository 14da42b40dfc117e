"""Makes the vectors of passages: in batches, again after failures, anew for another model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import isfinite

import structlog

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import Background
from insurance_chat.knowledge.index import CHANNEL
from insurance_chat.knowledge.vectors.jobs import EmbedPassages
from insurance_chat.knowledge.vectors.repository import (
    Made,
    Progress,
    VectorRepository,
    Waiting,
    lacking_across_tenants,
)
from insurance_chat.llm.ports import Embedder, ModelUnavailable, Why

log = structlog.get_logger()
BATCH = 32  # texts in one request
LONGEST = 1_800  # characters of a text; the smallest usual models read about 500 tokens
LARGEST = 4_000  # numbers of a vector that Postgres can index
HELD = timedelta(minutes=5)  # how long the work belongs to whoever has begun it
REST = timedelta(minutes=2)  # after a failure
# The provider does not want this very text; other failures are not the text's.
ABOUT_THE_TEXT = frozenset({Why.BAD_REQUEST, Why.REFUSED})


class VectorMaker:
    """Keeps `kb_vectors` what the passages and the configured model say.

    Args:
        model: name of the embedding model; empty when there is none, and nothing is ever done.
        clock: current moment, aware.
    """

    def __init__(
        self,
        db: Database,
        embedder: Embedder,
        model: str,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._db = db
        self._embedder = embedder
        self._model = model
        self._clock = clock
        self._background = Background(limit=2)

    def start(self, listener: Listener) -> None:
        """Order work as soon as documents change, in whatever process.

        Args:
            listener: not started yet.
        """
        if self._model:
            listener.on(CHANNEL, self._changed)

    async def stop(self) -> None:
        """Stop following changes."""
        await self._background.stop()

    def _changed(self, tenant: str) -> None:
        # A restored backup tells of all tenants at once, by an empty name.
        work = self.order_all if not tenant else lambda: self.order(int(tenant))
        self._background.spawn("knowledge-vectors", work)

    async def order(self, tenant_id: int) -> None:
        """Order the work of one tenant unless somebody does it or has just failed at it."""
        async with self._db.unit() as unit:
            repository = VectorRepository(unit, tenant_id, self._model)
            if await repository.claim(self._clock(), HELD):
                await unit.defer(EmbedPassages(tenant_id=tenant_id))

    async def order_all(self) -> None:
        """Order the work of every tenant that has some; nothing without a model."""
        if not self._model:
            return
        async with self._db.unit() as unit:
            tenants = await lacking_across_tenants(unit, self._model)
        for tenant_id in tenants:
            await self.order(tenant_id)

    async def progress(self, tenant_id: int) -> Progress:
        """How many passages have their vector."""
        async with self._db.unit() as unit:
            return await VectorRepository(unit, tenant_id, self._model).progress()

    async def run(self, tenant_id: int) -> None:
        """Make all vectors that a tenant's passages lack.

        Whatever is made is kept at once, so a killed process loses one batch. When the model does not
        answer, the rest waits for the next order.
        """
        if not self._model:
            return
        texts = 0
        try:
            while waiting := await self._next(tenant_id):
                made = await self._batch(tenant_id, waiting)
                texts += len(made)
                async with self._db.unit() as unit:
                    await VectorRepository(unit, tenant_id, self._model).put(made)
        except ModelUnavailable as silent:
            log.warning("knowledge_vectors_wait", tenant_id=tenant_id, why=silent.why.value)
            async with self._db.unit() as unit:
                await VectorRepository(unit, tenant_id, self._model).hold(self._clock() + REST)
        if texts:
            done = await self.progress(tenant_id)
            log.info(
                "knowledge_vectors_made",
                tenant_id=tenant_id,
                texts=texts,
                ready=done.ready,
                whole=done.whole,
            )

    async def _next(self, tenant_id: int) -> list[Waiting]:
        """The next texts to be sent; none when all is done, and the work is free again."""
        while True:
            async with self._db.unit() as unit:
                repository = VectorRepository(unit, tenant_id, self._model)
                waiting = await repository.waiting(BATCH)
                if not waiting:
                    await repository.drop_useless()
                    await repository.release()
                    return []
                await repository.hold(self._clock() + HELD)
                changed = [one for one in waiting if one.made != digest(one)]
                for one in waiting:
                    if one not in changed:
                        await repository.confirm(one.passage_id, one.revision)
            if changed:
                return changed

    async def _batch(self, tenant_id: int, waiting: Sequence[Waiting]) -> list[Made]:
        try:
            return await self._made(tenant_id, waiting)
        except ModelUnavailable as refused:
            if refused.why not in ABOUT_THE_TEXT or len(waiting) == 1:
                raise
        # One text that the provider does not want must not keep back the others.
        made, refused_texts = [], []
        for one in waiting:
            try:
                made += await self._made(tenant_id, [one])
            except ModelUnavailable as refusal:
                if refusal.why not in ABOUT_THE_TEXT:
                    raise
                refused_texts.append(one)
        if not made:
            # Then it is not the texts: a wrong model, a wrong address.
            raise ModelUnavailable(Why.BAD_REQUEST)
        return made + [
            Made(one.passage_id, one.revision, digest(one), None) for one in refused_texts
        ]

    async def _made(self, tenant_id: int, waiting: Sequence[Waiting]) -> list[Made]:
        found = await self._embedder.embed(tenant_id, [text_of(one) for one in waiting])
        return [
            Made(one.passage_id, one.revision, digest(one), usable(row))
            for one, row in zip(waiting, found.rows, strict=True)
        ]


def usable(row: Sequence[float]) -> Sequence[float]:
    """A vector as the model gave it.

    Raises:
        ModelUnavailable: it is empty, too long, or holds what is no number.
    """
    if not 0 < len(row) <= LARGEST or not all(map(isfinite, row)):
        raise ModelUnavailable(Why.MALFORMED)
    return row


def text_of(one: Waiting) -> str:
    """What the model reads: where the passage stands and what it says."""
    return f"{one.title}. {one.heading}\n{one.text}"[:LONGEST]


def digest(one: Waiting) -> str:
    """Tells whether the text is still the one that the vector was made of."""
    return hashlib.sha256(text_of(one).encode()).hexdigest()
