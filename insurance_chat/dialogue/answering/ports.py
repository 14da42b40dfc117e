"""The port of answering: a client's question in, a grounded answer out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from insurance_chat.dialogue.answering.grounded import Answer
from insurance_chat.dialogue.trace import Trace
from insurance_chat.dialogue.understanding.ports import HistoryLine

#: Is given the answer so far, each time it has grown by whole, checked sentences.
Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of a client with all that an answerer may use.

    Args:
        question: in the client's words.
        search: the question made whole by an understanding that has read the history; passages are
            looked for by it, the answer is for `question`.
        contact_id: who asks; an agent may have narrowed the answers to their own clients.
        history: the last messages, oldest first; bounded.
        summary: what was said before the history.
        known: values such as the client's name, to be masked before they leave the country.
        product: what the conversation is about; empty: the answerer's default.
        show: shows the answer while it grows; None when nobody watches. What was shown is not
            taken back: the answer returned begins with it.
    """

    question: str
    tenant_id: int
    contact_id: int
    search: str = ""
    history: Sequence[HistoryLine] = ()
    summary: str = ""
    known: tuple[str, ...] = ()
    trace: Trace = field(default_factory=Trace)
    product: str = ""
    show: Show | None = None


class Answerer(Protocol):
    """Answers questions from the knowledge base, or honestly does not."""

    async def answer(self, asking: Asking) -> Answer:
        """The answer with its citations; not `confident` when the documents do not say."""
        ...


class Rewording(Protocol):
    """Changes the tone of a ready phrase and nothing else."""

    async def rephrase(
        self, key: str, text: str, *, tenant_id: int, known: tuple[str, ...], trace: Trace
    ) -> str:
        """The phrase in another tone, or unchanged.

        Args:
            key: name of the phrase.
            text: with its values.
            known: names to be masked before they leave the country.
        """
        ...


class Within(Protocol):
    """Answers questions from the documents of some companies only."""

    async def answer_within(self, asking: Asking, companies: tuple[str, ...] | None) -> Answer:
        """The answer with its citations.

        Args:
            companies: only documents of these companies and general ones; None means all.
        """
        ...
