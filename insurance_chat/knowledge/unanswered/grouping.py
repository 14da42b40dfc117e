"""Which questions mean the same, by stems, other names of a thing and pieces of words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from insurance_chat.knowledge.asked import AskedQuestions, asked_questions
from insurance_chat.knowledge.words import read_question

ALIKE = 0.5  # likeness from which on two questions are one; see tests/slices/knowledge


def group_alike(texts: Sequence[str]) -> list[list[int]]:
    """Groups of places in the list; the first of a group is its head.

    Every question joins the likest head among those before it, else it becomes a head. The words
    of all are indexed once, so a thousand different questions take about a second.

    Args:
        texts: the questions, newest first.
    """
    keys = [" ".join(text.lower().split()).rstrip("?!. ") for text in texts]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    examples = [(key, str(place)) for key, place in first.items()]
    index = AskedQuestions(examples, weighed_by=asked_questions())
    groups: dict[int, list[int]] = {}
    heads: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key not in heads:
            heads[key] = _likest(index, key, groups.keys(), place)
        groups.setdefault(heads[key], []).append(place)
    return list(groups.values())


def _likest(index: AskedQuestions, key: str, heads: Collection[int], place: int) -> int:
    """The likest head, else the question itself."""
    for found, alike in index.nearest(read_question(key)).places.items():
        if alike < ALIKE:
            break
        if int(found) in heads:
            return int(found)
    return place
