"""Words that agents and clients use about agents, as data."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from insurance_chat.core.yaml_files import read_yaml


@cache
def vocabulary() -> dict[str, Any]:
    """The data file, read once."""
    source = resources.files(__package__ or "").joinpath("words.yml")
    data: dict[str, Any] = read_yaml(source)
    return data


@cache
def word_list(name: str) -> frozenset[str]:
    """One of the plain lists of the file."""
    return frozenset(vocabulary()[name].split())
