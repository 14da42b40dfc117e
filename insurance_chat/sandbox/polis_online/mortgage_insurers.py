"""How the emulated insurers take mortgages. Their habits are invented, as those of OSAGO are."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

PROPERTY, LIFE, TITLE = "property", "life", "title"


@dataclass(frozen=True)
class MortgageHabit:
    """What one insurer sells.

    Args:
        factor: its own tariff as a part of the formula; 1 is the formula itself.
        risks: what it takes.
        life_until: the oldest age on the first day, full years.
        built_from: the earliest year of building.
        wooden: takes wooden floors without looking at the building.
        largest_life: the largest sum without a medical examination, roubles.
    """

    factor: Decimal = Decimal(1)
    risks: frozenset[str] = field(default_factory=lambda: frozenset({PROPERTY, LIFE, TITLE}))
    life_until: int = 64
    built_from: int = 1930
    wooden: bool = True
    largest_life: Decimal = Decimal(15_000_000)


HABITS: dict[str, MortgageHabit] = {
    "reso": MortgageHabit(),
    "alfa": MortgageHabit(Decimal("0.97"), life_until=60),
    "ingos": MortgageHabit(Decimal("1.04")),
    "rgs": MortgageHabit(Decimal("1.08"), built_from=1900),
    "vsk": MortgageHabit(Decimal("1.02")),
    "sogaz": MortgageHabit(Decimal("0.94"), wooden=False, built_from=1955),
    "tinsurance": MortgageHabit(Decimal("0.96"), risks=frozenset({PROPERTY, LIFE})),
    "renins": MortgageHabit(Decimal("0.98"), risks=frozenset({PROPERTY, LIFE})),
    "soglasie": MortgageHabit(Decimal("1.03")),
    "ugoria": MortgageHabit(Decimal("1.01"), life_until=55),
    "sovcom": MortgageHabit(Decimal("1.06"), risks=frozenset({PROPERTY})),
    "zetta": MortgageHabit(Decimal("1.05"), largest_life=Decimal(10_000_000)),
    "absolut": MortgageHabit(Decimal("0.95"), wooden=False),
    "energogarant": MortgageHabit(Decimal("1.10")),
}
