"""What a product adds to the steps of a sale in a chat (`steps.SaleSteps`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from insurance_chat.dialogue.actions import ActionContext
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.product import Product
from insurance_chat.insurance.providers.ports import Offer, PolicyRequest


class SaleTalk(Protocol):
    """How one product is sold in a chat. Pure: everything is told by slots, offers and the sale.

    `prefix` stands before the names of the actions in the product's flow; `words` maps a phrase that
    all products say to the product's own one.
    """

    @property
    def product(self) -> Product:
        """What is sold."""
        ...

    @property
    def prefix(self) -> str:
        """Empty for OSAGO, whose actions had their names first."""
        ...

    @property
    def words(self) -> Mapping[str, str]:
        """Shared key of a phrase → key of the product's own phrase."""
        ...

    def request(self, context: ActionContext) -> PolicyRequest:
        """What insurers are asked with; all facts of the flow are known."""
        ...

    def cards(self, found: list[Offer], context: ActionContext) -> list[dict[str, Any]]:
        """Offers as the client compares them, the best choice first."""
        ...

    def payload(
        self, context: ActionContext, request: PolicyRequest, offer: Offer
    ) -> dict[str, Any]:
        """What is kept, sealed, with the sale."""
        ...

    def summary(
        self, context: ActionContext, sale: Sale, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """What the client confirms besides the price and the insurer: JSON values of `draft`."""
        ...

    def before_payment(
        self, context: ActionContext, sale: Sale, payload: dict[str, Any]
    ) -> tuple[Say, ...]:
        """What the client reads with the binding price, before they confirm it."""
        ...

    def issued(self, context: ActionContext) -> dict[str, Any]:
        """Values of the phrase that hands the policy over, besides its number and dates."""
        ...
