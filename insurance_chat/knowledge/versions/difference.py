"""What has changed between two versions of a document, in words that people read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from insurance_chat.knowledge.passages import Piece

ALIKE = 0.4  # of two passages from which on they are one that was changed
LONGEST = 4_000  # words of a passage that are compared one by one
_WORD = re.compile(r"\s+|[^\s]+")
Mark = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a passage: as before, taken out, or put in."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One passage that differs.

    Args:
        kind: `new`, `gone` or `changed`.
        place: its heading and page: «Франшиза, стр. 12»; of the new version when it is there.
        segments: its words, with what was taken out and put in.
    """

    kind: Literal["new", "gone", "changed"]
    place: str
    segments: tuple[Segment, ...]


def compare(before: Sequence[Piece], after: Sequence[Piece]) -> list[Change]:
    """Passages that are new, gone or changed, in the order of the new version.

    Args:
        before, after: the texts of the versions.
    """
    old, new = [_key(piece) for piece in before], [_key(piece) for piece in after]
    out: list[Change] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            out += _block(before[a:b], after[c:d])
    return out


def _block(before: Sequence[Piece], after: Sequence[Piece]) -> Iterator[Change]:
    left = list(before)
    for piece in after:
        twin = _nearest(piece, left)
        if twin is None:
            yield Change("new", _place(piece), (Segment("new", piece.text),))
            continue
        for gone in left[: left.index(twin)]:
            yield Change("gone", _place(gone), (Segment("gone", gone.text),))
        left = left[left.index(twin) + 1 :]
        yield Change("changed", _place(piece), tuple(_segments(twin.text, piece.text)))
    for gone in left:
        yield Change("gone", _place(gone), (Segment("gone", gone.text),))


def _nearest(piece: Piece, others: Sequence[Piece]) -> Piece | None:
    """The passage of the same heading, or of like words, that this one was before."""
    best, most = None, ALIKE
    for other in others[:50]:  # a whole document rewritten is shown as gone and new
        matcher = SequenceMatcher(None, other.text.split(), piece.text.split(), autojunk=False)
        same_place = 0.3 if other.heading_path == piece.heading_path else 0.0
        if matcher.quick_ratio() + same_place <= most:
            continue
        alike = matcher.ratio() + same_place
        if alike > most:
            best, most = other, alike
    return best


def _segments(before: str, after: str) -> Iterator[Segment]:
    old, new = _WORD.findall(before)[:LONGEST], _WORD.findall(after)[:LONGEST]
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Segment("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Segment("gone", "".join(old[a:b]))
        if d > c:
            yield Segment("new", "".join(new[c:d]))


def _key(piece: Piece) -> tuple[str, str]:
    return piece.heading_path, " ".join(piece.text.split())


def _place(piece: Piece) -> str:
    page = f"стр. {piece.page}" if piece.page is not None else ""
    return ", ".join(part for part in (piece.heading_path, page) if part) or "Без заголовка"
