"""Reads the data files of this package once."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from insurance_chat.core.yaml_files import read_yaml

_FOLDER = Path(__file__).parent / "data"
_STEMMER = Stemmer.Stemmer("russian")


@cache
def data_file(name: str) -> Any:
    """Content of `data/<name>.yml`."""
    return read_yaml(_FOLDER / f"{name}.yml")


def plain(text: str) -> str:
    """Lower case without ё: the form in which words are compared."""
    return text.lower().replace("ё", "е")


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def stem(word: str) -> str:
    """Russian stem of a lower-case word; short words and names in -ов, -ев, -ин stay whole."""
    if len(word) < 4 or word.endswith(("ов", "ев")):
        return word
    return _stem(word) if len(word) < 40 else word
