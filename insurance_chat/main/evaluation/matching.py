"""Comparing what was said and understood with what was wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def plain(text: str) -> str:
    """A text in which letter case, ё and kinds of spaces do not matter."""
    return " ".join(
        text.replace("\u00a0", " ").replace("\u202f", " ").casefold().replace("ё", "е").split()
    )


def missing(
    wanted: Iterable[Mapping[str, Any]], commands: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Commands that were wanted and are not there; only the named fields are compared."""
    found = list(commands)
    return [dict(one) for one in wanted if not any(_fits(one, command) for command in found)]


def _fits(wanted: Mapping[str, Any], command: Mapping[str, Any]) -> bool:
    return all(same(value, command.get(name)) for name, value in wanted.items())


def same(wanted: Any, found: Any) -> bool:
    """Whether a value is the wanted one; of an object any part may be meant («Kia Rio», «Rio»)."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(found, Mapping):
        if isinstance(wanted, Mapping):
            return all(same(value, found.get(name)) for name, value in wanted.items())
        parts = [str(one) for one in found.values() if one is not None]
        return plain(str(wanted)) in {plain(" ".join(parts)), *map(plain, parts)}
    return wanted == found or (found is not None and plain(str(wanted)) == plain(str(found)))
