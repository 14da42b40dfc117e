"""One Russian morphological dictionary for the whole process: it takes 30 MB."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def morphology() -> Any:
    """The analyser, loaded at the first word that needs it."""
    import pymorphy3  # noqa: PLC0415 — 0.1 s and 30 MB, only when a word is inflected

    return pymorphy3.MorphAnalyzer(lang="ru")  # type: ignore[attr-defined,no-untyped-call]
