"""A second opinion on messages that the rules are not sure about."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.operators.pull_away.types import Level, Verdict


class SecondOpinion(Protocol):
    """Looks at a message again; a language model for one. It is asked with no transaction open."""

    async def look(self, text: str, verdict: Verdict) -> Level:
        """What should happen to the message.

        Args:
            text: as the agent typed it, with contacts masked.
            verdict: what the rules say; it is in the grey zone.

        Raises:
            ServiceError: nobody answered; the verdict of the rules stays.
        """
        ...


class RulesAreEnough:
    """The opinion when no model is configured: what the rules say."""

    async def look(self, text: str, verdict: Verdict) -> Level:
        """The level of the rules."""
        return verdict.level
