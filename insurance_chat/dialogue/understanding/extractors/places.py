"""Regions and towns, as people call them: «питер», «в ростове», «свердловская обл»."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from insurance_chat.dialogue.understanding.data_files import data_file, plain, stem
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text, Token

_SHORT = {
    "обл": "область", "респ": "республика", "автономный": "ао", "автономного": "ао", "автономная": "ао",
}  # fmt: skip
_FREE = {"республика", "—", "-", "алания", "югра", "кузбасс", "(", ")", "якутия"}
_BEFORE = {
    "в",
    "во",
    "из",
    "г",
    "гор",
    "город",
    "города",
    "городе",
    "под",
    "регион",
    "прописка",
    "по",
}
_STREET = {
    "ул",
    "улица",
    "улице",
    "пр",
    "проспект",
    "пер",
    "переулок",
    "шоссе",
    "бульвар",
    "площадь",
    "наб",
}
_TOWN_MARKS = {"г", "город", "пос", "поселок", "село", "деревня", "пгт", "рп"}
_AFTER = {"район", "района", "районе", "р", *_STREET}  # «Всеволожский район» is not the town
_LONGEST = 4
_LIKE = 80  # per cent of likeness


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the territory table. `subject` is its region; equal to `title` for a region itself."""

    title: str
    subject: str

    @property
    def is_town(self) -> bool:
        """True for a town, also for Moscow, Saint Petersburg and Sevastopol."""
        return self.title != self.subject or " " not in self.title


def _words(name: str) -> list[str]:
    parts = (
        plain(name).replace("—", " ").replace("(", " ").replace(")", " ").replace("-", " ").split()
    )
    return [_SHORT.get(part, part) for part in parts]


@cache
def _index() -> dict[tuple[str, ...], Place]:
    table = data_file("places")
    index: dict[tuple[str, ...], Place] = {}
    for row in [*table["towns"], *table["subjects"]]:
        place = Place(row["title"], row.get("subject", row["title"]))
        for name in [row["title"], *row.get("aliases", [])]:
            words = _words(str(name))
            index.setdefault(tuple(map(stem, words)), place)
            short = tuple(stem(word) for word in words if word not in _FREE)
            if short and len(short[0]) > 3:
                index.setdefault(short, place)
    return index


@cache
def _weak() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(map(stem, _words(name))) for name in data_file("places")["weak"])


def find_places(text: Text, expected: bool = False) -> list[Found]:
    """Places with spans; the value is a `Place`. A typo is forgiven only when a place is expected."""
    tokens = [token for token in text.tokens if token.text not in {"-", "."}]
    found: list[Found] = []
    at = 0
    while at < len(tokens):
        size, place = _longest(tokens, at, expected)
        if place:
            found.append(Found("place", tokens[at].start, tokens[at + size - 1].end, place))
        at += max(size, 1)
    return found or (_fuzzy(tokens) if expected else [])


def _longest(tokens: list[Token], at: int, expected: bool) -> tuple[int, Place | None]:
    if not tokens[at].is_word:
        return 0, None
    previous = tokens[at - 1].text if at else ""
    for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
        words = [_SHORT.get(token.text, token.text) for token in tokens[at : at + size]]
        key = tuple(map(stem, words))
        place = _index().get(key) or _index().get(tuple(words))
        following = tokens[at + size].text if at + size < len(tokens) else ""
        adjective = (
            size == 1
            and words[0].endswith(("ий", "ый", "ая", "ой", "ого", "ую"))
            and following in _AFTER
        )
        if place is None or previous in _STREET or adjective:
            continue
        if (
            key in _weak()
            and previous not in _BEFORE
            and not (expected and len(tokens) <= size + 1)
        ):
            continue
        marked = previous in _BEFORE or following in _TOWN_MARKS  # «мо г. видное»
        if size == 1 and len(words[0]) <= 2 and not marked and len(tokens) > 1:
            continue
        if size == 1 and len(key[0]) <= 2 < len(words[0]):
            continue  # «моей» is no form of «МО»
        return size, place
    return 0, None


def _fuzzy(tokens: list[Token]) -> list[Found]:
    for token in tokens:
        if token.is_word and len(token.text) >= 5:
            best = process.extractOne(
                token.text, list(_titles()), scorer=fuzz.ratio, score_cutoff=_LIKE
            )
            if best:
                return [Found("place", token.start, token.end, _titles()[best[0]])]
    return []


@cache
def _titles() -> dict[str, Place]:
    """Whole names of one word, for the comparison with a typo."""
    return {plain(place.title): place for place in _index().values() if " " not in place.title}
