"""Sentences of a passage."""

from __future__ import annotations

import re

LONGEST = 400  # characters of a quote
# «г.», «ст.», «тыс.» and initials do not end a sentence; a lower-case letter after them tells.
_END = re.compile(r"(?<![\s.][А-ЯЁа-яё])(?<!\bст)(?<!\bтыс)[.!?…]\s+(?=[А-ЯЁA-Z«\d•])|\n")


def sentences(text: str) -> list[tuple[int, int]]:
    """Begin and end of every sentence; a row of a table or an item of a list is one."""
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        spans.append((begin, match.start() + (0 if match.group() == "\n" else 1)))
        begin = match.end()
    spans.append((begin, len(text)))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def sentence_around(text: str, begin: int, end: int) -> str:
    """The sentence in which a fragment stands, cut around it when it is very long."""
    left = max((stop for _, stop in sentences(text) if stop <= begin), default=0)
    right = next((stop for _, stop in sentences(text) if stop >= end), len(text))
    left = max(left, end - LONGEST)
    return text[left : min(right, left + LONGEST)].strip(" \n•")
