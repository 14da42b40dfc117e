"""An example keeps nobody's data: they become invented ones of the same kind, so it stays playable.

The same value gets the same stand-in everywhere, whatever its spaces and letter case. What is found is
what `llm.masking` finds, besides names, addresses and birth dates of the dialogue's state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from insurance_chat.core.clock import format_date
from insurance_chat.llm.masking import Mask, restore

_PERSONS = (
    ("Иванов", "Иван", "Иванович"),
    ("Петров", "Пётр", "Петрович"),
    ("Сидоров", "Семён", "Семёнович"),
)
_STREET = "Примерная"
_BIRTH = date(1985, 5, 5)
_LATIN = str.maketrans("ABEKMHOPCTYX0", "АВЕКМНОРСТУХО")
_KEPT_OF_ADDRESS = frozenset(
    [
        "улица",
        "проспект",
        "переулок",
        "шоссе",
        "бульвар",
        "площадь",
        "набережная",
        "проезд",
        "дом",
        "квартира",
        "корпус",
        "строение",
        "город",
        "область",
        "край",
        "республика",
        "район",
        "россия",
        "посёлок",
        "поселок",
        "деревня",
        "село",
    ]
)
_WORD = re.compile(r"[^\W\d_]{3,}")


def disguise(body: dict[str, Any], slots: dict[str, Any]) -> dict[str, Any]:
    """A copy of JSON values in which nobody can be recognised.

    Args:
        body: what is to be kept.
        slots: facts that the dialogue knew, `{name: JSON value}`; they tell names and addresses.
    """
    known = dict(_known(slots))
    mask = Mask(known, [json.dumps(body, ensure_ascii=False)])
    by_word = {word.casefold(): stand_in for word, stand_in in known.items()}
    numbers: dict[str, int] = {}

    def change(text: str) -> str:
        hidden = mask.hide(text)
        stand_ins = {
            name: by_word.get(value.casefold()) or _invented(name, value, numbers)
            for name, value in mask.values.items()
        }
        return restore(hidden, stand_ins)

    changed: dict[str, Any] = _map(body, change)
    return changed


def _map(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _map(one, change) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_map(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


def _known(slots: dict[str, Any]) -> Iterator[tuple[str, str]]:
    people: dict[str, tuple[str, ...]] = {}
    for name, value in _leaves(slots):
        if "full_name" in name:
            person = people.setdefault(
                value.casefold(), _PERSONS[min(len(people), len(_PERSONS) - 1)]
            )
            yield from zip(value.split(), person, strict=False)
        elif "address" in name:
            yield from ((word, _STREET) for word in _streets(value))
        elif "birth_date" in name:
            yield from _birth(value)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, f"{name}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, name)
    elif isinstance(value, str):
        yield name, value


def _streets(value: str) -> list[str]:
    # The first part is the town, which is kept: the price depends on it.
    _, _, rest = value.partition(",")
    return [word for word in _WORD.findall(rest) if word.casefold() not in _KEPT_OF_ADDRESS]


def _birth(value: str) -> Iterator[tuple[str, str]]:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return
    yield day.isoformat(), _BIRTH.isoformat()
    yield format_date(day), format_date(_BIRTH)
    yield f"{day.day}.{day.month}.{day.year}", format_date(_BIRTH)


def _invented(placeholder: str, value: str, numbers: dict[str, int]) -> str:
    kind = placeholder[1:].partition("_")[0]
    # A document of ten digits may look like a phone elsewhere: all numbers are counted together.
    group = kind if kind in ("EMAIL", "VIN", "PLATE") else "NUMBER"
    key = f"{group}:{_normal(group, value)}"
    number = numbers.setdefault(key, 1 + sum(one.startswith(f"{group}:") for one in numbers))
    if kind == "EMAIL":
        return f"client{number}@example.ru"
    if kind == "VIN":
        return f"XTA{number:014d}"
    if kind == "PLATE":
        region = re.search(r"(\d{2,3})$", value)
        return f"А{number:03d}АА{region[1] if region else '77'}"
    return _same_shape(value, number)


def _normal(kind: str, value: str) -> str:
    if kind == "NUMBER":
        return "".join(char for char in value if char.isdigit())[-10:]
    plain = "".join(char for char in value if char.isalnum() or char in "@._").upper()
    return plain.translate(_LATIN) if kind == "PLATE" else plain


def _same_shape(value: str, number: int) -> str:
    """Other digits in the same places; the first ones, such as a region or +79, stay."""
    places = [place for place, char in enumerate(value) if char.isdigit()][-8:]
    digits = f"{number:0{len(places)}d}"
    shown = list(value)
    for place, digit in zip(places, digits, strict=True):
        shown[place] = digit
    return "".join(shown)
