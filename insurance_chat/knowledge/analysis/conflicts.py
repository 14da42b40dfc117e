"""Where a new document says otherwise than one that is published already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from insurance_chat.knowledge.analysis.dates import read_date
from insurance_chat.knowledge.analysis.findings import KINDS, Analysis, Condition, Found
from insurance_chat.knowledge.words import stems

ALIKE = 0.75  # share of the words that two names must have in common
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?")
_TIMES = (
    (re.compile(r"\d\s*тыс", re.I), Decimal(1000)),
    (re.compile(r"\d\s*(?:млн|миллион)", re.I), Decimal(1_000_000)),
    (re.compile(r"\d\s*млрд", re.I), Decimal(1_000_000_000)),
)
_UNITS = (
    ("days", re.compile(r"дн|ден|сут", re.I)),
    ("months", re.compile(r"месяц", re.I)),
    ("years", re.compile(r"\bлет|год", re.I)),
    ("hours", re.compile(r"час", re.I)),
    ("weeks", re.compile(r"недел", re.I)),
    ("percent", re.compile(r"%|процент", re.I)),
)
_EMPTY_WORDS = frozenset(stems("по на за от до для при в и или не более составляет размер"))


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A published document and what was understood of it."""

    id: str
    title: str
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two documents that contradict each other.

    Args:
        field: Russian name of what differs: «Лимит: по жизни и здоровью».
        old_document: public id of the published one.
    """

    field: str
    old_value: str
    old_document: str
    old_title: str
    old_quote: str
    old_page: int | None
    new_value: str
    new_quote: str
    new_page: int | None


def find_conflicts(new: Analysis, known: Sequence[KnownDocument]) -> list[Conflict]:
    """Conditions of the same name and another value, in the order of the new document.

    A name that stands in a document with several values (a table of regions) conflicts only when
    none of the old values is the new one. Exclusions are words, not values, and are not compared.

    Args:
        new: of the document that is to be published.
        known: published documents of the same company and product.
    """
    out: list[Conflict] = []
    for document in known:
        out.extend(_dates(new, document))
        old = _named(document.analysis.conditions)
        for words, one in _named(new.conditions):
            alike = [other for known_words, other in old if _same(one, words, other, known_words)]
            if alike and all(_amount(other.value) != _amount(one.value) for other in alike):
                out.append(_conflict(one, alike[0], document))
    return out


def _named(conditions: Iterable[Condition]) -> list[tuple[frozenset[str], Condition]]:
    return [
        (words, one)
        for one in conditions
        if one.kind != "exclusion" and (words := frozenset(stems(one.name)) - _EMPTY_WORDS)
    ]


def _same(one: Condition, words: frozenset[str], other: Condition, known: frozenset[str]) -> bool:
    if one.kind != other.kind or _unit(one.value) != _unit(other.value):
        return False
    # Numbers in a name tell one row from another: «КБМ класса 3», «Срок 6 месяцев».
    if _numbers(one.name) != _numbers(other.name):
        return False
    return len(words & known) >= ALIKE * len(words | known)


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _unit(value: str) -> str:
    return next((name for name, pattern in _UNITS if pattern.search(value)), "amount")


def _amount(value: str) -> Decimal | str:
    """The number that a value means: «500 тыс. руб.» and «500 000 рублей» are one."""
    found = _NUMBER.search(value)
    if found is None:
        return value.strip().lower()
    try:
        number = Decimal(re.sub(r"\s", "", found.group()).replace(",", "."))
    except InvalidOperation:
        return value.strip().lower()
    return number * next((times for pattern, times in _TIMES if pattern.search(value)), Decimal(1))


def _conflict(new: Condition, old: Condition, document: KnownDocument) -> Conflict:
    return Conflict(
        field=f"{KINDS[new.kind]}: {new.name}",
        old_value=old.value,
        old_document=document.id,
        old_title=document.title,
        old_quote=old.quote,
        old_page=old.page,
        new_value=new.value,
        new_quote=new.quote,
        new_page=new.page,
    )


def _dates(new: Analysis, document: KnownDocument) -> Iterator[Conflict]:
    old = document.analysis
    pairs: tuple[tuple[str, Found | None, Found | None], ...] = (
        ("Действует с", old.valid_from, new.valid_from),
        ("Действует до", old.valid_until, new.valid_until),
    )
    for name, before, after in pairs:
        if before is None or after is None or read_date(before.value) == read_date(after.value):
            continue
        yield Conflict(
            field=name,
            old_value=before.value,
            old_document=document.id,
            old_title=document.title,
            old_quote=before.quote,
            old_page=before.page,
            new_value=after.value,
            new_quote=after.quote,
            new_page=after.page,
        )
