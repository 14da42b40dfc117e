"""Reads `Sentence. [[n|span]]` out of a stream whose pieces may be cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass

OPEN, CLOSE = "[[", "]]"
LONGEST = 2000  # characters of one sentence with its citations
NOBODY = 0  # `[[0]]`: the passages do not say
MALFORMED = -1
_ENDS = ".!?…"
_QUOTES = '»")'


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation as the model wrote it: number of the passage and its words."""

    number: int
    span: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence with its citations.

    Args:
        text: without citations, as the model wrote it.
        break_before: what parts it from the sentence before: a space, a line or a paragraph.
    """

    text: str
    marks: tuple[Mark, ...]
    break_before: str = " "


class UnitReader:
    """Collects pieces and gives whole sentences out.

    The same text gives the same sentences however it is cut: nothing is decided before the
    characters that decide it are there.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> list[Unit]:
        """Sentences that are whole now."""
        self._held += piece
        return self._take(last=False)

    def end(self) -> list[Unit]:
        """The rest, when nothing more comes."""
        return self._take(last=True)

    def _take(self, *, last: bool) -> list[Unit]:
        found = []
        while (cut := self._next(last=last)) is not None:
            unit, end = cut
            self._held = self._held[end:]
            if unit is not None:
                found.append(unit)
        return found

    def _next(self, *, last: bool) -> tuple[Unit | None, int] | None:
        if len(self._held) <= LONGEST:
            return _Scan(self._held, last).unit()
        # Decided by the first characters alone, so that the size of the pieces does not matter.
        view = self._held[:LONGEST]
        endless = (Unit(view.strip(), (Mark(MALFORMED),)), LONGEST)
        return _Scan(view, last=False).unit() or endless


class _Scan:
    """Looks for one sentence at the beginning of a text."""

    def __init__(self, text: str, last: bool) -> None:
        self._text = text
        self._last = last
        self._words = ""
        self._marks: list[Mark] = []

    def unit(self) -> tuple[Unit | None, int] | None:
        """The sentence (None for mere space) and where it ends; None while more is needed."""
        at = 0
        while True:
            opened = self._text.find(OPEN, at)
            if opened < 0:
                return self._rest(at)
            closed = self._closing(opened + len(OPEN))
            if closed is None:
                return self._broken(at)
            self._words += self._text[at:opened]
            self._marks.append(read_mark(self._text[opened + len(OPEN) : closed]))
            at = closed + len(CLOSE)
            after = self._after(at)
            if after is None:
                return None
            done, at = after
            if done:
                return self._made(at)

    def _rest(self, at: int) -> tuple[Unit | None, int] | None:
        if not self._last or not self._text:
            return None
        self._words += self._text[at:]
        return self._made(len(self._text))

    def _broken(self, at: int) -> tuple[Unit | None, int] | None:
        if not self._last:
            return None
        self._words += self._text[at:]
        self._marks.append(Mark(MALFORMED))
        return self._made(len(self._text))

    def _closing(self, at: int) -> int | None:
        closed = self._text.find(CLOSE, at)
        if closed < 0:
            return None
        # A span may itself end with a bracket: `[[1|см. [3]]]`.
        while self._text.startswith("]", closed + len(CLOSE)):
            closed += 1
        whole = closed + len(CLOSE) < len(self._text) or self._last
        return closed if whole else None

    def _after(self, at: int) -> tuple[bool, int] | None:
        """Whether the sentence ends here, and where the next one begins; None while unknown."""
        text, size = self._text, len(self._text)
        ahead = at
        while ahead < size and text[ahead] in " \t\u00a0":
            ahead += 1
        if ahead == size:
            return (True, size) if self._last else None
        if text[ahead] == "[":
            if ahead + 1 == size and not self._last:
                return None
            if text.startswith(OPEN, ahead):
                return False, ahead
        if self._words.rstrip().rstrip(_QUOTES).endswith(tuple(_ENDS)):
            return True, at
        if text[ahead] in _ENDS:
            return self._late_end(ahead)
        goes_on = text[ahead].islower() or text[ahead] in ",;:—–-)"
        return (False, at) if goes_on and "\n" not in text[at:ahead] else (True, at)

    def _late_end(self, at: int) -> tuple[bool, int] | None:
        """The full stop stands behind the citation: `…500 000 ₽ [[1|…]].`"""
        end = at
        while end < len(self._text) and self._text[end] in _ENDS:
            end += 1
        if end == len(self._text) and not self._last:
            return None
        self._words = self._words.rstrip() + self._text[at:end]
        return True, end

    def _made(self, end: int) -> tuple[Unit | None, int]:
        words = self._words.strip()
        if not words and not self._marks:
            return None, end
        lead = self._words[: len(self._words) - len(self._words.lstrip())]
        parted = "\n\n" if lead.count("\n") > 1 else "\n" if "\n" in lead else " "
        return Unit(words, tuple(self._marks), parted), end


def read_mark(inner: str) -> Mark:
    """What stands between the brackets: `3|words of the passage` or `0`."""
    number, parted, span = inner.partition("|")
    number = number.strip()
    if not (number.isascii() and number.isdigit()) or len(number) > 3:
        return Mark(MALFORMED, span)
    if not parted and int(number) != NOBODY:
        return Mark(MALFORMED)
    return Mark(int(number), span.strip())
