"""What an extractor returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """A fact, or a failed attempt to state one.

    Args:
        kind: type of slot that it can fill, or `number10`, `date`, `year` before it is decided.
        start, end: span in `Text.flat`.
        value: normalised JSON value; None for a near miss.
        problem: why it cannot be right (key of phrases), None for a good value.
        label: the client named the kind in words («стс», «дата рождения»).
    """

    kind: str
    start: int
    end: int
    value: Any = None
    problem: str | None = None
    label: str = ""
