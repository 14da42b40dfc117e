"""Answers in the words of the knowledge base alone."""

from __future__ import annotations

from insurance_chat.dialogue.answering.grounded import (
    DEFAULT_PRODUCT,
    NOTHING,
    Answer,
    ExtractiveAnswerer,
    Near,
)
from insurance_chat.dialogue.answering.ports import Asking
from insurance_chat.dialogue.trace import Trace


class QuotingAnswerer:
    """Quotes the best passage and tells the trace where it looked.

    Args:
        answerer: finds the passage.
    """

    def __init__(self, answerer: ExtractiveAnswerer) -> None:
        self._answerer = answerer

    async def answer_within(self, asking: Asking, companies: tuple[str, ...] | None) -> Answer:
        """See the port `Within`."""
        near = await self.look(asking, companies)
        found = near.answer if near is not None else NOTHING
        asking.trace.note("answer", by="rules", confident=found.confident)
        return found

    async def look(self, asking: Asking, companies: tuple[str, ...] | None) -> Near | None:
        """Passages near the question that clients may see; None when none fits."""
        near = await self._answerer.near(
            asking.search or asking.question,
            tenant_id=asking.tenant_id,
            companies=companies,
            product=asking.product or DEFAULT_PRODUCT,
        )
        note_search(asking.trace, near)
        return near


def note_search(trace: Trace, near: Near | None) -> None:
    """Write down what was found."""
    listed = zip(near.hits, near.scores, strict=True) if near is not None else ()
    trace.note(
        "search",
        passages=[
            {
                "title": hit.title,
                "page": hit.page,
                "section": hit.heading,
                "score": score,
                "documentId": hit.document_public_id,
            }
            for hit, score in listed
        ],
    )
