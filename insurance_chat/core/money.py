"""Roubles: `Decimal` inside, two digits outside, Russian spelling for people."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")


def to_kopecks(value: Decimal) -> Decimal:
    """Round once, half up, to kopecks (how insurers store a premium)."""
    return value.quantize(KOPECK, rounding=ROUND_HALF_UP)


def format_rub(value: Decimal) -> str:
    """`12 345,67 ₽`; whole sums without kopecks. Spaces do not break."""
    rounded = to_kopecks(value)
    whole = rounded == rounded.to_integral_value()
    text = f"{rounded:,.0f}" if whole else f"{rounded:,.2f}"
    return text.replace(",", "\u00a0").replace(".", ",") + "\u00a0₽"
