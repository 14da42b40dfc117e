"""Whose document it is and what about, told by words of a dictionary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.knowledge.analysis.findings import Found
from insurance_chat.knowledge.analysis.sentences import sentence_around
from insurance_chat.knowledge.passages import Piece

DATA = Path(__file__).parent / "data.yml"
TITLE_WEIGHT = 12
FIRST_WEIGHT = 3
FIRST_PASSAGES = 3
READ_PASSAGES = 400  # beyond them nothing new is said about whose document it is
CLEARLY = 2  # times as often as the next one
KIND_HEAD = 600  # characters in which a document says what it is

Patterns = dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(DATA)
    return found


@lru_cache(maxsize=1)
def company_patterns() -> Patterns:
    """Code of a company → its names in any case form."""
    patterns = {}
    for code, entry in _data()["companies"].items():
        names = "|".join(_loose(name) for name in entry["names"])
        if entry.get("strict"):
            text = rf"(?:[«\"]|СК\s+[«\"]?|компани\w+\s+[«\"]?)(?:{names})\b"
            patterns[code] = re.compile(text)
        else:
            patterns[code] = re.compile(rf"\b(?:{names})\b", re.I)
    return patterns


def company_title(code: str) -> str:
    """How a company is called; the code itself when it is not in the dictionary."""
    entry = _data()["companies"].get(code)
    return str(entry["names"][0]) if entry else code


@lru_cache(maxsize=1)
def product_patterns() -> Patterns:
    """Code of a product → words about it."""
    return {code: _any(words) for code, words in _data()["products"].items()}


@lru_cache(maxsize=1)
def kind_patterns() -> Patterns:
    """Kind of document → what it calls itself, in the order of preference."""
    return {code: _any(words) for code, words in _data()["kinds"].items()}


@lru_cache(maxsize=1)
def sure_kind_patterns() -> Patterns:
    """The same without single common words, which in the text say nothing: «правила», «тариф»."""
    sure = {
        code: [word for word in words if " " in word or word.isupper()]
        for code, words in _data()["kinds"].items()
    }
    return {code: _any(words) for code, words in sure.items() if words}


def _loose(name: str) -> str:
    words = re.split(r"[\s-]+", name)
    parts = [re.escape(word[:-1] if len(word) > 5 else word) for word in words]
    return r"[\s-]*".join(part + r"\w{0,3}" * (len(part) > 4) for part in parts)


def _any(words: Iterable[str]) -> re.Pattern[str]:
    # Short names in capitals are whole words; the others are beginnings of words.
    parts = [
        rf"\b{re.escape(word)}\b" if word.isupper() else rf"\b{re.escape(word)}" for word in words
    ]
    return re.compile("|".join(part.replace(r"\ ", r"\s+") for part in parts), re.I)


def find_company(title: str, filename: str, pieces: Sequence[Piece]) -> Found | None:
    """The company whose document it is; None when none stands out, as in a comparison."""
    return _winner(company_patterns(), f"{title}\n{filename}", pieces)


def find_product(title: str, filename: str, pieces: Sequence[Piece]) -> Found | None:
    """The product that the document is about; None when it is about several."""
    return _winner(product_patterns(), f"{title}\n{filename}", pieces)


def _winner(patterns: Patterns, title: str, pieces: Sequence[Piece]) -> Found | None:
    score: Counter[str] = Counter()
    for code, pattern in patterns.items():
        if pattern.search(title):
            score[code] += TITLE_WEIGHT
        for number, piece in enumerate(pieces[:READ_PASSAGES]):
            weight = FIRST_WEIGHT if number < FIRST_PASSAGES else 1
            found = min(len(pattern.findall(f"{piece.heading_path}\n{piece.text}")), 3)
            score[code] += weight * found
    ranked = [entry for entry in score.most_common(2) if entry[1]]
    if not ranked or (len(ranked) > 1 and ranked[0][1] < CLEARLY * ranked[1][1]):
        return None
    return _first(ranked[0][0], patterns[ranked[0][0]], pieces)


def find_kind(title: str, pieces: Sequence[Piece]) -> Found | None:
    """What sort of document it is."""
    head = "\n".join(f"{piece.heading_path}\n{piece.text}" for piece in pieces[:2])[:KIND_HEAD]
    for text, patterns in ((title, kind_patterns()), (head, sure_kind_patterns())):
        for code, pattern in patterns.items():
            if pattern.search(text):
                return _first(code, pattern, pieces[:2])
    return None


def _first(value: str, pattern: re.Pattern[str], pieces: Sequence[Piece]) -> Found:
    for number, piece in enumerate(pieces[:READ_PASSAGES]):
        if match := pattern.search(piece.text):
            quote = sentence_around(piece.text, match.start(), match.end())
            return Found(value, quote, piece.page, number)
    return Found(value)
