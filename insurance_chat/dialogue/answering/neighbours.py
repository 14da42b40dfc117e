"""Puts a passage together with the neighbours that it was cut from, when the cut went through an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from insurance_chat.dialogue.answering.sentences import BULLET
from insurance_chat.knowledge.passages import WHOLE_ANSWER
from insurance_chat.knowledge.search import Hit

_WHOLE_ENDS = (".", "!", "?", "…", "»", ")")


def joined(best: Hit, hits: Sequence[Hit]) -> Hit:
    """The passage with its neighbours of the same section, as long as one does not end where it stops.

    A table or list that goes on in the next passage, a sentence that leads into one, a text without
    its end: such parts are quoted as one. Nothing longer than a whole answer comes of it.

    Args:
        hits: the passages found; neighbours are looked for among them.
    """
    parts = {hit.idx: hit for hit in hits if _place(hit) == _place(best)}
    first = last = best.idx
    size = len(best.text)
    while (before := parts.get(first - 1)) and _goes_on(before.text, parts[first].text):
        size += len(before.text)
        if size > WHOLE_ANSWER:
            break
        first -= 1
    while (after := parts.get(last + 1)) and _goes_on(parts[last].text, after.text):
        size += len(after.text)
        if size > WHOLE_ANSWER:
            break
        last += 1
    if first == last:
        return best
    text = "\n".join(parts[at].text for at in range(first, last + 1))
    return replace(best, text=text, page=parts[first].page)


def _place(hit: Hit) -> tuple[str, str]:
    return hit.document_public_id, hit.heading


def _goes_on(text: str, after: str) -> bool:
    """Whether two neighbours were one table, one list or one sentence before they were cut."""
    last = text.rstrip().rsplit("\n", 1)[-1]
    if after.startswith(BULLET):
        return last.startswith(BULLET) or last.endswith(":")
    return not last.startswith(BULLET) and not last.endswith(_WHOLE_ENDS)
