"""Picks the part of a passage that answers a question; every line is literally in the passage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from insurance_chat.dialogue.answering.sentences import BULLET, join_sentences, split_sentences
from insurance_chat.knowledge.search import Hit, coverage
from insurance_chat.knowledge.words import Question, Term

WHOLE = 600  # characters; a shorter text is quoted whole
MOST_SENTENCES = 3
MOST_ROWS = 6
FEW_ROWS = 10  # a table that is not longer is shown in full
TABLE_STEM = "таблиц"

_KEY = re.compile(r"^• [^:;]+: ([^;]+)")
_RANGE = re.compile(r"^(\d+)[–-](\d+)$")
_ABOVE = re.compile(r"(?:больше|старше|от) (\d+)", re.IGNORECASE)
_UP_TO = re.compile(r"до (\d+)", re.IGNORECASE)


def quote(hit: Hit, question: Question) -> str:
    """The part of a passage that answers.

    A text that fits into a chat message is quoted whole. Of a table come its lead-in and the rows
    that the question means, all of them when it asks for the table. Of a longer text come three
    neighbouring sentences that begin with the best one.
    """
    sentences = split_sentences(hit.text)
    rows = [sentence for sentence in sentences if _is_row(sentence)]
    if asks_for_table(question) and rows:
        return hit.text
    if len(rows) > MOST_ROWS or (rows and rows_with_numbers(hit.text, question)):
        return join_sentences(_rows(sentences, rows, question))
    if len(hit.text) <= WHOLE:
        return hit.text
    if rows:
        return join_sentences(_lead(sentences) + rows)
    return join_sentences(_window(sentences, question.terms))


def asks_for_table(question: Question) -> bool:
    """True when the client wants to see a table itself."""
    return TABLE_STEM in question.stems


def rows_with_numbers(text: str, question: Question) -> list[str]:
    """Rows of a table whose first cell holds a number of the question or a range with it."""
    numbers = [int(stem) for stem in question.stems if stem.isdigit() and len(stem) < 6]
    return [
        row
        for row in text.split("\n")
        if _is_row(row) and any(_holds(row, number) for number in numbers)
    ]


def _holds(row: str, number: int) -> bool:
    found = _KEY.match(row)
    if found is None:
        return False
    key = found[1].strip()
    if key == str(number):
        return True
    if between := _RANGE.match(key):
        return int(between[1]) <= number <= int(between[2])
    above, up_to = _ABOVE.search(key), _UP_TO.search(key)
    if above is None and up_to is None:
        return False
    low = int(above[1]) if above else -1
    return low < number and (up_to is None or number <= int(up_to[1]))


def _is_row(sentence: str) -> bool:
    return sentence.startswith(BULLET)


def _lead(sentences: Sequence[str]) -> list[str]:
    first = next(n for n, sentence in enumerate(sentences) if _is_row(sentence))
    return list(sentences[max(0, first - 1) : first])


def _rows(sentences: Sequence[str], rows: list[str], question: Question) -> list[str]:
    """Rows that the question means, in their order, after what introduces them."""
    lead = _lead(sentences)
    if meant := rows_with_numbers("\n".join(rows), question):
        return lead + meant[:MOST_ROWS]
    marks = [_mark(row, question.terms) for row in rows]
    top = max(marks)
    meant = [row for row, mark in zip(rows, marks, strict=True) if mark == top]
    if top > 0 and len(meant) <= MOST_ROWS:
        return lead + meant
    return lead + rows[: FEW_ROWS if len(rows) <= FEW_ROWS else MOST_ROWS]


def _window(sentences: list[str], terms: Sequence[Term]) -> list[str]:
    marks = [_mark(sentence, terms) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda n: marks[n])
    end = min(len(sentences), best + MOST_SENTENCES)
    return sentences[max(0, min(best, end - MOST_SENTENCES)) : end]


def _mark(sentence: str, terms: Sequence[Term]) -> float:
    return coverage(terms, sentence, lambda _stem: 1.0)
