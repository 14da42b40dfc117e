"""Cuts Russian text into sentences and lines that can be quoted on their own."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…][»\")]*(?=\s+[«\"(]?[А-ЯЁA-Z0-9])")
_SHORTENED = re.compile(
    r"^\d{1,2}\.$|(?:^|[\s(«])(?:ст|п|пп|ч|г|гг|т|д|е|руб|коп|тыс|млн|ул|им|стр|рис|см|напр|др|пр|мес|л|с|[А-ЯЁ])\.$"
)
BULLET = "• "
LONGEST_SHORTENED = 12  # characters, with room for what stands before and after


def split_sentences(text: str) -> list[str]:
    """Sentences of a passage in order; a list item or a table row counts as one.

    Shortened words («ст.», «руб.», «т. е.», initials) do not end a sentence.
    """
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of `split_sentences` begin and end in the text."""
    found: list[tuple[int, int]] = []
    begin = 0
    for line in text.split("\n"):
        ends = [] if line.startswith(BULLET) else [match.end() for match in _END.finditer(line)]
        start = 0
        for end in [*ends, len(line)]:
            # Only the last word is looked at: initials in a row are not read again and again.
            tail = line[max(start, end - LONGEST_SHORTENED) : end].strip().rstrip('»")')
            if end < len(line) and _SHORTENED.search(tail):
                continue
            held = line[start:end]
            left = len(held) - len(held.lstrip())
            if held.strip():
                found.append((begin + start + left, begin + start + len(held.rstrip())))
            start = end
        begin += len(line) + 1
    return found


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
