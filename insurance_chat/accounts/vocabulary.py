"""Words that agents and clients use about agents, as data."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def vocabulary() -> dict[str, Any]:
    """The data file, read once."""
    source = resources.files(__package__ or "").joinpath("words.yml")
    data: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return data


@cache
def word_list(name: str) -> frozenset[str]:
    """One of the plain lists of the file."""
    return frozenset(vocabulary()[name].split())
