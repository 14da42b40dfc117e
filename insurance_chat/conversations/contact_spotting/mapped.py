"""A text that was rewritten and still knows which part of the original each character comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """Rewritten text.

    Args:
        starts, ends: where in the original the source of each character begins and ends.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def replace(self, edits: Iterable[Edit]) -> Mapped:
        """The text with parts replaced.

        Args:
            edits: `(start, end, new text)` from left to right, never overlapping.
        """
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in edits:
            pieces += (self.text[at:start], new)
            starts.extend(self.starts[at:start])
            ends.extend(self.ends[at:start])
            starts.extend([self.starts[start]] * len(new))
            ends.extend([self.ends[end - 1]] * len(new))
            at = end
        if not at:
            return self
        pieces.append(self.text[at:])
        starts.extend(self.starts[at:])
        ends.extend(self.ends[at:])
        return Mapped("".join(pieces), starts, ends)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original behind a part of the rewritten text that is not empty."""
        return self.starts[start], self.ends[end - 1]
