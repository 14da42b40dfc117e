"""What a writer of drafts is told and what it gives back; rules and language models fit alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from insurance_chat.dialogue.answering.grounded import Citation


class Task(StrEnum):
    """What the agent wants: an answer from the documents, own words tidied, a text changed."""

    ANSWER = "answer"
    WRITE = "write"
    CHANGE = "change"


class Style(StrEnum):
    """How the text should be."""

    SHORT = "short"
    LONG = "long"
    FORMAL = "formal"
    WARM = "warm"
    OTHER = "other"  # the same in other words


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that a writer may use; for a client's draft it holds nothing that is not public.

    Args:
        task: what to do.
        words: the client's question for `ANSWER`, the agent's own words for `WRITE`, the text in the
            agent's box for `CHANGE`.
        styles: wishes in the order in which they were made.
        passages: public passages that answer; a draft says nothing that they do not say.
        more: further public passages, for «подробнее».
        client_name: first name, with a patronymic where known.
        greet: the agent has not spoken in this chat yet.
        still_needed: Russian names of facts that the sale waits for.
        signature: how the agent signs a formal letter.
        tenant_id: whose keys a language model is asked with; None asks no model.
    """

    task: Task
    words: str
    styles: tuple[Style, ...] = ()
    passages: tuple[Citation, ...] = ()
    more: tuple[Citation, ...] = ()
    client_name: str | None = None
    greet: bool = False
    still_needed: tuple[str, ...] = ()
    signature: str = ""
    tenant_id: int | None = None


class DraftWriter(Protocol):
    """Writes the text of a draft. Every sentence is checked by the caller before anybody sees it."""

    def variants(self, brief: Brief) -> int:
        """How many different drafts can be asked for; 0 when there is nothing to write from."""
        ...

    def write(self, brief: Brief, variant: int) -> AsyncIterator[str]:
        """Pieces of the text as they come; put together they are the whole draft.

        Args:
            variant: counted from 0; a number beyond the last begins anew.
        """
        ...
