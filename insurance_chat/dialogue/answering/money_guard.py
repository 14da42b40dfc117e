"""No sum of money leaves the service unless it has a source (lessons, promise 21)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from insurance_chat.dialogue.answering.facts import facts_of

_SUM = re.compile(
    r"(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d{1,9})(?:[.,](\d{1,2}))?[ \u00a0\u202f]*"
    r"(тыс|млн|миллион|млрд|миллиард)?[а-яё]*\.?[ \u00a0\u202f]*(?:₽|руб|р\.)",
    re.IGNORECASE,
)
_SCALE = {
    "тыс": 1000,
    "млн": 1_000_000,
    "миллион": 1_000_000,
    "млрд": 1_000_000_000,
    "миллиард": 1_000_000_000,
}
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
        # «пятьсот тысяч рублей»: only facts read numbers in words, and they are slower.
        allowed |= {
            Decimal(fact.value).normalize() for fact in facts_of(passage) if fact.kind == "rub"
        }
    return amounts_in(text) - allowed
