"""No sum of money leaves the service unless it has a source (lessons, promise 21)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

_SUM = re.compile(
    r"(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d{1,9})(?:[.,](\d{1,2}))?[ \u00a0\u202f]*"
    r"(тыс|млн)?\.?[ \u00a0\u202f]*(?:₽|руб|р\.)",
    re.IGNORECASE,
)
_SCALE = {"тыс": 1000, "млн": 1_000_000}
_SPACES = re.compile(r"[ \u00a0\u202f]")


def amounts_in(text: str) -> set[Decimal]:
    """Sums of money, in roubles, that a text states."""
    found = set()
    for whole, kopecks, scale in _SUM.findall(text):
        try:
            value = Decimal(_SPACES.sub("", whole) + "." + (kopecks or "0"))
        except InvalidOperation:
            continue
        found.add((value * _SCALE.get(scale.lower(), 1)).normalize())
    return found


def unsourced(text: str, amounts: Iterable[Decimal], passages: Iterable[str]) -> set[Decimal]:
    """Sums in the text that come neither from the given amounts nor from a cited passage."""
    allowed = {amount.normalize() for amount in amounts}
    allowed |= {amount.quantize(Decimal("0.01")).normalize() for amount in amounts}
    for passage in passages:
        allowed |= amounts_in(passage)
    return amounts_in(text) - allowed
