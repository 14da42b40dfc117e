"""Steps of sales in general: leaving one, what comes of it afterwards, where the letter goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from insurance_chat.core.db.unit import Database
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome
from insurance_chat.dialogue.effects import Say
from insurance_chat.insurance import policies, sales
from insurance_chat.insurance.jobs import CancelSale
from insurance_chat.insurance.repository import SaleRepository
from insurance_chat.insurance.selling.steps import back_to_offers, issued
from insurance_chat.insurance.selling.talk import SaleTalk


class SaleNews:
    """What concerns the last sale of a chat, whatever was sold.

    Args:
        db: where sales and policies are kept.
        talks: of every product that is sold in a chat.
    """

    def __init__(self, db: Database, talks: Sequence[SaleTalk]) -> None:
        self._db = db
        self._talks = {talk.product.code: talk for talk in talks}

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow files use them."""
        return {
            "guess_letter": self.guess_letter,
            "give_up_sale": self.give_up_sale,
            "tell_news": self.tell_news,
        }

    async def guess_letter(self, context: ActionContext) -> Outcome:
        """Instead of «yes» the client names another address: the letter goes there.

        «Кто такие a@b.ru?» names one, too, and wants no letter: then the question is asked.
        """
        if "?" in context.message_text:
            return Outcome()
        if context.slots["email"] != context.slots["draft"]["email"]:
            return Outcome(slots={"send_email": True})
        return Outcome()

    async def give_up_sale(self, context: ActionContext) -> Outcome:
        """The client has left the sale: what is not paid is cancelled, so that nobody pays for it."""
        async with self._db.unit() as unit:
            sale = await SaleRepository(unit, context.tenant_id).last_sale(context.conversation_id)
        if sale is None or sale.settled or sale.state in sales.PAID_STATES:
            return Outcome()
        linked = sale.state == "awaiting_payment"
        return Outcome(
            effects=(Say("sale_cancelled"),) if linked else (),
            jobs=(CancelSale(sale_id=sale.id),),
        )

    async def tell_news(self, context: ActionContext) -> Outcome:
        """A sale that the client has left has ended: a paid policy is handed over all the same."""
        async with self._db.unit() as unit:
            sale = await SaleRepository(unit, context.tenant_id).last_sale(context.conversation_id)
            if sale is None or not sale.settled or sale.paid_at is None:
                return Outcome()
            policy = await policies.of_sale(unit, context.tenant_id, sale.id)
        if policy is None and context.slots.get("told_failure") == sale.id:
            return Outcome()
        if policy is None:
            return replace(back_to_offers(sale), slots={"told_failure": sale.id})
        told = context.slots.get("told_policy") == policy.policy_id
        return Outcome() if told else issued(policy, self._talks[sale.product], context)
