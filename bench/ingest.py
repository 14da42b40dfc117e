"""Speed of reading and indexing a large document: `python -m bench.ingest [--pages 1000]`.

The goal: 1,000 pages of PDF without recognition, from the file to the first found passage, in under
60 seconds. The document is made here: headings, text and a table on every page.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from pathlib import Path

import typst

from insurance_chat.knowledge.engine import Entry, TenantIndex
from insurance_chat.knowledge.ingest import Parsed, read_with
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.process import Reader
from insurance_chat.knowledge.sight import Sight
from insurance_chat.knowledge.words import read_question

WORDS = [
    "страховщик",
    "страхователь",
    "договор",
    "выплата",
    "лимит",
    "франшиза",
    "полис",
    "автомобиль",
    "имущество",
    "ущерб",
    "срок",
    "заявление",
    "осмотр",
    "ремонт",
    "экспертиза",
    "документ",
    "водитель",
    "тариф",
    "премия",
    "возмещение",
    "случай",
    "отказ",
]


def document(pages: int) -> bytes:
    """A PDF of so many pages, a different text on each."""
    chance = random.Random(7)
    parts = ['#set page(numbering: "1")']
    for page in range(pages):
        text = " ".join(chance.choice(WORDS) for _ in range(260))
        rows = "".join(f"[Риск {page}-{row}],[{row} 000 рублей],[{row} %]," for row in range(5))
        parts.append(
            f"= Раздел {page}\n{text.capitalize()}.\n#table(columns: 3, {rows})\n#pagebreak(weak: true)"
        )
    return bytes(typst.compile("\n".join(parts).encode()))


async def measure(pages: int) -> None:
    """Print one row."""
    data = document(pages)
    began = time.perf_counter()
    with Reader(Limits()) as reader:
        parsed = await asyncio.to_thread(read_with, reader, data, "large.pdf")
        memory = _peak_megabytes(reader.pid)
    read = time.perf_counter() - began
    began = time.perf_counter()
    found = await asyncio.to_thread(_index, parsed)
    indexed = time.perf_counter() - began
    print("| pages | file, MB | passages | read, s | indexed, s | parser's memory, MiB | found |")
    print("|---|---|---|---|---|---|---|")
    size = len(data) / 1e6
    print(
        f"| {parsed.page_count} | {size:.1f} | {len(parsed.pieces)} | {read:.1f} | {indexed:.1f} "
        f"| {memory} | {'yes' if found else 'NO'} |"
    )


def _index(parsed: Parsed) -> bool:
    index = TenantIndex()
    change = index.writer()
    change.add(
        Entry(number, 1, f"{parsed.title} {piece.heading_path}", piece.text, "public")
        for number, piece in enumerate(parsed.pieces, 1)
    )
    change.commit()
    index.refresh()
    question = read_question("Какой лимит у риска?")
    return bool(index.lexical(question, Sight(), limit=3))


def _peak_megabytes(pid: int | None) -> str:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return "?"
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return str(int(peak.split()[1]) // 1024)


def main() -> None:
    """Measure one size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().pages))


if __name__ == "__main__":
    main()
