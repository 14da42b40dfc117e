"""What the queries of the ledger take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from insurance_chat.operators.commissions.models import Commission


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filter of entries and lines; None or empty takes everything.

    Args:
        since, until: booked in this range of Moscow dates, `until` not included.
        agent: public id of the agent.
        attention: only what waits for the administrator.
    """

    since: date | None = None
    until: date | None = None
    operator_id: int | None = None
    agent: UUID | None = None
    status: str = ""
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with its sum and the names that a screen shows."""

    entry: Commission
    amount: Decimal
    agent: UUID
    agent_name: str
    policy: UUID | None
    session: UUID | None


@dataclass(frozen=True, slots=True)
class Sum:
    """Lines of one agent from one month in one status, added up."""

    month: date
    agent: UUID
    agent_name: str
    status: str
    entries: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DueCheck:
    """An entry about whose policy the insurer is asked."""

    commission_id: int
    tenant_id: int
    product: str
    draft_id: str
    paid: bool
