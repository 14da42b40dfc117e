"""Offers as the client compares them: what each covers, the total and each risk, what the bank accepts."""

from __future__ import annotations

from datetime import date
from typing import Any

from insurance_chat.core.money import format_rub
from insurance_chat.insurance.mortgage.banks import acceptance, acceptance_text, get_bank
from insurance_chat.insurance.mortgage.price import risk_name
from insurance_chat.insurance.mortgage.types import MortgageRequest
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.selling.cards import is_ready, offer_card


def cards(offers: list[Offer], request: MortgageRequest, today: date) -> list[dict[str, Any]]:
    """JSON cards: those that cover everything first, then cheapest; imposed extras are never a choice.

    A card has neither rates nor steps, so that nothing of the health answers can be read off it.

    Args:
        today: Moscow calendar date, for the freshness of the bank's list.
    """
    shown = [_card(offer, request, today) for offer in offers if offer.mandatory_extra is None]
    return sorted(shown, key=lambda card: (card["price"] is None, len(card["missing"])))


def _card(offer: Offer, request: MortgageRequest, today: date) -> dict[str, Any]:
    bank, code = get_bank(request.loan.bank_code), offer.company_code
    covers = [
        {
            "risk": part.risk,
            "title": risk_name(part.risk),
            "sum": str(part.insured_sum),
            "price": str(part.premium),
        }
        for part in offer.parts
    ]
    missing = [
        {"risk": part.risk, "title": risk_name(part.risk), "reason": part.reason}
        for part in offer.declined_parts
    ]
    return offer_card(
        offer,
        details(offer) if is_ready(offer) else "",
        covers=covers,
        missing=missing,
        acceptance=acceptance(bank, code, today).value,
        bankNote=acceptance_text(bank, code, company_name(code), today),
    )


def details(offer: Offer) -> str:
    """«имущество 3 000 ₽, жизнь и здоровье 14 643,42 ₽; не входит: титул»."""
    taken = ", ".join(f"{risk_name(part.risk)} {format_rub(part.premium)}" for part in offer.parts)
    left = ", ".join(risk_name(part.risk) for part in offer.declined_parts)
    return f"{taken}; не входит: {left}" if left else taken
