"""Quality and speed of the knowledge search, beside Postgres ts_rank_cd in the same run.

`python -m bench.search [--large 100000]` prints tables; the questions are data.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import yaml

from insurance_chat.accounts.models import Tenant, User
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import choose
from insurance_chat.knowledge.asked import AskedQuestions, read_examples
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.models import Document, Passage, Revision
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.seeding import seed_knowledge
from insurance_chat.knowledge.sight import Sight
from insurance_chat.knowledge.words import read_question, words

DATA = Path(__file__).parent / "data"
TUNED, HELD_OUT = "knowledge_questions.yml", "knowledge_questions_held_out.yml"
TABLES = [model.__table__ for model in (Tenant, User, Document, Passage, Revision)]
SECOND = "knowledge_questions_second.yml"
FRESH, OTHERS = "knowledge_questions_fresh.yml", "knowledge_questions_others.yml"
FEWEST = 20  # questions below which a share says nothing
DEPTH = 50
Places = list[str]
Search = Callable[[str], Awaitable[Places]]

TS_RANK = """
    select d.file_name, p.heading_path
    from kb_passages p join kb_documents d on d.id = p.document_id,
         (select replace(plainto_tsquery('russian', %(q)s)::text, '&', '|')::tsquery query) asked
    where p.tenant_id = %(tenant)s and d.visibility = 'public'
      and to_tsvector('russian', d.title || ' ' || p.heading_path || ' ' || p.text) @@ query
    order by ts_rank_cd(
        to_tsvector('russian', d.title || ' ' || p.heading_path || ' ' || p.text), query) desc
    limit 8
"""
FTS_COLUMN = """
    alter table kb_passages add column fts tsvector;
    update kb_passages p
       set fts = to_tsvector('russian', d.title || ' ' || p.heading_path || ' ' || p.text)
      from kb_documents d where d.id = p.document_id;
    create index kb_passages_fts on kb_passages using gin (fts);
    analyze kb_passages;
"""
TS_RANK_INDEXED = """
    select p.id from kb_passages p,
         (select replace(plainto_tsquery('russian', %(q)s)::text, '&', '|')::tsquery query) asked
    where p.tenant_id = %(tenant)s and p.fts @@ query
    order by ts_rank_cd(p.fts, query) desc limit 8
