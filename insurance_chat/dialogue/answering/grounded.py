"""Answers a question with the words of the knowledge base, or says that nothing fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from insurance_chat.dialogue.answering.neighbours import joined
from insurance_chat.dialogue.answering.quoting import asks_for_table, quote, rows_with_numbers
from insurance_chat.dialogue.answering.sentences import BULLET
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import Audience, Hit, SearchQuery
from insurance_chat.knowledge.sureness import confidence, sure
from insurance_chat.knowledge.words import Question, read_question

LONGEST = 700  # characters of a quotation that was put together
DEFAULT_PRODUCT = "osago"
PARTS = 8  # passages among which the rest of a section is looked for


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from. `url` is filled in at the door that knows how links look."""

    n: int
    document_id: str
    title: str
    page: int | None
    section: str
    quote: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the knowledge base says; `confident` is false and `text` empty when it says nothing.

    Args:
        fault: what a model wrote and may not be shown, for an incident; empty when nothing.
    """

    text: str
    citations: tuple[Citation, ...]
    confident: bool
    fault: Mapping[str, str] = field(default_factory=dict)


NOTHING = Answer("", (), confident=False)


@dataclass(frozen=True, slots=True)
class Near:
    """What was found for a question.

    Args:
        answer: the quotation of the best passage.
        hits: the best passage, then others about the same product in the order of their scores.
        scores: how surely each of them answers, 0..1.
    """

    answer: Answer
    hits: tuple[Hit, ...]
    scores: tuple[float, ...]


class ExtractiveAnswerer:
    """Quotes the best passage; never makes a sentence of its own.

    Args:
        index: the knowledge base.
    """

    def __init__(self, index: KnowledgeIndex) -> None:
        self._index = index

    async def answer(
        self,
        question: str,
        *,
        tenant_id: int,
        audience: Audience = "public",
        product: str = DEFAULT_PRODUCT,
        companies: tuple[str, ...] | None = None,
        reader: int | None = None,
    ) -> Answer:
        """Answer from the best passage if it covers the question.

        Args:
            question: the client's words.
            tenant_id: whose knowledge base.
            audience: `agents` also sees documents for agents only.
            product: what the conversation is about; documents of another product answer only when
                the question names that product.
            companies: only documents of these companies and general ones; None means all.
            reader: id of the agent who asks; nobody else is answered from that agent's own documents.

        Returns:
            The quotation with its citation, or `NOTHING` when it does not fit the question.
        """
        near = await self.near(
            question,
            tenant_id=tenant_id,
            audience=audience,
            product=product,
            companies=companies,
            reader=reader,
        )
        return near.answer if near is not None else NOTHING

    async def near(
        self,
        question: str,
        *,
        tenant_id: int,
        audience: Audience = "public",
        product: str = DEFAULT_PRODUCT,
        companies: tuple[str, ...] | None = None,
        reader: int | None = None,
    ) -> Near | None:
        """Passages near a question, for somebody who writes the answer himself.

        Args: as of `answer`.

        Returns:
            None when no passage fits the question.
        """
        query = SearchQuery(
            tenant_id,
            question,
            audience,
            limit=PARTS,
            prefer=product,
            companies=companies,
            reader=reader,
        )
        read = read_question(question)
        hits = await self._index.search(query, read)
        best = choose(read, hits)
        if best is None:
            return None
        best = _whole(_sibling(best, hits, read), hits, read)
        citation = _cite(1, best, quote(best, read))
        others = [hit for hit in hits if hit.passage_id != best.passage_id and not hit.foreign]
        found = (best, *others)
        return Near(
            Answer(citation.quote, (citation,), confident=True),
            found,
            tuple(round(confidence(read, hit), 3) for hit in found),
        )

    async def passages(
        self,
        question: str,
        *,
        tenant_id: int,
        audience: Audience = "public",
        product: str = DEFAULT_PRODUCT,
        companies: tuple[str, ...] | None = None,
        reader: int | None = None,
    ) -> tuple[Citation, ...]:
        """Everything that answers a question, for somebody who wants to read more than one passage.

        Args: as of `answer`.

        Returns:
            The answer first, then the whole passage that it was quoted from when that says more,
            then other passages that fit by themselves; empty when nothing fits.
        """
        query = SearchQuery(
            tenant_id,
            question,
            audience,
            limit=PARTS,
            prefer=product,
            companies=companies,
            reader=reader,
        )
        read = read_question(question)
        hits = await self._index.search(query, read)
        best = choose(read, hits)
        if best is None:
            return ()
        best = _whole(_sibling(best, hits, read), hits, read)
        found = [(best, quote(best, read))]
        if best.text != found[0][1]:
            found.append((best, best.text))
        others = [
            hit
            for hit in hits
            if hit.passage_id != best.passage_id
            and not hit.foreign
            and choose(read, [hit]) is not None
        ]
        found += [(hit, quote(hit, read)) for hit in others]
        return tuple(_cite(n, hit, text) for n, (hit, text) in enumerate(found, start=1))


def _cite(n: int, hit: Hit, text: str) -> Citation:
    return Citation(
        n=n,
        document_id=hit.document_public_id,
        title=hit.title,
        page=hit.page,
        section=hit.heading,
        quote=text,
    )


def choose(question: Question, hits: Sequence[Hit]) -> Hit | None:
    """The best passage, or None when it does not fit the question well enough.

    A lower passage is never tried instead: that was measured to bring more wrong answers than
    right ones.
    """
    if not hits:
        return None
    return hits[0] if sure(question, hits[0]) else None


def _whole(best: Hit, hits: Sequence[Hit], question: Question) -> Hit:
    """The passage with what was cut off it, unless that makes the quotation too long for a chat."""
    whole = joined(best, hits)
    fits = whole is best or asks_for_table(question) or len(quote(whole, question)) <= LONGEST
    return whole if fits else best


def _sibling(best: Hit, hits: Sequence[Hit], question: Question) -> Hit:
    """The part of the same section that has the table rows asked for, else the passage itself."""
    parts = [hit for hit in hits if (hit.heading, hit.title) == (best.heading, best.title)]
    if asks_for_table(question):
        return next((hit for hit in parts if f"\n{BULLET}" in f"\n{hit.text}"), best)
    return next((hit for hit in parts if rows_with_numbers(hit.text, question)), best)
