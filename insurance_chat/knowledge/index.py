"""The index of one process: follows the tables, answers searches."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import end
from insurance_chat.knowledge.answers import KIND, Written
from insurance_chat.knowledge.asked import AskedQuestions, Likeness, asked_questions, place_of
from insurance_chat.knowledge.closely import LOOKED_AT, Look, found_by, own_heading, settled
from insurance_chat.knowledge.engine import (
    Entry,
    IndexChange,
    Ranked,
    TenantIndex,
    own_visibility,
)
from insurance_chat.knowledge.explaining import VECTOR
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.naming import Titled, without_words
from insurance_chat.knowledge.repository import (
    KnowledgeRepository,
    Scope,
    fetch_revisions_across_tenants,
    load_passages,
)
from insurance_chat.knowledge.search import (
    Hit,
    Leg,
    SearchQuery,
    nearness,
)
from insurance_chat.knowledge.sight import Sight
from insurance_chat.knowledge.words import Question, product_of, read_question

CHANNEL = "knowledge"
LOOK_EVERY_SECONDS = 1.5
BATCH = 1_000
QUICK = 10_000  # passages; a smaller index answers sooner than a thread takes over
DEPTH = 50  # how many passages each leg gives to the fusion
LEXICAL_WEIGHT = 1.0
NGRAM_WEIGHT = 1.0

log = structlog.get_logger()


class KnowledgeIndex:
    """Searches the knowledge of all tenants; Postgres is the truth, this is a copy in memory.

    Args:
        db: where documents live.
        legs: more rankings to fuse with the two built-in ones.
        asked: known questions; those that come with the service when absent.
    """

    def __init__(
        self, db: Database, legs: Sequence[Leg] = (), asked: AskedQuestions | None = None
    ) -> None:
        self._db = db
        self._asked = asked or asked_questions()
        self._legs = tuple(legs)
        self._tenants: dict[int, TenantIndex] = {}
        self._seen: dict[int, int] = {}
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: Listener | None = None) -> None:
        """Load what is published now and follow changes; call before `listener.start()`."""
        if listener is not None:
            listener.on(CHANNEL, lambda _payload: self._wake.set())
            listener.on_reconnect(self._wake.set)
        await self.refresh()
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="knowledge-index")

    async def stop(self) -> None:
        """Stop following changes."""
        await end(self._task)
        self._task = None

    async def refresh(self) -> None:
        """Bring the copy up to date now; only changed documents are indexed again."""
        async with self._turn:
            async with self._db.unit() as unit:
                revisions = await fetch_revisions_across_tenants(unit)
            for tenant_id in self._tenants.keys() - revisions.keys():
                del self._tenants[tenant_id], self._seen[tenant_id]
            for tenant_id, revision in revisions.items():
                if revision != self._seen.get(tenant_id, 0):
                    await self._refresh_tenant(tenant_id)
                    self._seen[tenant_id] = revision

    async def search(self, query: SearchQuery, read: Question | None = None) -> list[Hit]:
        """Find passages that fit a question, best first.

        Args:
            read: the question taken apart, when the caller has done that already.

        Tenant, audience, validity today, status, company and product are enforced in SQL when the
        passages are loaded, so a copy that lags behind never shows what it must not.
        """
        question = read or read_question(query.text)
        index = self._tenants.get(query.tenant_id)
        query, question, named = _narrowed(index, query, question)
        scope = self._scope(query)
        rankings, more = await self._ranked(index, question, query, scope)
        legs = [dict(ranking) for _, ranking in rankings] or [{}, {}]
        rankings += [(leg.weight, more[leg.name]) for leg in self._legs]
        alike = self._asked.nearest(question)
        written = index.written.nearest(question) if index is not None else {}
        before = _asked_before(alike, index) if index is not None else []
        found = found_by(rankings, _by_hand(written), before)
        wanted = max(LOOKED_AT, query.limit)
        ids, most = found.to_load(wanted)
        rows = await self._load(query.tenant_id, ids, scope, most)
        look = Look(
            question,
            legs,
            functools.cache(index.rarity if index is not None else _equal),
            alike,
            self._asked,
            _preferred(query, question),
            written,
            named,
            {name: dict(ranking) for name, ranking in more.items()},
            _freshness(rows),
            nearness(more.get(VECTOR, ())),
        )
        return settled(look, rows, found)[: query.limit]

    async def _ranked(
        self, index: TenantIndex | None, question: Question, query: SearchQuery, scope: Scope
    ) -> tuple[list[tuple[float, Ranked]], dict[str, Ranked]]:
        if not self._legs:
            return await _rank(index, question, scope), {}
        # The built-in legs work while a further one waits for its endpoint.
        more, own = await asyncio.gather(self._more(query), _rank(index, question, scope))
        return own, more

    async def _more(self, query: SearchQuery) -> dict[str, Ranked]:
        found = await asyncio.gather(*(leg.rank(query, DEPTH) for leg in self._legs))
        return {leg.name: ranking for leg, ranking in zip(self._legs, found, strict=True)}

    async def _load(
        self, tenant_id: int, ids: list[int], scope: Scope, limit: int
    ) -> list[dict[str, Any]]:
        if not ids:
            return []
        async with self._db.pool.connection() as connection:
            return await load_passages(connection, tenant_id, ids, scope, limit)

    def _scope(self, query: SearchQuery) -> Scope:
        return scope_of(query)

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=LOOK_EVERY_SECONDS)
            self._wake.clear()
            try:
                await self.refresh()
            except Exception:
                # The copy stays as it was; the next look tries again.
                log.exception("knowledge_refresh_failed")

    async def _refresh_tenant(self, tenant_id: int) -> None:
        async with self._db.unit() as unit:
            changed = await KnowledgeRepository(unit, tenant_id).changes(
                self._seen.get(tenant_id, 0)
            )
        index = self._tenants.get(tenant_id) or TenantIndex(self._asked)
        published = {row.id: row for row in changed if row.status == "published"}
        await self._take_in(tenant_id, index, [document.id for document in changed], published)
        self._tenants[tenant_id] = index

    async def _take_in(
        self, tenant_id: int, index: TenantIndex, gone: list[int], published: dict[int, Document]
    ) -> None:
        """Put documents into an index in place of what it had of those that are gone."""
        change = await asyncio.to_thread(index.writer)
        await asyncio.to_thread(change.remove, gone)
        by_hand, counts = await self._add_passages(tenant_id, change, published)
        await asyncio.to_thread(_finish, index, change)
        index.written.change(gone, by_hand)
        titled = [Titled(d.id, d.company_code, d.title, counts[d.id]) for d in published.values()]
        index.companies.change(gone, titled)
        days = {d.id: (d.valid_from, d.valid_until) for d in published.values()}
        index.validity.change(gone, days)

    async def _add_passages(
        self, tenant_id: int, change: IndexChange, published: dict[int, Document]
    ) -> tuple[list[Written], Counter[int]]:
        after = 0
        by_hand: list[Written] = []
        counts: Counter[int] = Counter()
        while published:
            async with self._db.unit() as unit:
                rows = await KnowledgeRepository(unit, tenant_id).passages_after(
                    list(published), after, BATCH
                )
            entries = [_entry(row, published[row["document_id"]]) for row in rows]
            await asyncio.to_thread(change.add, entries)
            counts.update(entry.document_id for entry in entries)
            by_hand += [
                Written(row["id"], row["document_id"], own_heading(row))
                for row in rows
                if published[row["document_id"]].kind == KIND
            ]
            if len(rows) < BATCH:
                break
            after = rows[-1]["id"]
        return by_hand, counts


def scope_of(query: SearchQuery) -> Scope:
    """The limits that whoever asks this obeys today."""
    return Scope(
        query.audience != "public",
        moscow_today(),
        query.company,
        query.product,
        query.companies,
        private=query.audience == "private",
        reader=query.reader,
    )


async def _rank(
    index: TenantIndex | None, question: Question, scope: Scope
) -> list[tuple[float, Ranked]]:
    if index is None or not question.terms:
        return []
    sight = _sight(index, scope)
    if index.size <= QUICK:
        lexical = index.lexical(question, sight, DEPTH)
        ngram = index.ngram(question, sight, DEPTH)
    else:
        # Both let other threads work while they search.
        lexical, ngram = await asyncio.gather(
            asyncio.to_thread(index.lexical, question, sight, DEPTH),
            asyncio.to_thread(index.ngram, question, sight, DEPTH),
        )
    return [(LEXICAL_WEIGHT, lexical), (NGRAM_WEIGHT, ngram)]


def _sight(index: TenantIndex, scope: Scope) -> Sight:
    companies = scope.companies
    if scope.company is not None:
        both = companies is None or scope.company in companies
        companies = (scope.company,) if both else ()
    return Sight(
        scope.agents,
        scope.reader,
        scope.private,
        companies,
        scope.product,
        index.validity.hidden(scope.today).union(scope.without),
    )


def _finish(index: TenantIndex, change: IndexChange) -> None:
    change.commit()
    index.refresh()


def _entry(row: dict[str, Any], document: Document) -> Entry:
    heading = f"{document.title} {row['heading_path']}"
    place = place_of(document.file_name, row["heading_path"])
    visibility = document.visibility
    if document.operator_id is not None:
        visibility = own_visibility(document.operator_id)
    company = document.company_code or ""
    product = document.product_code or ""
    return Entry(row["id"], document.id, heading, row["text"], visibility, place, company, product)


def _asked_before(alike: Likeness, index: TenantIndex) -> Ranked:
    return [
        (passage_id, share)
        for place, share in list(alike.places.items())[:LOOKED_AT]
        for passage_id in index.at(place)
    ]


def _by_hand(written: dict[int, float]) -> Ranked:
    return sorted(written.items(), key=lambda pair: -pair[1])[:LOOKED_AT]


def _narrowed(
    index: TenantIndex | None, query: SearchQuery, question: Question
) -> tuple[SearchQuery, Question, frozenset[str]]:
    """A question about one company is never answered from the terms of another."""
    if index is None:
        return query, question, frozenset()
    named, used = index.companies.named(query.text, index.frequency)
    if not named:
        return query, question, named
    if query.companies is not None:
        named &= set(query.companies)
    return replace(query, companies=tuple(sorted(named))), without_words(question, used), named


def _freshness(rows: Sequence[dict[str, Any]]) -> dict[int, float]:
    """How new each passage is among these, 1 for the newest; nothing when all are as old."""
    days = {row["id"]: row["since"].toordinal() for row in rows}
    oldest, newest = min(days.values(), default=0), max(days.values(), default=0)
    if oldest == newest:
        return {}
    return {one: (day - oldest) / (newest - oldest) for one, day in days.items()}


def _preferred(query: SearchQuery, question: Question) -> str | None:
    """The product that an answer should be about; None when the question names several."""
    named = product_of(question)
    if len(named) == 1:
        return next(iter(named))
    return None if named else query.prefer or None


def _equal(_stem: str) -> float:
    return 1.0
