"""Offers as the client compares them."""

from __future__ import annotations

from typing import Any

from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.selling.cards import offer_card

_FACTORS = {
    "КТ": "территория",
    "КБМ": "КБМ",
    "КВС": "возраст и стаж",
    "КО": "число водителей",
    "КМ": "мощность",
    "КС": "период использования",
}


def cards(offers: list[Offer]) -> list[dict[str, Any]]:
    """JSON cards, cheapest first; an offer with an imposed extra product is never a choice.

    Source: domain notes 0.4 (no mandatory extras) and `Message.metadata.offers`.
    """
    return [_card(offer) for offer in offers if offer.mandatory_extra is None]


def _card(offer: Offer) -> dict[str, Any]:
    values = {one.code: str(one.value) for one in offer.coefficients}
    return offer_card(offer, _details(offer), kbm=values.get("КБМ"), coefficients=values)


def _details(offer: Offer) -> str:
    """What makes this price, in words; a coefficient of one changes nothing and is left out."""
    named = [
        f"{_FACTORS[c.code]} {f'{c.value.normalize():f}'.replace('.', ',')}"
        for c in offer.coefficients
        if c.code in _FACTORS and c.value != 1
    ]
    return f"Коэффициенты: {', '.join(named)}" if offer.price is not None and named else ""
