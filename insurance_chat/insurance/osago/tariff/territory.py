"""Which territory coefficient (KT) applies: from free Russian text to a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

from rapidfuzz.distance import OSA

from insurance_chat.insurance.osago.tariff.place_names import Name, names, stems_of_word, tokens
from insurance_chat.insurance.osago.tariff.tables import table

_MARKERS = frozenset({"в", "во", "из", "г", "гор", "город", "города", "городе", "городу", "под"})
_LONGEST_NAME = 5
Matcher = Callable[[list[str], bool], list[Name]]


@dataclass(frozen=True, slots=True)
class Territory:
    """A row of the KT table on a date.

    Args:
        key: stable slug, e.g. `kazan`.
        title: Russian name for people.
        subject: key of the subject that the place belongs to.
        kt: coefficient for everything but tractors.
        kt_tractor: coefficient for tractors, None when it was not obtained.
        verified: False when the figure comes from an outdated edition or is derived.
        is_rest: the row «прочие города и населённые пункты» of a subject that has other rows.
        source: tag of the source, see the head of `kt_subjects.yml`.
        plates: plate codes of the subject; a plate never decides the price.
    """

    key: str
    title: str
    subject: str
    kt: Decimal
    kt_tractor: Decimal | None
    verified: bool
    is_rest: bool
    source: str
    plates: tuple[str, ...] = ()


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in [*table("kt_subjects"), *table("kt_towns")]}


def get_territory(key: str, on: date) -> Territory | None:
    """The row of a known key in force on a date, or None (unknown key, date before 09.12.2025)."""
    row = _rows().get(key)
    rates = [rate for rate in row["rates"] if rate["from"] <= on] if row else []
    if row is None or not rates:
        return None
    rate = max(rates, key=lambda each: each["from"])
    subject = row.get("subject", row["key"])
    rest = not row.get("whole", True)
    return Territory(
        key=key,
        title=row["title"],
        subject=subject,
        kt=Decimal(rate["kt"]),
        kt_tractor=Decimal(rate["tractor"]) if "tractor" in rate else None,
        verified=rate["verified"],
        is_rest=rest,
        source=rate["source"],
        plates=tuple(_rows()[subject].get("plates", ())),
    )


@cache
def all_territories(on: date) -> tuple[Territory, ...]:
    """Every row in force on a date: subjects first, then towns."""
    found = (get_territory(key, on) for key in _rows())
    return tuple(territory for territory in found if territory)


def find_territory(text_or_name: str, on: date) -> Territory | None:
    """The place that the client speaks about; None when there is none or several.

    A town wins over its subject; a town of another subject than the named one is a namesake, so the
    subject's row for other places is taken. Endings do not matter, small typos are forgiven.

    Args:
        text_or_name: «в Казани», «Московская обл», «питер», a message or an address line.
        on: contract start date.
    """
    words = tokens(text_or_name)
    found = _mentions(words, _exact) or _adjective(words)
    towns, subjects = _split(found)
    if "" not in found and not towns:
        # a typo in the town must not be lost because the subject is spelled right
        more_towns, more_subjects = _split(_mentions(words, _fuzzy))
        towns = {key for key in more_towns if not subjects or _subject_of(key) in subjects}
        subjects = subjects or more_subjects
    key = "" if "" in found else _choose(towns, subjects)
    return get_territory(key, on) if key else None


def _choose(towns: set[str], subjects: set[str]) -> str:
    if len(subjects) == 1:
        subject = next(iter(subjects))
        own = {key for key in towns if _subject_of(key) == subject}
        if len(own) == 1:
            return own.pop()
        if own or any(_rows()[key].get("kind") == "city" for key in towns):
            return ""
        return subject
    return next(iter(towns)) if len(towns) == 1 and not subjects else ""


def _subject_of(key: str) -> str:
    return str(_rows()[key].get("subject", key))


def _split(keys: set[str]) -> tuple[set[str], set[str]]:
    known = keys - {""}
    subjects = {key for key in known if _rows()[key].get("kind") == "subject"}
    return known - subjects, subjects


def _mentions(words: list[str], match: Matcher) -> set[str]:
    """Keys named in the words, longest names first, each word used once."""
    found: set[str] = set()
    used: set[int] = set()
    for start, size in _windows(len(words)):
        span = range(start, start + size)
        if used.isdisjoint(span):
            hits = match(words[start : start + size], _is_about_place(words, start, size))
            if hits:
                used.update(span)
                found.update(name.key for name in hits)
    return found


def _adjective(words: list[str]) -> set[str]:
    """«Ленинградская» as a whole answer means the region or the territory of that name."""
    if len(words) != 1 or not words[0].endswith(("ая", "ой", "ую", "ий")):
        return set()
    return _mentions([*words, "область"], _exact) or _mentions([*words, "край"], _exact)


def _is_about_place(words: list[str], start: int, size: int) -> bool:
    """The words stand after «в», «из», «город», or nothing else was said."""
    return len(words) == size or (start > 0 and words[start - 1] in _MARKERS)


def _windows(count: int) -> Iterator[tuple[int, int]]:
    for size in range(min(_LONGEST_NAME, count), 0, -1):
        for start in range(count - size + 1):
            yield start, size


def _exact(window: list[str], about_place: bool) -> list[Name]:
    index = names()
    for variant in product(*(stems_of_word(word) for word in window)):
        hits = index.get(tuple(sorted(variant)), ())
        allowed = [name for name in hits if about_place or not name.needs_context]
        if allowed:
            return allowed
    return []


def _fuzzy(window: list[str], about_place: bool) -> list[Name]:
    joined = " ".join(stems_of_word(word)[0] for word in window)
    best: list[Name] = []
    best_distance = 3
    for name in (name for hits in names().values() for name in hits):
        distance = _typos(joined, name, len(window), about_place)
        if distance is None or distance > best_distance:
            continue
        best = [*best, name] if distance == best_distance else [name]
        best_distance = distance
    return best if len({name.key for name in best}) == 1 and best[0].key else []


def _typos(joined: str, name: Name, words: int, about_place: bool) -> int | None:
    target = " ".join(name.stems)
    if len(name.stems) != words or min(len(target), len(joined)) < 5 or name.needs_context:
        return None
    # «каско» is one letter away from «Канск»: a short name needs a hint that a place is meant
    if len(target) < 7 and not about_place:
        return None
    if joined[:1] != target[:1] and len(target) < 8:
        return None
    limit = 1 if len(target) < 8 else 2
    distance = OSA.distance(joined, target, score_cutoff=limit)
    return distance if distance <= limit else None
