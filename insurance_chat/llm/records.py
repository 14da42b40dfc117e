"""Plain values that the queries of this slice give and take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from insurance_chat.llm.models import AiToken


@dataclass(frozen=True, slots=True)
class Spent:
    """What a key has used: requests today and this month, tokens this month."""

    daily: int = 0
    monthly: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """A key with what it has used."""

    token: AiToken
    spent: Spent

    @property
    def has_room(self) -> bool:
        """Neither limit is reached."""
        daily, monthly = self.token.daily_limit, self.token.monthly_limit
        return (daily is None or self.spent.daily < daily) and (
            monthly is None or self.spent.monthly < monthly
        )


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that is about to be made."""

    id: UUID
    token_id: int
    day: date
    model: str
