"""What of a tenant's index a reader sees, so that hidden passages take no places from others.

The tables are asked again when passages are loaded; this only keeps the rankings free of what would be
dropped there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

Days = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Sight:
    """Limits of one search.

    Args:
        agents: documents for agents are seen, too.
        reader: the agent who asks; sees the documents that only this agent has.
        private: only documents for agents are seen.
        companies: only documents of these companies and of all; None for no such limit.
        product: only documents of this product and of all; None for no such limit.
        hidden: documents that are not in force today or are left out of a trial.
    """

    agents: bool = False
    reader: int | None = None
    private: bool = False
    companies: tuple[str, ...] | None = None
    product: str | None = None
    hidden: frozenset[int] = frozenset()


class Validity:
    """In which days the documents of one tenant answer; most have no limits and are not kept."""

    def __init__(self) -> None:
        self._days: dict[int, Days] = {}
        self._on: tuple[date, frozenset[int]] = (date.min, frozenset())

    def change(self, gone: Collection[int], added: Mapping[int, Days]) -> None:
        """Forget documents and take in new ones.

        Args:
            added: first and last day of each document, both included; None for no limit.
        """
        kept = {one: days for one, days in self._days.items() if one not in gone}
        kept.update((one, days) for one, days in added.items() if days != (None, None))
        self._days, self._on = kept, (date.min, frozenset())

    def hidden(self, today: date) -> frozenset[int]:
        """Documents that do not answer today."""
        day, found = self._on
        if day != today:
            found = frozenset(
                one
                for one, (since, until) in self._days.items()
                if (since or today) > today or (until or today) < today
            )
            self._on = today, found
        return found
