"""Finds numbers said in words and turns them into digits («две тысячи пятнадцатого» → 2015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from insurance_chat.core.number_words import (
    HALVES,
    MULTIPLIERS,
    SLANG_MILLION,
    number_words,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A token of the text with its position."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A number in words at a position, and the digits that stand for it."""

    start: int
    end: int
    digits: str


def _rank(value: int) -> int:
    """What a word may follow: hundreds take tens, tens take units; 10-19 stand where units stand."""
    if value >= 100:
        return 3
    if value >= 20:
        return 2
    return 1


class _Reader:
    """Reads one number from a position; knows only grammar, no positions in the text."""

    def __init__(self, words: Sequence[Word], at: int) -> None:
        self.words = words
        self.at = at
        self.total = Decimal(0)
        self.chunk: Decimal | None = None
        self.rank = 9
        self.closed = False
        self.slang = False
        self.spoken = False
        self.scale = 10**9

    def read(self) -> int:
        """Index after the number; equal to the first index when there is none."""
        while self.at < len(self.words) and not self.closed and self._step():
            pass
        return self.at

    def _step(self) -> bool:
        word = self.words[self.at].text
        if word in MULTIPLIERS:
            return self._multiply(word)
        if word in HALVES and self.chunk is None and not self.total:
            return self._half(word)
        known = number_words().get(word)
        if known:
            return self._add(*known)
        if word.isdigit() and self.chunk is None:
            return self._typed(word)
        return self._and_half(word)

    def _follows(self, index: int) -> str:
        return self.words[index].text if index < len(self.words) else ""

    def _multiply(self, word: str) -> bool:
        factor = MULTIPLIERS[word]
        bare = self.chunk is None and not self.total
        if factor >= self.scale or (bare and word in {"тыс", "млн", "штук", "штуки", "штука"}):
            return False
        self.total += (self.chunk if self.chunk is not None else Decimal(1)) * factor
        self.chunk, self.rank, self.scale = None, 9, factor
        self.slang, self.spoken = word in SLANG_MILLION, True
        self.at += 1
        return True

    def _half(self, word: str) -> bool:
        if word == "пол" and self._follows(self.at + 1) not in MULTIPLIERS:
            return False
        self.chunk, self.rank, self.spoken = Decimal(HALVES[word]), 0, True
        self.at += 1
        return True

    def _add(self, value: int, ordinal: bool) -> bool:
        started = self.chunk is not None or bool(self.total)
        if value == 0 or value >= 1000:
            if started:
                return False
            self.chunk, self.closed = Decimal(value), True
        else:
            rank = _rank(value)
            if rank >= self.rank or (10 <= value < 20 and self.rank < 3):
                return False
            self.chunk = (self.chunk or Decimal(0)) + value
            self.rank = rank
            self.closed = ordinal
        self.spoken = True
        self.at += 1
        return True

    def _typed(self, word: str) -> bool:
        """Digits count only before «тыс», «млн», «с половиной»: «2,3 млн», «9 тыс»."""
        value, size = Decimal(word[:9]), 1
        if self.total and (len(word) > 3 or word[0] == "0"):
            return False
        decimals = self._follows(self.at + 2)
        if self._follows(self.at + 1) in {",", "."} and decimals.isdigit():
            near = self.words[self.at].end == self.words[self.at + 1].start
            if near and len(decimals) <= 3:
                value, size = Decimal(f"{word[:9]}.{decimals}"), 3
        following = self._follows(self.at + size)
        if (following not in MULTIPLIERS or following.startswith("штук")) and not self.total:
            return False
        self.chunk, self.rank = value, 0
        self.at += size
        return True

    def _and_half(self, word: str) -> bool:
        pair = word == "с" and self._follows(self.at + 1) == "половиной"
        if not pair or self.chunk is None:
            return False
        self.chunk += Decimal("0.5")
        self.rank, self.spoken = 0, True
        self.at += 2
        return True

    def digits(self) -> str:
        """The value without a needless fraction; «два ляма триста» are 2 300 000."""
        rest = self.chunk or Decimal(0)
        if self.slang and rest >= 10:
            rest *= 1000
        value = self.total + rest
        return str(int(value)) if value == value.to_integral_value() else str(value.normalize())


def spoken_numbers(words: Sequence[Word]) -> Iterator[SpokenNumber]:
    """Numbers in words, left to right, never overlapping.

    Dictated digits stay apart («три два один» gives three numbers), so that a plate or a VIN can be
    put together from them; «двадцать восьмого ноября восемьдесят пятого» gives 28 and 85.
    """
    vocabulary = number_words()
    at = 0
    while at < len(words):
        word = words[at].text
        if not (word in vocabulary or word in MULTIPLIERS or word in HALVES or word.isdigit()):
            at += 1
            continue
        reader = _Reader(words, at)
        end = reader.read()
        if end == at or not reader.spoken:
            at = max(at + 1, end)
            continue
        yield SpokenNumber(words[at].start, words[end - 1].end, reader.digits())
        at = end
