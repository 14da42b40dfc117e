"""Make and model of a car: «солярис», «хендай акцент», «тойота камри», with typos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from insurance_chat.dialogue.understanding.data_files import data_file, plain, stem
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.names import is_russian_word
from insurance_chat.dialogue.understanding.text import Text, Token

Key = tuple[str, ...]
_LONGEST = 4
_CUTOFF = 84
_NOT_MODEL = {
    "год",
    "года",
    "г",
    "лс",
    "л",
    "с",
    "сил",
    "квт",
    "на",
    "в",
    "и",
    "а",
    "машина",
    "авто",
    "номер",
    "мощность",
}


@dataclass(frozen=True, slots=True)
class _Cars:
    makes: dict[Key, str]
    by_make: dict[str, dict[Key, str]]
    models: dict[Key, tuple[str, str]]
    weak: frozenset[Key]


def _key(alias: str) -> Key:
    return tuple(stem(word) for word in plain(alias).replace("-", " ").replace("'", " ").split())


@cache
def _cars() -> _Cars:
    table = data_file("cars")
    makes: dict[Key, str] = {}
    by_make: dict[str, dict[Key, str]] = {}
    models: dict[Key, tuple[str, str]] = {}
    for make, row in table["makes"].items():
        for alias in [make, *row["aliases"]]:
            makes.setdefault(_key(str(alias)), make)
        by_make[make] = {}
        for model, aliases in row["models"].items():
            for alias in [model, *aliases]:
                key = _key(str(alias))
                by_make[make].setdefault(key, str(model))
                if len("".join(key)) >= 3 and not "".join(key).isdigit():
                    models.setdefault(key, (make, str(model)))
    # «2107» and the like are the only bare numbers that say a car on their own
    for key, model in by_make["LADA"].items():
        if len(key) == 1 and key[0].isdigit() and key[0].startswith("21") and len(key[0]) >= 4:
            models.setdefault(key, ("LADA", model))
    weak = frozenset(_key(word) for word in table["weak"])
    return _Cars(makes, by_make, models, weak)


def find_cars(text: Text, expected: bool = False) -> list[Found]:
    """Cars as `{"brand", "model"}` with spans.

    Problems when a car was asked for: `model_missing` (only the make), `car_unknown` is left to the
    caller, who knows whether the words mean something else.
    """
    tokens = [token for token in text.tokens if token.is_number or token.is_word]
    units = _units(text, tokens)
    found: list[Found] = []
    at = 0
    while at < len(units):
        one, size = _at(units, at, expected)
        if one:
            found.append(one)
        at += max(size, 1)
    full = [each for each in found if each.problem is None]
    return full or found[:1] or list(_fuzzy(units, expected))


def _units(text: Text, tokens: list[Token]) -> list[Token]:
    """Solid mixes of letters and digits («x5», «320i», «cx-5») are one unit."""
    units: list[Token] = []
    for token in tokens:
        last = units[-1] if units else None
        if last and last.end == token.start and max(len(last.text), len(token.text)) <= 4:
            units[-1] = Token(text.flat[last.start : token.end], last.start, token.end)
        else:
            units.append(token)
    return units


def _words(units: list[Token], at: int, size: int) -> Key:
    return tuple(stem(unit.text) for unit in units[at : at + size])


def _longest(units: list[Token], at: int, index: dict[Key, str]) -> tuple[str | None, int]:
    for size in range(min(_LONGEST, len(units) - at), 0, -1):
        value = index.get(_words(units, at, size))
        if value is not None:
            return value, size
    return None, 0


def _at(units: list[Token], at: int, expected: bool) -> tuple[Found | None, int]:
    cars = _cars()
    make, size = _longest(units, at, cars.makes)
    if make and (size > 1 or len(units[at].text) > 2 or expected):
        model, model_size = _longest(units, at + size, cars.by_make[make])
        if model is None:
            model, model_size = _typo(units, at + size, cars.by_make[make])
        end = units[at + size + model_size - 1].end
        if model is not None:
            return Found(
                "make_model", units[at].start, end, {"brand": make, "model": model}
            ), size + model_size
        both = _model(units, at, expected)
        if both[0]:
            return both
        return Found("make_model", units[at].start, end, None, "model_missing", make), size
    return _model(units, at, expected)


def _model(units: list[Token], at: int, expected: bool) -> tuple[Found | None, int]:
    cars = _cars()
    for size in range(min(_LONGEST, len(units) - at), 0, -1):
        key = _words(units, at, size)
        known = cars.models.get(key)
        if known is None or (key in cars.weak and not expected):
            continue
        word = "".join(key)
        if (
            len(word) < 4
            and not expected
            and not any(char.isdigit() for char in word)
            and word not in {"рио", "rio"}
        ):
            continue
        span = (units[at].start, units[at + size - 1].end)
        return Found("make_model", *span, {"brand": known[0], "model": known[1]}), size
    return None, 0


def _typo(units: list[Token], at: int, models: dict[Key, str]) -> tuple[str | None, int]:
    """The word right after the make is a model with a typo, if it is near enough to one."""
    if (
        at >= len(units)
        or not units[at].is_word
        or len(units[at].text) < 4
        or units[at].text in _NOT_MODEL
    ):
        return None, 0
    names = [key[0] for key in models if len(key) == 1]
    best = process.extractOne(stem(units[at].text), names, scorer=fuzz.ratio, score_cutoff=72)
    return (models[(best[0],)], 1) if best else (None, 0)


@cache
def _fuzzy_names() -> list[str]:
    cars = _cars()
    return [
        key[0]
        for key in [*cars.models, *cars.makes]
        if len(key) == 1 and len(key[0]) >= 5 and key not in cars.weak
    ]


def _fuzzy(units: list[Token], expected: bool) -> Iterator[Found]:
    """«салярис», «хюнда акцент»: a long word one or two letters away from a name."""
    cars = _cars()
    if len(units) > 40:
        return
    for at, unit in enumerate(units):
        if not unit.is_word or len(unit.text) < 6:
            continue
        if not expected and is_russian_word(unit.text):
            continue  # «старый» is not a Staria
        best = process.extractOne(
            stem(unit.text),
            _fuzzy_names(),
            scorer=fuzz.ratio,
            score_cutoff=_CUTOFF if expected else 88,
        )
        if best is None:
            continue
        known = cars.models.get((best[0],))
        make = cars.makes.get((best[0],))
        if make:
            model, size = _longest(units, at + 1, cars.by_make[make])
            known = (make, model) if model else None
            if known:
                yield Found(
                    "make_model", unit.start, units[at + size].end, {"brand": make, "model": model}
                )
                return
        if known:
            yield Found("make_model", unit.start, unit.end, {"brand": known[0], "model": known[1]})
            return
