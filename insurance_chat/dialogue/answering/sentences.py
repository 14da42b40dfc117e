"""Cuts Russian text into sentences and lines that can be quoted on their own."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?…])[»\")]*\s+(?=[«\"(]?[А-ЯЁA-Z0-9])")
_SHORTENED = re.compile(
    r"^\d{1,2}\.$|(?:^|[\s(«])(?:ст|п|пп|ч|г|гг|т|д|е|руб|коп|тыс|млн|ул|им|стр|рис|см|напр|др|пр|мес|л|с|[А-ЯЁ])\.$"
)
BULLET = "• "


def split_sentences(text: str) -> list[str]:
    """Sentences of a passage in order; a list item or a table row counts as one.

    Shortened words («ст.», «руб.», «т. е.», initials) do not end a sentence.
    """
    found: list[str] = []
    for line in text.split("\n"):
        if line.startswith(BULLET):
            found.append(line)
            continue
        held = ""
        for part in _END.split(line):
            held = f"{held} {part}".strip()
            if not _SHORTENED.search(held):
                found.append(held)
                held = ""
        if held:
            found.append(held)
    return [sentence for sentence in found if sentence]


def join_sentences(sentences: list[str]) -> str:
    """Put sentences together again: items on lines of their own, the rest in a row."""
    out = ""
    for sentence in sentences:
        item = sentence.startswith(BULLET)
        if not out:
            out = sentence
        elif item or out.rsplit("\n", 1)[-1].startswith(BULLET):
            out += "\n" + sentence
        else:
            out += " " + sentence
    return out
