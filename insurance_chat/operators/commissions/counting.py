"""Which rule counts for a policy, and how much it makes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from insurance_chat.core.money import to_kopecks
from insurance_chat.operators.commissions.types import RuleKind


class Rule(Protocol):
    """What the choice reads of a rule; None in a scope means «any»."""

    id: int
    product: str | None
    company: str | None
    operator_id: int | None
    kind: str
    value: Decimal
    valid_from: date
    valid_to: date | None


class Sold(Protocol):
    """What the choice reads of a sold policy."""

    @property
    def product(self) -> str:
        """Product, e.g. `osago`."""
        ...

    @property
    def company_code(self) -> str:
        """Slug of the insurer."""
        ...

    @property
    def operator_id(self) -> int:
        """Whose policy it is."""
        ...


def choose(rules: Iterable[Rule], sold: Sold, on: date) -> Rule | None:
    """The most specific rule in force: agent before company before product, then the latest.

    A rule for an agent and a company beats one for the agent alone; a rule for the agent alone beats
    one for a company and a product.

    Args:
        on: Moscow date of the issue.

    Returns:
        None when no rule fits.
    """
    fitting = [rule for rule in rules if _in_force(rule, on) and _fits(rule, sold)]
    return max(fitting, key=_rank, default=None)


def commission(rule: Rule, premium: Decimal) -> Decimal:
    """Roubles that a rule makes of a premium, half up to kopecks, rounded once."""
    if rule.kind == RuleKind.PERCENT:
        return to_kopecks(premium * rule.value / 100)
    return to_kopecks(rule.value)


def _in_force(rule: Rule, on: date) -> bool:
    return rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to)


def _fits(rule: Rule, sold: Sold) -> bool:
    return (
        rule.product in (None, sold.product)
        and rule.company in (None, sold.company_code)
        and rule.operator_id in (None, sold.operator_id)
    )


def _rank(rule: Rule) -> tuple[bool, bool, bool, date, int]:
    return (
        rule.operator_id is not None,
        rule.company is not None,
        rule.product is not None,
        rule.valid_from,
        rule.id,
    )
