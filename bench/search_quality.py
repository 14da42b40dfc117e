"""Quality of the knowledge search on documents of several insurers, beside other people's search.

`python -m bench.search_quality [--errors]` prints tables; only the questions of the first half may be
looked at and tuned on, of the second half only the totals are read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.search import TABLES, place
from bench.search_cases import (
    FOLDER,
    PARTS,
    Case,
    Source,
    load_cases,
    load_sources,
    sections,
    shows,
)
from bench.search_rivals import ENGINES, Found
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import Citation, ExtractiveAnswerer
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.passages import PATH_SEPARATOR
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.seeding import seed_knowledge

PAGE = 1_800  # characters of a printed page


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: the place of its answer (0: not found) and what was quoted."""

    case: Case
    rank: int
    quoted: Citation | None = None
    right: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to search, measured on all questions; milliseconds of each search."""

    name: str
    outcomes: list[Outcome]
    spent: list[float]


def ranked(outcomes: Iterable[Outcome]) -> str:
    """Cells of a table: how many, recall@1, @3, @5, MRR."""
    at = np.array([one.rank for one in outcomes if one.case.expect])
    if not len(at):
        return "0 | – | – | – | –"
    shares = [np.mean((at > 0) & (at <= depth)) for depth in (1, 3, 5)]
    shares.append(np.mean(np.where(at > 0, 1 / np.maximum(at, 1), 0)))
    return " | ".join([str(len(at)), *(f"{share:.3f}" for share in shares)])


def answered(outcomes: Sequence[Outcome]) -> str:
    """Cells of a table about the quotations that clients read."""
    known = [one for one in outcomes if one.case.expect]
    right = sum(one.right for one in known)
    silent = sum(one.quoted is None for one in known)
    kept = sum(one.quoted is None for one in outcomes if not one.case.expect)
    guessed = sum(one.quoted is not None for one in outcomes if not one.case.expect)
    shown = len(known) - silent + guessed
    accuracy = (right + kept) / max(1, len(outcomes))
    cells = [right, len(known) - right - silent, silent, kept, guessed]
    return " | ".join([*map(str, cells), f"{accuracy:.3f}", f"{right / max(1, shown):.3f}"])


def tables(measured: Sequence[Measured], own: Measured) -> None:
    """Print what was found: every engine by half, ours by class and style, the answers."""
    for part in PARTS:
        print(
            f"\n### {part}\n\n| search | questions | recall@1 | recall@3 | recall@5 | MRR | p50 / p99, ms |"
        )
        print("|---|---|---|---|---|---|---|")
        for one in measured:
            half, most = np.percentile(one.spent, [50, 99])
            print(
                f"| {one.name} | {ranked(o for o in one.outcomes if o.case.part == part)}"
                f" | {half:.1f} / {most:.1f} |"
            )
    head = "right | other | silent | kept silent | guessed | accuracy | citation precision"
    print(f"\n| ours | questions | recall@1 | recall@3 | recall@5 | MRR | {head} |")
    print("|---" * 13 + "|")
    for part in PARTS:
        mine = [one for one in own.outcomes if one.case.part == part]
        for name, group in {"all": mine, **by(mine, lambda case: case.kind)}.items():
            print(f"| {part}, {name} | {ranked(group)} | {answered(group)} |")
        for name, group in by(mine, lambda case: case.style).items():
            print(f"| {part}, {name} | {ranked(group)} | {answered(group)} |")


def by(outcomes: Iterable[Outcome], key: Callable[[Case], str]) -> dict[str, list[Outcome]]:
    """Outcomes sorted into groups."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[key(one.case)].append(one)
    return dict(sorted(groups.items()))


def first(places: Sequence[bool]) -> int:
    """Place of the first right one, counted from 1; 0 when there is none."""
    return next((n for n, right in enumerate(places, 1) if right), 0)


async def ours(index: KnowledgeIndex, tenant: int, cases: Sequence[Case]) -> Measured:
    """Our search and the answers made of it."""
    answerer = ExtractiveAnswerer(index)
    outcomes, spent = [], []
    for case in cases:
        began = time.perf_counter()
        hits = await index.search(SearchQuery(tenant, case.ask))
        spent.append((time.perf_counter() - began) * 1000)
        # Parts of one section count once, as they do for a reader.
        places = list(dict.fromkeys(place(hit.file_name, hit.heading) for hit in hits))
        near = await answerer.near(case.ask, tenant_id=tenant)
        quoted = near.answer.citations[0] if near else None
        right = False
        if near is not None and quoted is not None:
            right = place(near.hits[0].file_name, near.hits[0].heading) in case.expect
            right = right and (case.kind != "table" or case.says in quoted.quote)
        found = first([one in case.expect for one in places])
        outcomes.append(Outcome(case, found, quoted, right))
    return Measured("ours", outcomes, spent)