"""


@dataclass(frozen=True)
class Case:
    """A question and the places of its answer; no places when nothing fits."""

    text: str
    expect: tuple[str, ...]


def load_cases(name: str = TUNED) -> list[Case]:
    """All questions of a data file."""
    groups = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return [Case(text, tuple(g["expect"])) for g in groups for text in g["ask"]]


def without_known(cases: Sequence[Case]) -> list[Case]:
    """Cases that are not among the known questions which the product ships with their answers.

    A known question is looked up and always found, so it says nothing about a new one.
    """
    known = {tuple(words(text)) for example in read_examples() for text in example}
    return [case for case in cases if tuple(words(case.text)) not in known]


def place(file_name: str, heading: str) -> str:
    """How the data file names a passage."""
    return f"{file_name.removesuffix('.md')}#{heading.rsplit(' › ', 1)[-1]}"


async def quality(name: str, cases: Sequence[Case], search: Search) -> None:
    """Print recall and reciprocal rank of one way to search."""
    ranks = []
    for case in cases:
        if case.expect:
            places = list(dict.fromkeys(await search(case.text)))
            ranks.append(next((n for n, p in enumerate(places, 1) if p in case.expect), 0))
    at = np.array(ranks)
    mrr = np.mean(np.where(at > 0, 1 / np.maximum(at, 1), 0))
    first, third = np.mean(at == 1), np.mean((at > 0) & (at <= 3))
    print(f"| {name} | {first:.3f} | {third:.3f} | {mrr:.3f} |")


async def abstaining(cases: Sequence[Case], index: KnowledgeIndex, tenant: int) -> None:
    """Print how often the answerer rightly answers, rightly keeps silent, and errs."""
    right = wrong = silent = kept = guessed = 0
    for case in cases:
        hits = await index.search(SearchQuery(tenant, case.text))
        hit = choose(read_question(case.text), hits)
        if not case.expect:
            guessed += hit is not None
            kept += hit is None
        elif hit is None:
            silent += 1
        elif place(hit.file_name, hit.heading) in case.expect:
            right += 1
        else:
            wrong += 1
    answered, unknown = right + wrong + silent, kept + guessed
    print(f"\nAnswerable {answered}: right {right}, another passage {wrong}, silent {silent}.")
    print(f"Unanswerable {unknown}: silent {kept}, answered {guessed}.")
    print(f"Answer-or-abstain accuracy {(right + kept) / (answered + unknown):.3f}, ")
    print(f"right when it answers {right / max(1, right + wrong + guessed):.3f}.")


async def legs(index: KnowledgeIndex, db: Database, tenant: int) -> dict[str, Search]:
    """Each built-in leg alone, by its raw ranking."""
    engine = index._tenants[tenant]
    names = await asyncio.to_thread(_places, db.url, tenant)

    async def lexical(text: str) -> Places:
        ranked = engine.lexical(read_question(text), Sight(), limit=DEPTH)
        return [names[found] for found, _ in ranked]

    async def ngram(text: str) -> Places:
        ranked = engine.ngram(read_question(text), Sight(), limit=DEPTH)
        return [names[found] for found, _ in ranked]

    return {"BM25 over stems": lexical, "BM25 over character 4-grams": ngram}


def _places(url: str, tenant: int) -> dict[int, str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select p.id, d.file_name, p.heading_path from kb_passages p"
            " join kb_documents d on d.id = p.document_id where p.tenant_id = %s",
            [tenant],
        ).fetchall()
    return {number: place(file, heading) for number, file, heading in rows}


async def timed(name: str, texts: Sequence[str], call: Callable[[str], Awaitable[Any]]) -> None:
    """Print the latency of one way to search, milliseconds."""
    for text in texts[:10]:
        await call(text)
    spent = []
    for text in texts:
        began = time.perf_counter()
        await call(text)
        spent.append((time.perf_counter() - began) * 1000)
    half, most = np.percentile(spent, [50, 99])
    print(f"| {name} | {half:.1f} | {most:.1f} |")


def fill(url: str, slug: str, count: int, source: int) -> int:
    """A tenant with many passages, made from shuffled words of the seed's own sentences."""
    rnd = random.Random(7)
    with psycopg.connect(url) as connection:
        texts = connection.execute(
            "select heading_path, text from kb_passages where tenant_id = %s", [source]
        ).fetchall()
        pool = [word for _, text in texts for word in text.split()]
        tenant: int = connection.execute(  # type: ignore[index]
            "insert into tenants (name, slug) values (%s, %s) returning id", [slug, slug]
        ).fetchone()[0]
        document: int = connection.execute(  # type: ignore[index]
            "insert into kb_documents (tenant_id, title, status, file_key, file_name, mime,"
            " page_count, content_hash, revision) values (%s, 'Правила', 'published', '', 'x.md',"
            " 'text/markdown', 1, '', 1) returning id",
            [tenant],
        ).fetchone()[0]
        copy = "copy kb_passages (tenant_id, document_id, idx, heading_path, text) from stdin"
        with connection.cursor().copy(copy) as rows:
            for idx in range(count):
                heading, text = rnd.choice(texts)
                mixed = [w if rnd.random() < 0.6 else rnd.choice(pool) for w in text.split()]
                mixed += rnd.choices(pool, k=max(0, 70 - len(mixed)))
                rows.write_row((tenant, document, idx, heading, " ".join(mixed[:90])))
        connection.execute("insert into kb_revisions values (%s, 1)", [tenant])
    return tenant


