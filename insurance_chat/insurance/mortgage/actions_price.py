"""«Почему столько?» and «сравните»: prices of insurers in words, never a price of our own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance import quotes, sales
from insurance_chat.insurance.mortgage.price import explain, insured_sum
from insurance_chat.insurance.mortgage.talk import parts_of
from insurance_chat.insurance.mortgage.types import MortgageRequest
from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.repository import JobRepository

BEST = 5  # offers that are compared in words; the cards show all


class PriceActions:
    """Explanations of the prices that insurers have named.

    Args:
        db: where quotes and sales are kept.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {"compare_mortgage": self.compare}

    async def explain(self, context: ActionContext) -> Outcome:
        """The sum, the uplift and the rate of each risk of the chosen or the best offer."""
        found = await self._offer(context)
        if found is None:
            return Outcome(effects=(Say("mortgage_price_factors"),))
        offer, request = found
        loan = request.loan
        amounts = [loan.balance, insured_sum(loan), *((offer.price and [offer.price]) or [])]
        amounts += [value for part in offer.parts for value in (part.insured_sum, part.premium)]
        text = explain(offer, loan)
        values = {"company": _title(context, offer), "text": text}
        return Outcome(effects=(Say("mortgage_price", values, amounts=tuple(amounts)),))

    async def _offer(self, context: ActionContext) -> tuple[Offer, MortgageRequest] | None:
        slots = context.slots
        shown = [one for one in slots.get("offers") or () if one.get("price")]
        if not shown or slots.get("quote_id") is None:
            return None
        wanted = slots.get("offer") or shown[0]["id"]
        async with self._db.unit() as unit:
            jobs = JobRepository(unit)
            quote = await jobs.fetch_quote_across_tenants(slots["quote_id"])
            if quote is None:
                return None
            request = quotes.read_request(unit, quote)
            assert isinstance(request, MortgageRequest)
            found = [one for one in quotes.read_offers(unit, quote) if one.offer_id == wanted]
            if slots.get("draft") and slots.get("sale_id"):
                sale = await jobs.fetch_sale_across_tenants(slots["sale_id"])
                if sale is not None and sale.price != sale.offer_price and found:
                    parts = parts_of(sales.payload(unit, sale))
                    found = [found[0].model_copy(update={"parts": parts, "price": sale.price})]
        return (found[0], request) if found else None

    async def compare(self, context: ActionContext) -> Outcome:
        """What each of the best offers covers and costs, risk by risk."""
        shown = [one for one in context.slots.get("offers") or () if one.get("price")]
        if context.slots.get("selling") != "mortgage" or not shown:
            return Outcome(effects=(Say("nothing_to_compare"),))
        best = shown[:BEST]
        amounts = [Decimal(one["price"]) for one in best]
        amounts += [Decimal(part["price"]) for one in best for part in one["covers"]]
        values = {"offers": [_line(one) for one in best], "more": len(shown) - len(best)}
        return Outcome(effects=(Say("mortgage_compared", values, amounts=tuple(amounts)),))


def _line(card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": card["title"],
        "price": Decimal(card["price"]),
        "covers": [{**part, "price": Decimal(part["price"])} for part in card["covers"]],
        "missing": card["missing"],
    }


def _title(context: ActionContext, offer: Offer) -> str:
    cards = context.slots.get("offers") or ()
    return next((str(one["title"]) for one in cards if one["id"] == offer.offer_id), offer.company)
