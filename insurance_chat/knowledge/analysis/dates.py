"""Dates of a document: of its edition, and between which it is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from insurance_chat.knowledge.analysis.findings import Found
from insurance_chat.knowledge.analysis.sentences import sentence_around
from insurance_chat.knowledge.passages import Piece

MONTHS = ("янв", "фев", "мар", "апр", "ма[йя]", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
READ_PASSAGES = 60
_MONTH = "|".join(f"{name}\\w*" for name in MONTHS)
DATE = rf"(?:\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|[«\"]?\d{{1,2}}[»\"]?\s+(?:{_MONTH})\s+\d{{4}})"
_DATE = re.compile(DATE, re.I)
_EDITION = re.compile(
    rf"(?:редакци\w*|ред\.|верси\w+|утвержд\w+[^.\n]{{0,80}}?|приказ\w*[^.\n]{{0,40}}?)\s*(?:от|№\s*\S+\s+от)\s+({DATE})",
    re.I,
)
_FROM = re.compile(
    rf"(?:действу\w+|вступа\w+\s+в\s+силу|применя\w+|вводится\s+в\s+действие|введен\w*\s+в\s+действие|действительн\w*)"
    rf"[^.\n]{{0,60}}?\bс\s+({DATE})",
    re.I,
)
_UNTIL = re.compile(
    rf"(?:действу\w+|действительн\w*|срок\s+действия|применя\w+|утрачива\w+\s+силу|актуальн\w+)"
    rf"[^.\n]{{0,90}}?\b(?:до|по|с)\s+({DATE})",
    re.I,
)
_FROM_WORD = re.compile(r"\bс\s+$", re.I)


def read_date(text: str) -> date | None:
    """A Russian date in digits or words; None when there is no such day."""
    if found := re.search(r"(\d{4})-(\d{2})-(\d{2})", text):
        year, month, day = map(int, found.groups())
    elif found := re.search(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
        day, month, year = map(int, found.groups())
    elif found := re.search(rf"(\d{{1,2}})\D{{1,3}}({_MONTH})\s+(\d{{4}})", text, re.I):
        day, year = int(found.group(1)), int(found.group(3))
        name = found.group(2).lower()
        month = next(n for n, start in enumerate(MONTHS, 1) if re.match(start, name))
    else:
        return None
    try:
        return date(year, month, day) if 1990 <= year <= 2100 else None
    except ValueError:
        return None


def find_dates(
    title: str, pieces: Sequence[Piece]
) -> tuple[Found | None, Found | None, Found | None]:
    """Date of the edition, first and last day of validity."""
    edition = _first(_EDITION, title, pieces)
    valid_from = _first(_FROM, title, pieces)
    valid_until = None
    for found, prefix in _all(_UNTIL, title, pieces):
        ends = not _FROM_WORD.search(prefix) or "утрач" in prefix.lower()
        if ends and (valid_from is None or found.value > valid_from.value):
            valid_until = found
            break
    return edition, valid_from, valid_until


def _first(pattern: re.Pattern[str], title: str, pieces: Sequence[Piece]) -> Found | None:
    return next((found for found, _ in _all(pattern, title, pieces)), None)


def _all(
    pattern: re.Pattern[str], title: str, pieces: Sequence[Piece]
) -> Iterator[tuple[Found, str]]:
    for match in pattern.finditer(title):
        if day := read_date(match.group(1)):
            yield Found(day.isoformat(), title[:400]), title[match.start() : match.start(1)]
    for number, piece in enumerate(pieces[:READ_PASSAGES]):
        for match in pattern.finditer(piece.text):
            if day := read_date(match.group(1)):
                quote = sentence_around(piece.text, match.start(), match.end())
                found = Found(day.isoformat(), quote, piece.page, number)
                yield found, piece.text[match.start() : match.start(1)]
