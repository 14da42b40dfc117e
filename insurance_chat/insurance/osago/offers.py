"""Offers as the client compares them."""

from __future__ import annotations

from typing import Any

from insurance_chat.insurance.insurers import get_insurer
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.providers.ports import Offer, OfferStatus

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
    insurer = get_insurer(offer.company_code)
    title = company_name(offer.company_code)
    ready = offer.status is OfferStatus.READY and offer.price is not None
    kbm = next((c.value for c in offer.coefficients if c.code == "КБМ"), None)
    return {
        "id": offer.offer_id,
        "offerId": offer.offer_id,
        "title": title,
        "aliases": list(insurer.aliases) if insurer is not None else [],
        "companyCode": offer.company_code,
        "company": title,
        "official": offer.company,
        "license": offer.license,
        "price": str(offer.price) if ready else None,
        "currency": "RUB",
        "status": offer.status.value,
        "details": _details(offer),
        "note": None if ready else (offer.decline_reason or "Страховая не сделала предложение"),
        "kbm": str(kbm) if kbm is not None else None,
        "coefficients": {c.code: str(c.value) for c in offer.coefficients},
    }


def _details(offer: Offer) -> str:
    """What makes this price, in words; a coefficient of one changes nothing and is left out."""
    named = [
        f"{_FACTORS[c.code]} {f'{c.value.normalize():f}'.replace('.', ',')}"
        for c in offer.coefficients
        if c.code in _FACTORS and c.value != 1
    ]
    return f"Коэффициенты: {', '.join(named)}" if offer.price is not None and named else ""
