"""Which rule counts, and how much it makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.operators.commissions.counting import choose, commission

DAY = date(2026, 11, 21)


@dataclass
class _Rule:
    id: int = 1
    product: str | None = None
    company: str | None = None
    operator_id: int | None = None
    kind: str = "percent"
    value: Decimal = Decimal(10)
    valid_from: date = DAY
    valid_to: date | None = None


@dataclass(frozen=True)
class _Sold:
    product: str = "osago"
    company_code: str = "reso"
    operator_id: int = 7


FROM_WEAK_TO_STRONG = [
    _Rule(1),
    _Rule(2, product="osago"),
    _Rule(3, company="reso"),
    _Rule(4, company="reso", product="osago"),
    _Rule(5, operator_id=7),
    _Rule(6, operator_id=7, product="osago"),
    _Rule(7, operator_id=7, company="reso"),
    _Rule(8, operator_id=7, company="reso", product="osago"),
]


@pytest.mark.parametrize("strongest", range(1, len(FROM_WEAK_TO_STRONG) + 1))
def test_an_agents_rule_beats_a_companys_and_that_a_products(strongest: int) -> None:
    rules = FROM_WEAK_TO_STRONG[:strongest]
    for order in (rules, rules[::-1]):
        assert choose(order, _Sold(), DAY) is rules[-1]


def test_of_equal_rules_the_latest_beginning_counts() -> None:
    rules = [_Rule(1, valid_from=DAY - timedelta(days=days)) for days in (30, 10, 20)]
    for order in permutations(rules):
        assert choose(order, _Sold(), DAY) is rules[1]


@pytest.mark.parametrize(
    "rule",
    [
        _Rule(product="mortgage"),
        _Rule(company="alfa"),
        _Rule(operator_id=8),
        _Rule(valid_from=DAY + timedelta(days=1)),
        _Rule(valid_from=DAY - timedelta(days=9), valid_to=DAY - timedelta(days=1)),
    ],
)
def test_a_rule_for_something_else_or_another_time_does_not_count(rule: _Rule) -> None:
    assert choose([rule], _Sold(), DAY) is None


def test_a_rule_counts_on_its_first_and_on_its_last_day() -> None:
    rule = _Rule(valid_from=DAY, valid_to=DAY)
    assert choose([rule], _Sold(), DAY) is rule


@pytest.mark.parametrize(
    ("premium", "percent", "expected"),
    [
        ("7753.93", "10", "775.39"),
        ("7753.95", "10", "775.40"),
        ("100.10", "2.5", "2.50"),
        ("100.20", "2.5", "2.51"),
        ("0.05", "10", "0.01"),
        ("0.04", "10", "0.00"),
        ("5000.00", "0", "0.00"),
    ],
)
def test_half_a_kopeck_goes_up(premium: str, percent: str, expected: str) -> None:
    rule = _Rule(value=Decimal(percent))
    assert str(commission(rule, Decimal(premium))) == expected


def test_a_fixed_sum_does_not_depend_on_the_premium() -> None:
    rule = _Rule(kind="fixed", value=Decimal("300"))
    assert {str(commission(rule, Decimal(p))) for p in ("1.00", "9999.99")} == {"300.00"}


MONEY = st.decimals(0, 10**7, places=2)
PERCENT = st.decimals(0, 100, places=2)


@given(premium=MONEY, percent=PERCENT)
def test_rounding_is_to_the_nearest_kopeck_and_never_twice(
    premium: Decimal, percent: Decimal
) -> None:
    exact = premium * percent / 100
    made = commission(_Rule(value=percent), premium)
    assert made == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(made - exact) <= Decimal("0.005")
    assert made.as_tuple().exponent == -2


@given(premiums=st.tuples(MONEY, MONEY), percent=PERCENT)
def test_a_dearer_policy_never_makes_a_smaller_commission(
    premiums: tuple[Decimal, Decimal], percent: Decimal
) -> None:
    low, high = sorted(premiums)
    rule = _Rule(value=percent)
    assert commission(rule, low) <= commission(rule, high)
