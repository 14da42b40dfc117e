"""A second opinion on messages that the rules are not sure about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from insurance_chat.operators.pull_away.types import Level, Verdict


@dataclass(frozen=True, slots=True)
class Question:
    """A message in the grey zone.

    Args:
        tenant_id: whose agent wrote it.
        text: as the agent typed it, with contacts masked.
        verdict: what the rules say.
        names: of people in the chat, to be hidden from a model abroad.
    """

    tenant_id: int
    text: str
    verdict: Verdict
    names: tuple[str, ...] = ()


class SecondOpinion(Protocol):
    """Looks at a message again; a language model for one. It is asked with no transaction open."""

    async def look(self, question: Question) -> Level:
        """What should happen to the message; the service never goes below what the rules say.

        Raises:
            ServiceError: nobody answered; the verdict of the rules stays.
        """
        ...


class RulesAreEnough:
    """The opinion when no model is configured: what the rules say."""

    async def look(self, question: Question) -> Level:
        """The level of the rules."""
        return question.verdict.level
