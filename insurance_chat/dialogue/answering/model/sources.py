"""Numbered passages that a model may cite, and where in them its citations stand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from insurance_chat.dialogue.answering.sentences import sentence_spans

SHORTEST = 3  # letters and digits of a span that says anything
_ALIKE = {
    **dict.fromkeys("«»“”„‟″'’‘`", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    "ё": "е",
    "•": " ",
    "*": "",
    "_": "",
}
_EDGE = ' .,;:-"()'
_GAP = re.compile(r"\.{3}|…|\[\.\.\.\]")
CLAUSE = re.compile(r"[,.](?!\d)|[;!?()\n…]|(?<![а-яё])(?:[Дд]а|[Нн]ет):")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage under its number in the prompt.

    Args:
        text: word for word.
        section: its heading.
    """

    number: int
    document_id: str
    title: str
    page: int | None
    section: str
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a citation stands in its passage.

    Args:
        start, end: of the span, grown to whole words.
    """

    source: Source
    start: int
    end: int

    @property
    def quote(self) -> str:
        """Whole sentences of the passage around the span: what a reader can check."""
        start, end = self.bounds
        return self.source.text[start:end]

    @property
    def bounds(self) -> tuple[int, int]:
        """Where those sentences stand."""
        touched = [
            (start, end)
            for start, end in sentence_spans(self.source.text)
            if start < self.end and self.start < end
        ]
        if not touched:
            return self.start, self.end
        return touched[0][0], touched[-1][1]

    @property
    def clauses(self) -> str:
        """Clauses of the passage that the span touches: nothing that turns its sense is left out."""
        text = self.source.text
        start = max((cut.end() for cut in CLAUSE.finditer(text, 0, self.start)), default=0)
        cut = CLAUSE.search(text, max(self.start, self.end - 1))
        return text[start : cut.start() if cut else len(text)]


def locate(span: str, source: Source) -> list[Proof]:
    """Where a span stands in a passage, spaces, quotes, ё and case aside; empty when nowhere.

    Parts around «…» are looked for one after another.
    """
    flat, places = _flatten(source.text)
    found: list[Proof] = []
    begin = 0
    for part in _GAP.split(span):
        wanted = _flatten(part)[0].strip(_EDGE)
        if sum(char.isalnum() for char in wanted) < SHORTEST:
            if wanted:
                return []
            continue
        at = _whole_words(flat, wanted, begin)
        if at < 0:
            return []
        begin = at + len(wanted)
        found.append(Proof(source, places[at], places[begin - 1] + 1))
    return found


def same_words(text: str) -> str:
    """The text in one spelling: equal for texts that differ in spaces, quotes, ё and case only."""
    return _flatten(text)[0].strip(_EDGE)


def _whole_words(text: str, wanted: str, begin: int) -> int:
    at = text.find(wanted, begin)
    while at >= 0:
        end = at + len(wanted)
        inside = (at > 0 and text[at - 1].isalnum() and wanted[0].isalnum()) or (
            end < len(text) and text[end].isalnum() and wanted[-1].isalnum()
        )
        if not inside:
            return at
        at = text.find(wanted, at + 1)
    return -1


def _flatten(text: str) -> tuple[str, list[int]]:
    """The text in one spelling, and for each of its letters the place where it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for one in unicodedata.normalize("NFKC", char).lower():
            alike = _ALIKE.get(one, one)
            if unicodedata.category(one) == "Cf" or not alike:
                continue
            if alike.isspace():
                if not letters or letters[-1] == " ":
                    continue
                alike = " "
            letters.append(alike)
            places.append(place)
    return "".join(letters), places
