"""КТ by place (section 1.7 of the domain pack); the table is `territories.txt`.

Centres of subjects follow directive 7204-У with Novosibirsk region after 22.06.2026. Most other rows are
those of 2022: good enough for an emulator, not for a promise to a client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("territories.txt")
_KINDS = (
    r"\b(город|гор|г|область|обл|республика|респ|край|ао|автономный округ|автономная область)\b"
)


@dataclass
class _Index:
    """Rows by plain names; a town without its subject is known only when there is one such town."""

    subjects: dict[str, Decimal] = field(default_factory=dict)
    towns: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    by_town: dict[str, list[Decimal]] = field(default_factory=dict)


def territory_coefficient(place: str) -> Decimal | None:
    """КТ of «Курская область, Железногорск», of a town or of a subject; None for an unknown place.

    A town that has no row of its own gets the row of its subject.
    """
    parts = [name for name in (_plain(part) for part in place.split(",")) if name]
    if not parts:
        return None
    index = _index()
    if len(parts) > 1:
        exact = index.towns.get((parts[0], parts[-1]))
        return exact if exact is not None else index.subjects.get(parts[0])
    towns = index.by_town.get(parts[0], [])
    return towns[0] if len(towns) == 1 else index.subjects.get(parts[0])


def _plain(name: str) -> str:
    name = re.sub(r"\(.*?\)", " ", name.lower().replace("ё", "е"))
    return " ".join(re.findall(r"[а-я]+", re.sub(_KINDS, " ", name)))


@cache
def _index() -> _Index:
    index = _Index()
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        subject, town, value = line.split("|")
        if town:
            index.towns[_plain(subject), _plain(town)] = Decimal(value)
            index.by_town.setdefault(_plain(town), []).append(Decimal(value))
        else:
            index.subjects[_plain(subject)] = Decimal(value)
    return index
