"""Reads the tariff tables once; every number is a `Decimal` made from its text."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from insurance_chat.core.yaml_files import read_yaml


@cache
def table(name: str) -> Any:
    """Content of `data/<name>.yml` as plain Python values (numbers of the tariff stay strings)."""
    source = resources.files(__package__ or "").joinpath("data", f"{name}.yml")
    return read_yaml(source)
