"""How mortgage insurance is sold in a chat, beside what all products do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from insurance_chat.dialogue.actions import ActionContext
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.mortgage.application import build_request
from insurance_chat.insurance.mortgage.banks import (
    acceptance_text,
    delivery_text,
    find_bank,
    get_bank,
)
from insurance_chat.insurance.mortgage.facts import application
from insurance_chat.insurance.mortgage.offers import cards
from insurance_chat.insurance.mortgage.price import risk_name
from insurance_chat.insurance.mortgage.product import MORTGAGE, describe
from insurance_chat.insurance.mortgage.terms import cooling_off_text, key_information_text
from insurance_chat.insurance.mortgage.types import MortgageRequest, Risk
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.product import Product
from insurance_chat.insurance.providers.ports import CoverPart, Offer, PolicyRequest


class MortgageTalk:
    """Risks, what the bank gets, how each risk can be refused; see `selling.talk.SaleTalk`."""

    product: Product = MORTGAGE
    prefix = "mortgage_"
    words: Mapping[str, str] = {
        "no_offers": "mortgage_no_offers",
        "quote_rejected": "mortgage_quote_rejected",
        "quote_failed": "mortgage_quote_failed",
        "what_to_correct": "mortgage_what_to_correct",
        "policy_ready": "mortgage_policy_ready",
    }

    def request(self, context: ActionContext) -> MortgageRequest:
        """What insurers are asked with; health is a reference in it."""
        return build_request(application(context.slots), context.now.date())

    def cards(self, found: list[Offer], context: ActionContext) -> list[dict[str, Any]]:
        """Those that cover everything first, then the cheapest."""
        return cards(found, self.request(context), context.now.date())

    def payload(
        self, _context: ActionContext, request: PolicyRequest, offer: Offer
    ) -> dict[str, Any]:
        """What the renewal and the explanation of the price need later."""
        return describe(request, offer)

    def summary(
        self, context: ActionContext, _sale: Sale, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """What is covered and at which bank."""
        parts = _parts(payload)
        return {"title": payload["title"], "covers": [risk_name(part.risk) for part in parts]}

    def before_payment(
        self, context: ActionContext, sale: Sale, payload: dict[str, Any]
    ) -> tuple[Say, ...]:
        """Every risk with its sum and price, the bank, and how each risk can be refused."""
        parts, loan = _parts(payload), payload["application"]["loan"]
        card = next(o for o in context.slots["offers"] if o["id"] == context.slots["offer"])
        bank, title = get_bank(loan["bank_code"]), company_name(sale.company_code)
        today = context.now.date()
        values = {
            "covers": [
                {"title": risk_name(part.risk), "sum": part.insured_sum, "price": part.premium}
                for part in parts
            ],
            "missing": [one["title"] for one in card["missing"]],
            "bank": loan["bank_name"],
            "bank_note": acceptance_text(bank, sale.company_code, title, today),
            "cooling_off": cooling_off_text(Risk(part.risk) for part in parts).splitlines(),
            "kid": key_information_text(),
        }
        amounts = tuple(sum_ for part in parts for sum_ in (part.insured_sum, part.premium))
        return (Say("mortgage_cover", values, amounts=amounts),)

    def issued(self, context: ActionContext) -> dict[str, Any]:
        """How the policy gets to the bank."""
        told = context.slots.get("mortgage_bank") or ""
        return {"delivery": delivery_text(get_bank(told) or find_bank(told))}


def _parts(payload: dict[str, Any]) -> list[CoverPart]:
    return [CoverPart.model_validate(part) for part in payload["parts"]]


def parts_of(payload: dict[str, Any]) -> tuple[CoverPart, ...]:
    """What the binding price of a sale consists of, risk by risk."""
    return tuple(_parts(payload))


def total(parts: tuple[CoverPart, ...]) -> Decimal:
    """All risks together, roubles."""
    return sum((part.premium for part in parts), Decimal(0))
