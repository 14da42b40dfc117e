"""The client's words prepared for extractors: cleaned, lower-cased, numbers in words as digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from insurance_chat.core.spoken_numbers import Word, spoken_numbers

LIMIT = 4000  # a longer message is not a fact; the rest is not read
BLOT = "¦"  # stands for words that another extractor has already explained
_TOKEN = re.compile(r"[a-zа-я]+|\d+|[^\w\s]|_")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_KEYCAP = "\u20e3"


def clean(raw: str) -> str:
    """Readable text: NFKC, no invisible or direction characters, plain dashes, # for №, bounded length."""
    if raw.isascii():
        return raw[:LIMIT].replace("\x00", " ")
    text = unicodedata.normalize("NFKC", raw[: LIMIT * 2].replace("№", "#"))[:LIMIT].translate(
        _DASHES
    )
    if text.isprintable():
        return text.replace(_KEYCAP, "")
    return "".join(
        " " if char.isspace() and char != "\n" else char
        for char in text
        if unicodedata.category(char) not in {"Cf", "Cc", "Cs", "Co"} or char in "\n\t"
    ).replace(_KEYCAP, "")


def _lower(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):  # «İ» becomes two characters, and positions would shift
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return low.replace("ё", "е")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a sign; `start` and `end` are positions in `Text.flat`."""

    text: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Digits only."""
        return self.text[0].isdigit()

    @property
    def is_word(self) -> bool:
        """Letters only."""
        return self.text[0].isalpha()


class Text:
    """One message.

    `source` keeps the case, `low` is the same in lower case without ё, `flat` is `low` with spoken
    numbers replaced by digits («сорок пять десять» → «45 10»). Spans are positions in `flat`.
    """

    def __init__(self, raw: str) -> None:
        """Clean and index one message (or several, joined by line breaks)."""
        self.source = clean(raw)
        self.low = _lower(self.source)
        words = [Word(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(self.low)]
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for number in spoken_numbers(words):
            pieces.append(self.low[at : number.start])
            starts.extend(range(at, number.start))
            ends.extend(range(at + 1, number.start + 1))
            pieces.append(number.digits)
            starts.extend([number.start] * len(number.digits))
            ends.extend([number.end] * len(number.digits))
            at = number.end
        pieces.append(self.low[at:])
        starts.extend(range(at, len(self.low)))
        ends.extend(range(at + 1, len(self.low) + 1))
        self.flat = "".join(pieces)
        self._starts, self._ends = starts, ends

    @cached_property
    def tokens(self) -> list[Token]:
        """Tokens of `flat`."""
        return [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(self.flat)]

    def raw(self, start: int, end: int) -> str:
        """What the client typed at a span of `flat`."""
        if end <= start:
            return ""
        return self.source[self._starts[start] : self._ends[end - 1]].strip()

    def was_spoken(self, start: int, end: int) -> bool:
        """True if the span of `flat` comes from numbers in words."""
        return self.raw(start, end).lower() != self.flat[start:end].strip()

    def without(self, spans: Iterable[tuple[int, int]]) -> Text:
        """The same text with the spans blotted out, so that no other extractor reads them."""
        chars = list(self.flat)
        for start, end in spans:
            chars[start:end] = BLOT * (end - start)
        other = object.__new__(Text)
        other.source, other.low = self.source, self.low
        other._starts, other._ends = self._starts, self._ends
        other.flat = "".join(chars)
        return other
