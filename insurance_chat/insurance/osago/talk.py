"""How OSAGO is sold in a chat, beside what all products do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from insurance_chat.dialogue.actions import ActionContext
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.osago.facts import car_title, drivers_title, osago_request
from insurance_chat.insurance.osago.offers import cards
from insurance_chat.insurance.osago.product import OSAGO
from insurance_chat.insurance.product import Product
from insurance_chat.insurance.providers.ports import Offer, PolicyRequest


class OsagoTalk:
    """The car, the drivers, the coefficients; see `selling.talk.SaleTalk`."""

    product: Product = OSAGO
    prefix = ""
    words: Mapping[str, str] = {}

    def request(self, context: ActionContext) -> PolicyRequest:
        """Everything that the insurer needs."""
        return osago_request(context.slots)

    def cards(self, found: list[Offer], _context: ActionContext) -> list[dict[str, Any]]:
        """Cheapest first."""
        return cards(found)

    def payload(
        self, context: ActionContext, _request: PolicyRequest, offer: Offer
    ) -> dict[str, Any]:
        """The car, the first day, where the policy goes, and the coefficients of the price."""
        slots = context.slots
        return {
            "title": car_title(slots),
            "start_date": slots["start_date"],
            "email": slots["email"],
            "coefficients": {c.code: str(c.value) for c in offer.coefficients},
        }

    def summary(
        self, context: ActionContext, _sale: Sale, _payload: dict[str, Any]
    ) -> dict[str, Any]:
        """The car, the drivers, the period of use and the class of the price."""
        slots = context.slots
        card = next(o for o in slots["offers"] if o["id"] == slots["offer"])
        return {
            "kbm": card["kbm"],
            "car": car_title(slots),
            "drivers": drivers_title(slots),
            "months": slots["period_months"],
        }

    def before_payment(
        self, _context: ActionContext, _sale: Sale, _payload: dict[str, Any]
    ) -> tuple[Say, ...]:
        """Everything stands in the question for the confirmation."""
        return ()

    def issued(self, _context: ActionContext) -> dict[str, Any]:
        """Nothing more than number, company and dates."""
        return {}