def add_one(url: str, tenant: int) -> None:
    """A second document beside the large one."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "with d as (insert into kb_documents (tenant_id, title, status, file_key, file_name,"
            " mime, page_count, content_hash, revision) values (%(t)s, 'Ещё', 'published', '',"
            " 'y.md', 'text/markdown', 1, '', 2) returning id)"
            " insert into kb_passages (tenant_id, document_id, idx, heading_path, text)"
            " select %(t)s, d.id, n, 'Глава', 'Новый пункт номер ' || n"
            " from d, generate_series(1, 20) n",
            {"t": tenant},
        )
        connection.execute("update kb_revisions set revision = 2 where tenant_id = %s", [tenant])


async def worst_lag(work: Awaitable[None]) -> float:
    """How long the event loop was late at most while `work` ran, seconds."""
    done = asyncio.ensure_future(work)
    worst = 0.0
    while not done.done():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, time.perf_counter() - began - 0.005)
    await done
    return worst


def memory_mb() -> float:
    """Resident memory of this process."""
    status = Path("/proc/self/statm").read_text().split()
    return int(status[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def speed(db: Database, index: KnowledgeIndex, seeded: int, sizes: Sequence[int]) -> None:
    """Print latency at several sizes, with the cost of building and of one more document."""
    texts = [case.text for case in load_cases()]
    tenants = []
    for size in sizes:
        tenant = await asyncio.to_thread(fill, db.url, f"size-{size}", size, seeded)
        before, began = memory_mb(), time.perf_counter()
        lag = await worst_lag(index.refresh())
        spent = time.perf_counter() - began
        print(
            f"\n{size} passages: indexed in {spent:.1f} s, {memory_mb() - before:.0f} MB more,"
            f" the event loop waited {lag * 1000:.0f} ms at most."
        )
        tenants.append((size, tenant))
        await asyncio.to_thread(add_one, db.url, tenant)
        began = time.perf_counter()
        await index.refresh()
        print(f"One more document of 20 passages: {(time.perf_counter() - began) * 1000:.0f} ms.")
    with psycopg.connect(db.url, autocommit=True) as connection:
        connection.execute(FTS_COLUMN)
        print("\n| search | p50, ms | p99, ms |\n|---|---|---|")
        for size, tenant in tenants:
            engine = index._tenants[tenant]

            async def engine_only(text: str, engine: Any = engine) -> None:
                question = read_question(text)
                engine.lexical(question, Sight(), limit=DEPTH)
                engine.ngram(question, Sight(), limit=DEPTH)

            async def whole(text: str, tenant: int = tenant) -> None:
                await index.search(SearchQuery(tenant, text))

            async def postgres(text: str, tenant: int = tenant) -> None:
                connection.execute(TS_RANK_INDEXED, {"q": text, "tenant": tenant}).fetchall()

            await timed(f"both legs, {size}", texts, engine_only)
            await timed(f"whole search with SQL, {size}", texts, whole)
            await timed(
                f"ts_rank_cd with GIN, {size}", texts[: 60 if size > 10_000 else 300], postgres
            )


async def report(
    cases: Sequence[Case], name: str, index: KnowledgeIndex, db: Database, tenant: int
) -> None:
    """Print the quality of every way to search on one set of questions."""
    unknown = sum(1 for case in cases if not case.expect)
    print(f"\n{name}: {len(cases)} questions, {unknown} unanswerable\n")
    print("| search | recall@1 | recall@3 | MRR |\n|---|---|---|---|")

    async def whole(text: str) -> Places:
        hits = await index.search(SearchQuery(tenant, text))
        return [place(hit.file_name, hit.heading) for hit in hits]

    with psycopg.connect(db.url) as connection:

        async def postgres(text: str) -> Places:
            rows = connection.execute(TS_RANK, {"q": text, "tenant": tenant}).fetchall()
            return [place(file, heading) for file, heading in rows]

        await quality("Postgres ts_rank_cd", cases, postgres)
    for leg, search in (await legs(index, db, tenant)).items():
        await quality(leg, cases, search)
    await quality("fused, then read closely (default)", cases, whole)
    await abstaining(cases, index, tenant)


async def run(db: Database, folder: Path, large: int) -> None:
    """Measure everything on a fresh database."""
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=TABLES)
    with psycopg.connect(db.url) as connection:
        tenant: int = connection.execute(  # type: ignore[index]
            "insert into tenants (name, slug) values ('Seed', 'seed') returning id"
        ).fetchone()[0]
    files = local_file_store(folder / "files", db.cipher)
    async with db.unit() as unit:
        await seed_knowledge(unit, files, tenant)
    index = KnowledgeIndex(db)
    await index.refresh()
    for name in (FRESH, OTHERS):
        cases = load_cases(name)
        unseen = without_known(cases)
        left_out = len(cases) - len(unseen)
        print(
            f"\n{name}: {left_out} of {len(cases)} are questions that the product knows; left out"
        )
        if len(unseen) >= FEWEST:
            await report(unseen, name, index, db, tenant)
    # The rest are known questions too; none of them is allowed to find itself.
    strict = KnowledgeIndex(db, asked=AskedQuestions(read_examples(), leave_same=True))
    await strict.refresh()
    for name in (TUNED, HELD_OUT, SECOND):
        await report(load_cases(name), name, strict, db, tenant)
    await speed(db, index, tenant, [1_000, large] if large else [1_000])


def measure(large: int) -> None:
    """Start a database in a temporary folder and run; `large` passages at most, 0 for a short run."""
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name))
        url = server.start()
        db = Database(url, Cipher([os.urandom(32)]))

        async def work() -> None:
            await db.open()
            try:
                await run(db, Path(name), large)
            finally:
                await db.close()

        try:
            asyncio.run(work())
        finally:
            server.stop()


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", type=int, default=100_000)
    measure(parser.parse_args().large)


if __name__ == "__main__":
    main()
