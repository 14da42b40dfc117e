"""Helplines and sites that everybody may name."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from insurance_chat.core.yaml_files import read_yaml

TOLL_FREE = "+7800"  # nobody has such a number for themselves


@cache
def _known() -> dict[str, Any]:
    source = resources.files(__package__ or "").joinpath("known.yml")
    return dict(read_yaml(source))


def helplines() -> frozenset[str]:
    """Phones as `+78002002275`."""
    return frozenset(_known()["phones"])


def public_domains() -> frozenset[str]:
    """Domains of insurers, of payment pages and of the state."""
    return frozenset(_known()["domains"])
