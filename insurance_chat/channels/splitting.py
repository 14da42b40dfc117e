"""Cutting a long text between paragraphs, sentences, words: in this order, never inside a link."""

from __future__ import annotations

import re

_ENDS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…»)])\s+(?=[«(\w—•-])"),
    re.compile(r"\s+"),
)
_LINK = re.compile(r"\[[^\]\n]*\]\([^)\s]*\)")


def split(text: str, longest: int) -> list[str]:
    """Pieces of a text, each at most so many letters, in order.

    A bold passage that is cut goes on bold; the pieces hold every word of the text.
    """
    pieces: list[str] = []
    left = text.strip()
    while len(left) > longest:
        at = _place(left, longest)
        head, left = left[:at].rstrip(), left[at:].lstrip()
        if head.count("**") % 2:
            head, left = f"{head}**", f"**{left}"
        pieces.append(head)
    return [*pieces, left] if left else pieces


def _place(text: str, longest: int) -> int:
    # Two letters stay free for the end of a bold passage.
    room = longest - 2
    links = [match.span() for match in _LINK.finditer(text[: longest * 2])]
    for ends in _ENDS:
        places = [
            match.start()
            for match in ends.finditer(text, 0, longest)
            if 0 < match.start() <= room
            and not any(begin < match.start() < end for begin, end in links)
        ]
        # A piece of a few words looks torn off: rather cut at a smaller pause.
        good = [place for place in places if place >= room // 3]
        if good:
            return good[-1]
    return room
