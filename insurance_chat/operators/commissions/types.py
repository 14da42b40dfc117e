"""Words of the ledger: statuses, kinds of lines, what needs a look, signs in a chat."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an entry stands. `review` waits for the administrator; `cancelled` is the end."""

    REVIEW = "review"
    ACCRUED = "accrued"
    CONFIRMED = "confirmed"
    PAID = "paid"
    CANCELLED = "cancelled"


#: The only moves that there are. A paid entry can be cancelled: its reversal is a new line.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.REVIEW: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.ACCRUED: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.PAID, Status.CANCELLED}),
    Status.PAID: frozenset({Status.CANCELLED}),
    Status.CANCELLED: frozenset(),
}


class LineKind(StrEnum):
    """Why a line of money was written; a line is never changed."""

    ACCRUAL = "accrual"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


class RuleKind(StrEnum):
    """How a rule counts: a share of the premium, or a sum for each policy."""

    PERCENT = "percent"
    FIXED = "fixed"


class Attention(StrEnum):
    """Why the administrator has to look at an entry."""

    NO_RULE = "no_rule"
    CANCELLED_AT_INSURER = "cancelled_at_insurer"


class Sign(StrEnum):
    """What in a chat looks like a sale outside the service."""

    PAYMENT_MADE = "payment_made"
    POLICY_ISSUED = "policy_issued"
    POLICY_NUMBER = "policy_number"
