"""The words of drafts, read once from `phrases.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def phrases() -> Any:
    """Content of `phrases.yml`."""
    return yaml.safe_load((Path(__file__).parent / "phrases.yml").read_text(encoding="utf-8"))


def replace_phrases(text: str, swaps: Mapping[str, str]) -> str:
    """Put other phrases in the place of some, in one pass; a capital letter stays a capital.

    Args:
        swaps: phrase in lower case → what stands for it. What already stands there stays, also when
            a shorter phrase is a part of it («для того чтобы» and «чтобы»).
    """
    if not swaps:
        return text
    swaps = {new: new for new in swaps.values()} | dict(swaps)
    longest_first = sorted(swaps, key=len, reverse=True)
    pattern = "|".join(re.escape(phrase) for phrase in longest_first)

    def swapped(found: re.Match[str]) -> str:
        new = swaps[found[0].lower()]
        return new[:1].upper() + new[1:] if found[0][:1].isupper() else new

    # «не сразу» is not «не тут же»: what is denied stays as it is.
    return re.sub(rf"(?<![\w-])(?<!не )(?:{pattern})(?![\w-])", swapped, text, flags=re.IGNORECASE)
