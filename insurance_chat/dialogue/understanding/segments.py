"""Cuts a message into parts, so that a question in the middle of facts is answered as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from insurance_chat.dialogue.understanding.text import BLOT, Text
from insurance_chat.dialogue.understanding.vocabulary import listed, words

_SENTENCE = re.compile(r"[?!]+|\n|;|(?<=[а-яa-z0-9)]{3})\.(?=\s|$)|\.{2,}")
_LI = re.compile(r"(?<![а-я])[а-я]+ ли(?![а-я])")
_PARTICLE = (
    r"(?:(?:а|и|но|ну|так|да|кстати|еще|скажите|скажи|просто|вот|пожалуйста|слушайте|вообще)[ ,]+)*"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the message: its span in `Text.flat` and whether it asks something."""

    start: int
    end: int
    question: bool


@cache
def _opener() -> re.Pattern[str]:
    """A question word at the beginning of a clause."""
    ordered = sorted(words("question_words"), key=len, reverse=True)
    return re.compile(
        rf"{_PARTICLE}(?:(?:с|в|на|у|за|от|до|по|из|к) )?(?:{'|'.join(map(re.escape, ordered))})(?![а-я])"
    )


def looks_like_question(flat: str) -> bool:
    """A question mark, a question word in front, or «ли»."""
    part = flat.strip(" ,.-" + BLOT)
    return "?" in part or bool(_opener().match(part)) or bool(_LI.search(part))


def split(text: Text) -> list[Segment]:
    """Sentences, with a question that follows a comma or «а» cut off from what stands before it."""
    segments: list[Segment] = []
    for start, end, asked in _sentences(text.flat):
        segments.extend(_clauses(text.flat, start, end, asked))
    return segments


def _sentences(flat: str) -> Iterator[tuple[int, int, bool]]:
    at = 0
    for match in _SENTENCE.finditer(flat):
        if flat[at : match.start()].strip():
            yield at, match.end(), "?" in match.group()
        at = match.end()
    if flat[at:].strip():
        yield at, len(flat), False


def _clauses(flat: str, start: int, end: int, asked: bool) -> Iterator[Segment]:
    cut = _question_start(flat, start, end)
    if cut is None:
        yield Segment(start, end, asked)
        return
    if flat[start:cut].strip(" ,-"):
        yield Segment(start, cut, False)
    yield Segment(cut, end, True)


def _question_start(flat: str, start: int, end: int) -> int | None:
    """Where the question begins; a condition before it («если я продам машину, …») belongs to it."""
    conditions = listed("conditions")
    boundaries = [
        start,
        *(
            start + match.end()
            for match in re.finditer(
                r",\s*|\s-\s|(?<=\s)(?=а (?:что|как|сколько|скока|почему|когда|где|можно|если|какой|какая|какие|зачем)(?![а-я]))",
                flat[start:end],
            )
        ),
    ]
    for at in boundaries:
        clause = flat[at:end].lstrip(" ,")
        if at > start and len(re.findall(r"[а-яa-z]+", clause)) <= 2:
            return start if _opener().match(clause) else None
        if _opener().match(clause):
            return at
        if conditions.match(clause) and looks_like_question(flat[at:end]):
            return at
    return None
