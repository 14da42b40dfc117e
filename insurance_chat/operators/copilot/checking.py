"""Looks at every sentence of a draft before the agent sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from rapidfuzz import fuzz

from insurance_chat.core.money import format_rub
from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.dialogue.answering.money_guard import unsourced
from insurance_chat.dialogue.answering.sentences import sentence_spans, split_sentences
from insurance_chat.operators.copilot.facts import flat

SAME = 80  # likeness in per cent of a sentence and its quotation in other words


@dataclass(slots=True)
class Checker:
    """Lets sentences through whose sums of money have a source.

    Args:
        sources: texts that may be quoted, among them the agent's own words.
        amounts: sums of offers in the chat.
    """

    sources: tuple[str, ...]
    amounts: tuple[Decimal, ...] = ()
    dropped: set[Decimal] = field(default_factory=set)

    async def sentences(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        """Whole sentences of a stream with what stands between them; bad ones are left out."""
        started = False
        async for part in whole_sentences(pieces):
            if wrong := unsourced(part, self.amounts, self.sources):
                self.dropped |= wrong
            else:
                yield part if started else part.lstrip()
                started = True


async def whole_sentences(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Sentences of a stream as soon as each is whole, with what stands before it."""
    held = ""
    async for piece in pieces:
        held += piece
        spans = sentence_spans(held)
        # The last sentence may go on in the next piece.
        end = spans[-2][1] if len(spans) > 1 else 0
        for part in _cut(held[:end]):
            yield part
        held = held[end:]
    for part in _cut(held.rstrip()):
        yield part


def _cut(text: str) -> list[str]:
    parts, begin = [], 0
    for _, end in sentence_spans(text):
        parts.append(text[begin:end])
        begin = end
    return parts


def sums(amounts: Iterable[Decimal]) -> str:
    """«5 000 ₽, 7 200 ₽» for a warning."""
    return ", ".join(format_rub(amount) for amount in sorted(amounts))


def quoted_in(text: str, citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Those citations of which a sentence stands in the text, word for word or nearly so."""
    have = [flat(sentence) for sentence in split_sentences(text)]
    return numbered(
        citation
        for citation in citations
        if any(
            fuzz.ratio(flat(sentence), one, score_cutoff=SAME)
            for sentence in split_sentences(citation.quote)
            for one in have
        )
    )


def numbered(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Citations of one draft, each passage once, counted from 1."""
    unique: dict[tuple[str, str], Citation] = {}
    for citation in citations:
        unique.setdefault((citation.document_id, citation.section), citation)
    return tuple(
        Citation(
            n=n,
            document_id=one.document_id,
            title=one.title,
            page=one.page,
            section=one.section,
            quote=one.quote,
        )
        for n, one in enumerate(unique.values(), start=1)
    )
