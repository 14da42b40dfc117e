"""What is found in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["phone", "username", "email", "url", "card", "wallet"]


@dataclass(frozen=True, slots=True)
class Spotted:
    """A contact or a place for money, at a span of the original text.

    Args:
        value: one written form: `+79161234567`, `ivan@mail.ru`, `t.me/ivan`, digits of a card.
        start, end: positions in the text that was searched.
    """

    kind: Kind
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """The same at a span of the normalised text."""

    kind: Kind
    value: str
    start: int
    end: int
