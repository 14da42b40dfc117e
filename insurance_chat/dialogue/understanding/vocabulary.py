"""Word lists of `data/words.yml` and phrases of slots as compiled patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from insurance_chat.dialogue.understanding.data_files import data_file, plain
from insurance_chat.dialogue.understanding.text import Text


@cache
def words(name: str) -> frozenset[str]:
    """A list of `data/words.yml`."""
    return frozenset(str(word) for word in data_file("words")[name])


@cache
def roles() -> dict[str, re.Pattern[str]]:
    """Role of a person → pattern of the words that name it."""
    return {role: pattern_of(tuple(names)) for role, names in data_file("words")["roles"].items()}


@cache
def pattern_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases as whole words, the longest first; matches the `flat` of a text."""
    flat = {re.sub(r"\s+", " ", Text(plain(phrase)).flat).strip() for phrase in phrases}
    ordered = sorted(flat - {""}, key=len, reverse=True)
    if not ordered:
        return re.compile(r"(?!)")
    body = "|".join(re.escape(phrase) for phrase in ordered)
    return re.compile(rf"(?<![0-9a-zа-я])(?:{body})(?![0-9a-zа-я])")


@cache
def listed(name: str) -> re.Pattern[str]:
    """Pattern of a list of `data/words.yml`."""
    return pattern_of(tuple(sorted(words(name))))


def content_words(flat: str, besides: Iterable[str] = ()) -> list[str]:
    """Words of a text that carry a meaning of their own."""
    skip = words("fillers") | set(besides)
    return [word for word in re.findall(r"[a-zа-я]+", flat) if word not in skip]
