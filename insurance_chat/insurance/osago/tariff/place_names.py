"""Russian place names without endings: tokens, stems, the index of names and aliases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import Stemmer

from insurance_chat.insurance.osago.tariff.tables import table

_STEMMER = Stemmer.Stemmer("russian")
_WORD = re.compile(r"[а-яa-z0-9]+")
_SHORT = {"обл": "область", "респ": "республика", "р": "республика", "кр": "край"}
_AUTONOMOUS = re.compile(r"автономн\w+ (?:округ\w*|област\w+)")
# abbreviations and names whose stem is an everyday word: «нао» is not «на», «коми» is not «ком»
_WHOLE = frozenset(
    {"мо", "нао", "коми", "мск", "нск", "спб", "екб", "рнд", "нн", "тлт", "кмс", "чр", "ло"}
)
_FREE = frozenset({"республика", "алания", "югра", "кузбасс"})
_STREET = re.compile(
    r"\b(?:ул|улиц\w+|просп|проспект\w*|пр-?т|пер|переул\w+|ш|шоссе|бульвар\w*|б-р|пл|площад\w+)\b\.?"
    r"\s*[а-я-]+"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A way to call a place.

    Args:
        key: key of the territory; empty when the place is known but its coefficient is not.
        stems: the words of the name without endings.
        needs_context: the word means something else too, trust it only after a preposition.
    """

    key: str
    stems: tuple[str, ...]
    needs_context: bool = False


def tokens(text: str) -> list[str]:
    """Lower-case words; abbreviations of «область», «край», «республика» are spelled out."""
    flat = _STREET.sub(" ", text.lower().replace("ё", "е"))
    flat = _AUTONOMOUS.sub("ао", flat)
    return [_SHORT.get(word, word) for word in _WORD.findall(flat)]


def stem_of_name(word: str) -> str:
    """Stem of a word of the table; «Ростов» is not cut to «рост»."""
    if word in _WHOLE:
        return f"={word}"
    return word if word.endswith(("ов", "ев")) else str(_STEMMER.stemWord(word))


def stems_of_word(word: str) -> tuple[str, ...]:
    """How a word of the client may stand in the index; `=word` is the word with its ending."""
    stem = str(_STEMMER.stemWord(word))
    if word in _WHOLE:
        return (f"={word}",)
    return (stem,) if stem == word else (stem, word)


def _flat(groups: Iterable[list[str]]) -> list[str]:
    return [name for group in groups for name in group]


def _spellings(title: str) -> list[str]:
    """The title itself and the title without «Республика» and the second official name."""
    words = tokens(title)
    short = [word for word in words if word not in _FREE]
    noun = "республика" in words and not any(word.endswith("ская") for word in short)
    spellings = [" ".join(words)]
    if short and (noun or "республика" not in words):
        spellings.append(" ".join(short))
    return spellings


def _entries() -> Iterable[tuple[str, str]]:
    for row in [*table("kt_towns"), *table("kt_subjects")]:
        for spelling in _spellings(row["title"]):
            # «Алтай» alone is either the republic or the territory
            if spelling != "алтай":
                yield row["key"], spelling
    regions = table("regions")
    for key, names in regions["aliases"].items():
        for name in names:
            yield key, name
    for name in _flat(regions["unknown"]):
        yield "", name


@cache
def names() -> dict[tuple[str, ...], tuple[Name, ...]]:
    """Every known name by its sorted stems, so the order of words does not matter."""
    guarded = {tuple(tokens(name)) for name in _flat(table("regions")["needs_context"])}
    index: dict[tuple[str, ...], dict[str, Name]] = {}
    for key, spelling in _entries():
        words = tuple(tokens(spelling))
        stems = tuple(stem_of_name(word) for word in words)
        index.setdefault(tuple(sorted(stems)), {})[key] = Name(key, stems, words in guarded)
    return {stems: tuple(found.values()) for stems, found in index.items()}
