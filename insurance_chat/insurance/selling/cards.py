"""An offer as every client sees it, whatever the product; a product adds what is its own."""

from __future__ import annotations

from typing import Any

from insurance_chat.insurance.insurers import get_insurer
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.providers.ports import Offer, OfferStatus


def is_ready(offer: Offer) -> bool:
    """Whether the client can choose it: it has a price and the insurer did not decline."""
    return offer.status is OfferStatus.READY and offer.price is not None


def offer_card(offer: Offer, details: str, **own: Any) -> dict[str, Any]:
    """JSON card of an offer.

    Args:
        details: what makes the price, in words.
        own: what the product shows besides.

    Source: `Message.metadata.offers` of the chat API.
    """
    insurer, title, ready = (
        get_insurer(offer.company_code),
        company_name(offer.company_code),
        is_ready(offer),
    )
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
        "details": details,
        "note": None if ready else (offer.decline_reason or "Страховая не сделала предложение"),
        **own,
    }
