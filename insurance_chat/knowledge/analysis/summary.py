"""A summary out of the document's own sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from insurance_chat.knowledge.analysis.sentences import sentences
from insurance_chat.knowledge.passages import BULLET, Piece
from insurance_chat.knowledge.words import stems

SENTENCES = 3
READ_PASSAGES = 80
SHORTEST, LONGEST = 40, 320
_SUBJECT = re.compile(
    r"страх|полис|договор|выплат|возмещ|услови|правил|документ|определя|регулир|устанавлива", re.I
)


def summarise(title: str, pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Two or three sentences that say most, in the order of the text; headings and rows never."""
    found = _candidates(pieces)
    if not found:
        return ()
    weight = Counter(stem for words in (set(stems(text)) for _, text in found) for stem in words)
    titled = set(stems(title))

    def score(entry: tuple[int, str]) -> float:
        place, text = entry
        words = set(stems(text))
        common = sum(min(weight[word], 12) for word in words) / (len(words) + 4)
        return common + 2 * len(words & titled) + bool(_SUBJECT.search(text)) - place / 15

    best = sorted(sorted(found, key=score, reverse=True)[:SENTENCES])
    return tuple(text for _, text in best)


def _candidates(pieces: Sequence[Piece]) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    known: set[str] = set()
    for piece in pieces[:READ_PASSAGES]:
        for begin, end in sentences(piece.text):
            text = piece.text[begin:end].strip()
            whole = text[:1].isupper() and text.endswith((".", "!", "?")) and text not in known
            if whole and not text.startswith(BULLET) and SHORTEST <= len(text) <= LONGEST:
                known.add(text)
                out.append((len(out), text))
    return out
