"""Who looks at what the rules understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from typing_extensions import override

from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.passages import Piece


class Analyst(Protocol):
    """Improves an analysis; never fails, at worst it returns what it was given."""

    async def improve(
        self, tenant_id: int, analysis: Analysis, pieces: Sequence[Piece]
    ) -> Analysis:
        """Add and correct values; each keeps a quote that stands in the text."""
        ...


class RulesOnly(Analyst):
    """Leaves it at the rules."""

    @override
    async def improve(
        self, tenant_id: int, analysis: Analysis, pieces: Sequence[Piece]
    ) -> Analysis:
        """The same analysis."""
        return analysis