def theirs(
    cases: Sequence[Case], sources: Sequence[Source], passages: Sequence[Source]
) -> list[Measured]:
    """Other engines: with their own pieces, and with our passages."""
    lines = sections(sources)
    out = []
    for name, build in ENGINES.items():
        search = build(sources, split=True)

        def shown(found: Found, case: Case) -> bool:
            return any(
                found.name == one.split("#")[0] and shows(found.text, lines[one])
                for one in case.expect
            )

        out.append(measure(f"{name}, own pieces", search, cases, shown))
        search = build(passages, split=False)
        out.append(
            measure(
                f"{name}, our passages",
                search,
                cases,
                lambda found, case: found.name in case.expect,
            )
        )
    return out


def measure(
    name: str,
    search: Callable[[str], list[Found]],
    cases: Sequence[Case],
    right: Callable[[Found, Case], bool],
) -> Measured:
    """Put all questions to one engine."""
    outcomes, spent = [], []
    for case in cases:
        began = time.perf_counter()
        found = search(case.ask)
        spent.append((time.perf_counter() - began) * 1000)
        outcomes.append(Outcome(case, first([right(one, case) for one in found])))
    return Measured(name, outcomes, spent)


def our_passages(url: str, tenant: int) -> list[Source]:
    """Passages in force that clients may read, named by their places, with title and headings."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select d.file_name, d.title, p.heading_path, p.text from kb_passages p"
            " join kb_documents d on d.id = p.document_id where p.tenant_id = %s"
            " and d.visibility = 'public' and coalesce(d.valid_until, current_date) >= current_date"
            " order by p.id",
            [tenant],
        ).fetchall()
    return [
        Source(place(file, path), title, f"{title}{PATH_SEPARATOR}{path}\n{text}")
        for file, title, path, text in rows
    ]


def print_errors(own: Measured) -> None:
    """What goes wrong in the half that may be tuned on."""
    for one in own.outcomes:
        case = one.case
        wrong = (one.quoted is not None) if not case.expect else not one.right
        if case.part == PARTS[0] and wrong:
            said = f"{one.quoted.title} # {one.quoted.section}" if one.quoted else "–"
            print(f"{case.group} {case.kind} rank {one.rank} | {case.ask} | {case.expect} | {said}")


async def run(db: Database, folder: Path, errors: bool, rivals: bool) -> None:
    """Fill a fresh database and measure."""
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=TABLES)
    with psycopg.connect(db.url) as plain:
        row: Any = plain.execute(
            "insert into tenants (name, slug) values ('Insurers', 'insurers') returning id"
        ).fetchone()
    tenant = int(row[0])
    began = time.perf_counter()
    async with db.unit() as unit:
        await seed_knowledge(unit, local_file_store(folder / "files", db.cipher), tenant, FOLDER)
    read = time.perf_counter() - began
    index = KnowledgeIndex(db)
    began = time.perf_counter()
    await index.refresh()
    indexed = time.perf_counter() - began
    cases, sources = load_cases(), load_sources()
    pages = (
        sum(path.stat().st_size for path in FOLDER.glob("*.md")) / 2 / PAGE
    )  # two bytes a letter
    passages = our_passages(db.url, tenant)
    print(
        f"\n{len(cases)} questions, {sum(not case.expect for case in cases)} unanswerable;"
        f" {len(list(FOLDER.glob('*.md')))} documents, {len(passages)} passages that clients see, {pages:.0f} pages:"
        f" read and stored in {read / pages * 1000:.1f} ms a page,"
        f" indexed in {indexed / pages * 1000:.1f} ms a page."
    )
    own = await ours(index, tenant, cases)
    others = theirs(cases, sources, passages) if rivals else []
    tables([own, *others], own)
    if errors:
        print_errors(own)


def measure_all(*, errors: bool = False, rivals: bool = True) -> None:
    """Start a database in a temporary folder and print every table."""
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name))
        db = Database(server.start(), Cipher([os.urandom(32)]))

        async def work() -> None:
            await db.open()
            try:
                await run(db, Path(name), errors, rivals)
            finally:
                await db.close()

        try:
            asyncio.run(work())
        finally:
            server.stop()


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list mistakes of the first half")
    parser.add_argument("--alone", action="store_true", help="without the other engines")
    given = parser.parse_args()
    measure_all(errors=given.errors, rivals=not given.alone)


if __name__ == "__main__":
    main()
