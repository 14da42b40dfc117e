"""The words of drafts, read once from `phrases.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from insurance_chat.core.yaml_files import read_yaml


@cache
def phrases() -> Any:
    """Content of `phrases.yml`."""
    return read_yaml(Path(__file__).parent / "phrases.yml")


class Swaps:
    """Phrases that stand for others.

    Args:
        pairs: phrase in lower case → what stands for it. What already stands there stays, also when
            a shorter phrase is a part of it («для того чтобы» and «чтобы»).
    """

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._pairs = {new: new for new in pairs.values()} | dict(pairs)
        longest_first = sorted(self._pairs, key=len, reverse=True)
        phrase = "|".join(re.escape(one) for one in longest_first)
        # «не сразу» is not «не тут же»: what is denied stays as it is.
        self._pattern = re.compile(rf"(?<![\w-])(?<!не )(?:{phrase})(?![\w-])", re.IGNORECASE)

    def put(self, text: str) -> str:
        """The text with other phrases, in one pass; a capital letter stays a capital."""
        return self._pattern.sub(self._swapped, text)

    def _swapped(self, found: re.Match[str]) -> str:
        new = self._pairs[found[0].lower()]
        return new[:1].upper() + new[1:] if found[0][:1].isupper() else new


@cache
def tone(name: str) -> Swaps:
    """Phrases of a tone: `formal` or `warm`."""
    return Swaps(phrases()[name])


@cache
def way(number: int) -> Swaps:
    """Other words for the same, another choice for each number from 1."""
    rows = phrases()["same"]
    return Swaps(
        {
            phrase: others[(number - 1) % len(others)]
            for row in rows
            for phrase in row
            if (others := [other for other in row if other != phrase])
        }
    )


@cache
def padding() -> re.Pattern[str]:
    """Words that a shorter text can do without."""
    longest_first = sorted(phrases()["fillers"], key=len, reverse=True)
    phrase = "|".join(re.escape(one) for one in longest_first)
    return re.compile(rf"(?<![\w-])(?:{phrase})(?![\w-])\s*", re.IGNORECASE)
