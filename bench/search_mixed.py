"""The seed and a tenant's own documents side by side: does either drown the other?

`python -m bench.search_mixed` asks for narrow facts of fresh documents, then the questions about the
seed and those about insurers, all of one tenant who has everything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.search import FRESH, OTHERS, SECOND, TABLES, TUNED, abstaining
from bench.search import load_cases as load_seed_cases
from bench.search_cases import FOLDER, PARTS, load_cases
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.knowledge.asked import AskedQuestions, read_examples
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.seeding import SEED, seed_knowledge

DATA = Path(__file__).parent / "data"
FACTS = DATA / "facts"
QUESTIONS = DATA / "fact_questions.yml"


@dataclass(frozen=True, slots=True)
class Fact:
    """A question about one sentence; `says` is None when no document answers."""

    part: str
    ask: str
    says: str | None


def load_facts() -> list[Fact]:
    """All questions; one line of the file each."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [Fact(**json.loads(line[2:])) for line in lines if line.startswith("- ")]


async def facts(index: KnowledgeIndex, tenant: int, errors: bool) -> None:
    """Print how many facts are found and quoted."""
    answerer = ExtractiveAnswerer(index)
    print(
        "\n| facts | found first | right | other | silent | kept silent | guessed |\n|---"
        + "|---" * 6
        + "|"
    )
    for part in PARTS:
        counts = dict.fromkeys(("first", "right", "other", "silent", "kept", "guessed"), 0)
        for fact in (one for one in load_facts() if one.part == part):
            hits = await index.search(SearchQuery(tenant, fact.ask))
            answer = await answerer.answer(fact.ask, tenant_id=tenant)
            if fact.says is None:
                what = "guessed" if answer.confident else "kept"
            elif not answer.confident:
                what = "silent"
            else:
                what = "right" if fact.says in answer.text else "other"
            counts["first"] += bool(fact.says and hits and fact.says in hits[0].text)
            counts[what] += 1
            if errors and part == PARTS[0] and what not in ("right", "kept"):
                print(f"{what}: {fact.ask} → {answer.text[:80]!r}")
        print(f"| {part} | " + " | ".join(map(str, counts.values())) + " |")


async def insurers(index: KnowledgeIndex, tenant: int) -> None:
    """Print the answers about insurers."""
    answerer = ExtractiveAnswerer(index)
    for part in PARTS:
        right = wrong = silent = guessed = kept = 0
        for case in (one for one in load_cases() if one.part == part):
            near = await answerer.near(case.ask, tenant_id=tenant)
            if not case.expect:
                guessed, kept = guessed + (near is not None), kept + (near is None)
            elif near is None:
                silent += 1
            else:
                hit = near.hits[0]
                place = f"{hit.file_name.removesuffix('.md')}#{hit.heading.rsplit(' › ', 1)[-1]}"
                fits = place in case.expect
                right, wrong = right + fits, wrong + (not fits)
        print(
            f"\nInsurers, {part}: right {right}, another passage {wrong}, silent {silent};"
            f" unanswerable: silent {kept}, answered {guessed}."
        )


async def run(db: Database, folder: Path, errors: bool) -> None:
    """Fill a fresh database and measure."""
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=TABLES)
    with psycopg.connect(db.url) as plain:
        row: Any = plain.execute(
            "insert into tenants (name, slug) values ('All', 'all') returning id"
        ).fetchone()
    tenant = int(row[0])
    files = local_file_store(folder / "files", db.cipher)
    async with db.unit() as unit:
        for texts in (SEED, FOLDER, FACTS):
            await seed_knowledge(unit, files, tenant, texts)
    index = KnowledgeIndex(db)
    await index.refresh()
    await facts(index, tenant, errors)
    strict = KnowledgeIndex(db, asked=AskedQuestions(read_examples(), leave_same=True))
    await strict.refresh()
    await about_the_seed(strict, tenant, (FRESH, OTHERS, TUNED, SECOND))
    await insurers(index, tenant)


async def about_the_seed(index: KnowledgeIndex, tenant: int, names: Sequence[str]) -> None:
    """Print the answers about the seed; no question is allowed to find itself."""
    for name in names:
        print(f"\n{name}")
        await abstaining(load_seed_cases(name), index, tenant)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list mistakes of the first half")
    errors = parser.parse_args().errors
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name))
        db = Database(server.start(), Cipher([os.urandom(32)]))

        async def work() -> None:
            await db.open()
            try:
                await run(db, Path(name), errors)
            finally:
                await db.close()

        try:
            asyncio.run(work())
        finally:
            server.stop()


if __name__ == "__main__":
    main()
