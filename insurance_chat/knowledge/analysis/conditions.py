"""Key conditions in the text: limits, deductibles, tariffs, terms, exclusions."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from insurance_chat.knowledge.analysis.findings import Condition, ConditionKind
from insurance_chat.knowledge.analysis.sentences import LONGEST, sentences
from insurance_chat.knowledge.passages import BULLET, Piece

MOST_OF_A_KIND = 60
LONGEST_NAME = 90
NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
MONEY = (
    rf"(?:{NUMBER})\s*(?:тыс(?:яч\w*|\.)?|млн\.?|миллион\w*|млрд\.?)?\s*(?:₽|руб(?:\.|л\w+)?|р\.)"
)
PERCENT = rf"(?:{NUMBER})\s*(?:%|процент\w*)"
TIME = (
    r"(?!(?:19|20)\d\d\s+год)\b\d{1,4}\s*(?:\([^()]{1,40}\)\s*)?(?:(?:календарн|рабоч|банковск)\w+\s+)?"
    r"(?:дн(?:я|ей)|день|сут\w+|месяц\w*|лет|год(?:а|ов)?|час(?:а|ов)?|недел\w+)\b"
)
_VALUE = {
    "money": re.compile(MONEY, re.I),
    "percent": re.compile(PERCENT, re.I),
    "time": re.compile(TIME, re.I),
    "number": re.compile(NUMBER),
}
_RULES: tuple[tuple[ConditionKind, re.Pattern[str], tuple[str, ...]], ...] = (
    ("deductible", re.compile(r"франшиз", re.I), ("money", "percent")),
    (
        "limit",
        re.compile(
            r"лимит|страхов\w+ сумм|предел\w* (?:выплат|возмещ|ответств)|максимальн\w+ (?:выплат|сумм|возмещ)"
            r"|не (?:более|свыше|превыша\w+)",
            re.I,
        ),
        ("money",),
    ),
    (
        "tariff",
        re.compile(r"тариф|ставк|страхов\w+ преми|стоимост|цен[аыуе]\b|взнос|коэффициент", re.I),
        ("money", "percent"),
    ),
    (
        "term",
        re.compile(
            r"срок|период|в течение|не позднее|охлажден|ожидан|рассмотр|уведом|выплат", re.I
        ),
        ("time",),
    ),
)
_COLUMNS: tuple[tuple[ConditionKind, re.Pattern[str], tuple[str, ...]], ...] = (
    *_RULES[:1],
    ("limit", re.compile(r"лимит|страхов\w+ сумм|предел|максим|выплат", re.I), ("money", "number")),
    (
        "tariff",
        re.compile(r"тариф|ставк|преми|стоимост|цена|взнос|коэффициент|^к[а-яё]{1,2}$", re.I),
        ("money", "percent", "number"),
    ),
    ("term", re.compile(r"срок|период", re.I), ("time",)),
)
_EXCLUSION = re.compile(
    r"не явля\w+ страховым|не призна\w+ страховым|не возмеща|не покрыва|не распространя\w+ на"
    r"|не подлеж\w+ (?:возмещ|выплат)|исключени\w+ из (?:страхов|покрыт)|отказ\w* в (?:страхов\w+ )?выплат"
    r"|освобожда\w+ от (?:страхов\w+ )?выплат",
    re.I,
)
_EXCLUSION_HEADING = re.compile(r"исключени|не явля\w+ страхов|не покрыва|не возмеща|отказ", re.I)
_TAIL = re.compile(
    r"(?:[\s,:;=—–-]+|\b(?:составля\w+|равн\w+|устанавлива\w+|установлен\w*|определ\w+|не|более|менее|свыше"
    r"|до|от|в|во|размере?|превыша\w+|ограничен\w*|сумм\w+ в|максимум|является|по|на|течение|позднее|чем"
    r"|за|через|и|это|с|сроком)\b)+$",
    re.I,
)
_CLAUSE = re.compile(r"[;•]|,\s+(?:а|но|при этом|из них|или)\s|(?<=\S),\s+(?=[а-яё-]+\s)")


def find_conditions(pieces: Sequence[Piece]) -> tuple[Condition, ...]:
    """Conditions in the order of the text, each once, a sensible number of every kind."""
    out: list[Condition] = []
    seen: set[tuple[str, str, str]] = set()
    count: Counter[str] = Counter()
    for number, piece in enumerate(pieces):
        for one in _of_piece(piece, number):
            key = (one.kind, one.name.lower(), one.value.lower())
            if key not in seen and count[one.kind] < MOST_OF_A_KIND:
                seen.add(key)
                count[one.kind] += 1
                out.append(one)
    return tuple(out)


def _of_piece(piece: Piece, number: int) -> Iterator[Condition]:
    excluded = bool(_EXCLUSION_HEADING.search(piece.heading_path))
    for begin, end in sentences(piece.text):
        text = piece.text[begin:end].strip()
        row = text.startswith(BULLET) and ": " in text and ";" in text
        if row:
            yield from _of_row(text.removeprefix(BULLET), piece, number)
        else:
            yield from _of_sentence(text.removeprefix(BULLET), piece, number, excluded)


def _of_row(text: str, piece: Piece, number: int) -> Iterator[Condition]:
    """A row of a table: the first cell names it, the names of the columns say what the others are."""
    cells = [part.partition(": ") for part in text.split("; ")]
    named = [(name, value.strip()) for name, mark, value in cells if mark]
    if len(named) < 2:
        return
    subject = named[0][1]
    for column, value in named[1:]:
        for kind, pattern, forms in _COLUMNS:
            if pattern.search(column) and any(_VALUE[form].search(value) for form in forms):
                name = f"{column.strip()} — {subject}"[:LONGEST_NAME]
                yield Condition(kind, name, value, text[:LONGEST], piece.page, number)
                break


def _of_sentence(text: str, piece: Piece, number: int, excluded: bool) -> Iterator[Condition]:
    if _EXCLUSION.search(text) or (excluded and len(text) > 20):
        words = text[:LONGEST]
        yield Condition("exclusion", "", words, words, piece.page, number)
        return
    at = 0
    for part in _parts(text):
        begin, at = at, at + len(part)
        for kind, pattern, forms in _RULES:
            if not pattern.search(part):
                continue
            match = next((m for form in forms if (m := _VALUE[form].search(part))), None)
            if match is not None:
                name = _name(text[: begin + match.start()], part[: match.start()], pattern)
                value = match.group().strip()
                yield Condition(kind, name, value, text[:LONGEST], piece.page, number)
                break


def _parts(text: str) -> list[str]:
    """Clauses with their separators, so that two limits of one sentence are two conditions."""
    cuts = [match.start() for match in _CLAUSE.finditer(text)]
    edges = [0, *cuts, len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(edges)]
    joined: list[str] = []
    for part in parts:
        # A clause without an amount of its own belongs to the next.
        if joined and not any(
            _VALUE[form].search(joined[-1]) for form in ("money", "percent", "time")
        ):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _name(before: str, clause: str, pattern: re.Pattern[str]) -> str:
    """What the value belongs to: the words before it, without the verb that leads to it."""
    words = _TAIL.sub("", clause.strip(" ,;•—-")).strip(" ,;:•—–-(")
    if len(words) < 4:
        words = _TAIL.sub("", before).strip(" ,;:•—–-(")
    if len(words) > LONGEST_NAME:
        found = pattern.search(words)
        start = found.start() if found and len(words) - found.start() <= LONGEST_NAME else None
        words = words[start:] if start is not None else words[-LONGEST_NAME:].partition(" ")[2]
    return words
