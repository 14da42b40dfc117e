"""Questions about the documents of invented insurers, and the documents themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"
FOLDER = DATA / "insurers"
QUESTIONS = DATA / "insurer_questions.yml"
PARTS = ("dev", "held-out")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$")
TODAY = "2026-11-21"


@dataclass(frozen=True, slots=True)
class Case:
    """One question.

    Attributes:
        group: questions about the same fact; even groups may be tuned on, odd ones are held out.
        kind: table, rule, faq, contact, general, unknown-….
        style: plain, colloquial, slips, short, reworded.
        expect: sections that answer, "file#heading"; empty when nothing does.
        says: what a quotation must contain to show the answer of a table.
    """

    group: int
    kind: str
    style: str
    expect: tuple[str, ...]
    says: str
    ask: str

    @property
    def part(self) -> str:
        """Which half of the questions it belongs to."""
        return PARTS[self.group % 2]


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a client may see today, for search engines without such rules."""

    name: str
    title: str
    text: str


def load_cases() -> list[Case]:
    """All questions; one line of the file each."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line.removeprefix("- ")) for line in lines if line.startswith("- ")]
    return [
        Case(**{**row, "expect": tuple(row["expect"]), "says": row["says"] or ""}) for row in rows
    ]


def load_sources() -> list[Source]:
    """Documents in force that clients may read."""
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        head = _FRONT.match(text)
        front = yaml.safe_load(head.group(1)) if head else {}
        until = str(front.get("valid_until") or TODAY)
        if front.get("visibility") == "public" and until >= TODAY:
            found.append(Source(path.stem, front["title"], text[head.end() :] if head else text))
    return found


def sections(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Lines of each section of the documents, by "file#heading"."""
    out: dict[str, list[str]] = {}
    for source in sources:
        place = ""
        for line in source.text.split("\n"):
            if heading := _HEADING.match(line):
                place = f"{source.name}#{heading.group(1)}"
                out[place] = []
            elif place and line.strip():
                out[place].append(line.strip())
    return out


def shows(text: str, lines: Sequence[str]) -> bool:
    """Whether a piece of a document holds some line of a section, whatever its white space."""
    flat = " ".join(text.split())
    return any(" ".join(line.split())[:60] in flat for line in lines if not line.startswith("|---"))
