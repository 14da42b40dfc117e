"""Steps of the OSAGO flow about offers, the price, the payment and the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Handover, Say
from insurance_chat.insurance import policies, quotes, sales
from insurance_chat.insurance.jobs import AdvanceSale, CancelSale, RequestQuotes
from insurance_chat.insurance.models import QuoteRequest, Sale
from insurance_chat.insurance.osago.facts import car_title, drivers_title, osago_request
from insurance_chat.insurance.osago.offers import cards
from insurance_chat.insurance.policies import PolicyView, company_name
from insurance_chat.insurance.providers.ports import Offer, OsagoRequest, PolicyRequest
from insurance_chat.insurance.repository import JobRepository, SaleRepository
from insurance_chat.insurance.settings import InsuranceSettings

PARKED = Outcome(status=Status.PARKED)
HUMAN = ({"title": "Позвать агента", "value": "позовите агента"},)


class SaleActions:
    """From facts to an issued policy; the work at the provider is done by jobs.

    Args:
        db: where quotes and sales are kept.
        provider_code: which provider sells.
        settings: who we are, for the essential information.
    """

    def __init__(self, db: Database, provider_code: str, settings: InsuranceSettings) -> None:
        self._db = db
        self._provider_code = provider_code
        self._settings = settings

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow file uses them."""
        return {
            "request_quotes": self.request_quotes,
            "create_draft": self.create_draft,
            "reconsider": self.reconsider,
            "guess_letter": self.guess_letter,
            "give_up_sale": self.give_up_sale,
            "tell_news": self.tell_news,
            "request_payment": self.request_payment,
        }

    async def request_quotes(self, context: ActionContext) -> Outcome:
        """Order offers of all insurers; when they are here, show them."""
        request = osago_request(context.slots)
        async with self._db.unit() as unit:
            if not await sales.give_up(unit, context.tenant_id, context.run_id):
                return await self._too_late(unit, context, request)
            quote = await quotes.order(
                unit,
                context.tenant_id,
                request,
                self._provider_code,
                key=context.key,
                conversation_id=context.conversation_id,
            )
            if quote.status != "running":
                return self._show(unit, context, quote)
        if context.first:
            return Outcome(
                status=Status.PARKED,
                clear=("offers", "offer", "draft", "confirm", "sale_id"),
                effects=(Say("quotes_requested"),),
                jobs=(RequestQuotes(quote_id=quote.id),),
            )
        return _still(context, "quotes_waiting")

    async def _too_late(self, unit: Unit, context: ActionContext, request: OsagoRequest) -> Outcome:
        quote = await JobRepository(unit).fetch_quote_across_tenants(context.slots["quote_id"])
        if quote is not None and _same_policy(quotes.read_request(unit, quote), request):
            return Outcome()
        return Outcome(effects=(Say("too_late_to_change", quick_replies=HUMAN),))

    def _show(self, unit: Unit, context: ActionContext, quote: QuoteRequest) -> Outcome:
        stale = ("offer", "draft", "confirm", "sale_id", "payment_shown")
        if quote.status == "ready":
            found = cards(quotes.read_offers(unit, quote))
            return Outcome(slots={"offers": found, "quote_id": quote.id}, clear=stale)
        if quote.status == "rejected":
            say = Say("quote_rejected", {"fields": list(quote.fields)}, quick_replies=HUMAN)
            return Outcome(status=Status.STOP, clear=("offers", *stale), effects=(say,))
        key = "no_offers" if quote.status == "no_offers" else "quote_failed"
        return Outcome(
            status=Status.STOP,
            clear=("offers", *stale),
            effects=(Say(key, quick_replies=HUMAN),),
        )

    async def create_draft(self, context: ActionContext) -> Outcome:
        """Fix the chosen offer at the insurer and learn the binding price."""
        async with self._db.unit() as unit:
            sale, key = await _attempt(unit, context)
            if sale is None:
                if not await sales.give_up(unit, context.tenant_id, context.run_id):
                    return Outcome(effects=(Say("too_late_to_change", quick_replies=HUMAN),))
                sale = await self._begin(unit, context, key)
        if sale is None:
            return Outcome(clear=("offer",), forget=("create_draft",))
        if sale.state == "quoted":
            company = {"company": company_name(sale.company_code)}
            if context.first:
                return Outcome(status=Status.PARKED, effects=(Say("draft_requested", company),))
            return _still(context, "draft_waiting")
        if sale.settled and sale.state != "issued":
            return _back_to_offers(sale)
        return Outcome(
            slots={"sale_id": sale.id, "draft": self._draft(context, sale)},
            clear=("confirm",),
            effects=_price_news(sale),
        )

    async def _begin(self, unit: Unit, context: ActionContext, key: str) -> Sale | None:
        quote = await JobRepository(unit).fetch_quote_across_tenants(context.slots["quote_id"])
        chosen = context.slots["offer"]
        offer = (
            next((o for o in quotes.read_offers(unit, quote) if o.offer_id == chosen), None)
            if quote is not None
            else None
        )
        if offer is None or offer.price is None:
            return None
        return await sales.begin(
            unit,
            context.tenant_id,
            offer,
            self._provider_code,
            _payload(context, offer),
            product=OsagoRequest.product,
            key=key,
            run_id=context.run_id,
            conversation_id=context.conversation_id,
            contact_id=context.contact_id,
        )

    def _draft(self, context: ActionContext, sale: Sale) -> dict[str, Any]:
        slots = context.slots
        card = next(o for o in slots["offers"] if o["id"] == slots["offer"])
        return {
            "price": str(sale.price),
            "company": company_name(sale.company_code),
            "official": card["official"],
            "license": card["license"],
            "kbm": card["kbm"],
            "car": car_title(slots),
            "drivers": drivers_title(slots),
            "start": (sale.start_date.isoformat() if sale.start_date else slots["start_date"]),
            "end": sale.end_date.isoformat() if sale.end_date else None,
            "months": slots["period_months"],
            "email": slots["email"],
            "seller": self._settings.seller_name,
            "seller_status": self._settings.seller_status,
            "contacts": self._settings.seller_contacts,
        }

    async def reconsider(self, context: ActionContext) -> Outcome:
        """The client does not confirm: they may correct a fact or choose another offer."""
        return Outcome(
            clear=("confirm",), forget=("reconsider",), effects=(Say("what_to_correct"),)
        )

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
            return replace(_back_to_offers(sale), slots={"told_failure": sale.id})
        told = context.slots.get("told_policy") == policy.policy_id
        return Outcome() if told else _issued(policy)

    async def request_payment(self, context: ActionContext) -> Outcome:
        """After the client's word: the payment link, then the policy."""
        async with self._db.unit() as unit:
            sale_id = context.slots["sale_id"]
            sale = await JobRepository(unit).fetch_sale_across_tenants(sale_id)
            if sale is None:
                return Outcome(clear=("offer", "draft", "confirm"))
            if sale.state == "issued" and sale.settled:
                policy = await policies.of_sale(unit, context.tenant_id, sale.id)
                assert policy is not None
                return _issued(policy)
            if sale.state == "draft":
                return await self._confirm(unit, context, sale)
        if sale.settled:
            return _back_to_offers(sale)
        return _payment_news(context, sale)

    async def _confirm(self, unit: Unit, context: ActionContext, sale: Sale) -> Outcome:
        agreed = Decimal(context.slots["draft"]["price"])
        if sale.price != agreed:
            return Outcome(
                slots={"draft": self._draft(context, sale)},
                clear=("confirm",),
                forget=("request_payment",),
                effects=_price_news(sale),
            )
        if sale.confirmed_price is None:
            await sales.confirm_price(unit, sale.id, agreed)
        if context.first:
            return Outcome(status=Status.PARKED, effects=(Say("payment_requested"),))
        return _still(context, "payment_link_waiting")


async def _attempt(unit: Unit, context: ActionContext) -> tuple[Sale | None, str]:
    """The sale of this choice, and the key of the next one.

    A client may come back to an offer that was given up or refused before: that is a new sale.
    """
    begun = await SaleRepository(unit, context.tenant_id).sales_of_run(context.run_id)
    same = [sale for sale in begun if sale.key.startswith(context.key)]
    ended = [sale for sale in same if sale.settled and sale.state != "issued"]
    if same and not (context.first and len(ended) == len(same)):
        return same[0], same[0].key
    return None, f"{context.key}:{len(same)}" if same else context.key


def _same_policy(one: PolicyRequest, other: PolicyRequest) -> bool:
    # Where letters go does not belong to what is insured.
    contact = {"phone", "email"}
    hidden = {"owner": contact, "policyholder": contact}
    return one.model_dump(exclude=hidden) == other.model_dump(exclude=hidden)


def _still(context: ActionContext, phrase: str) -> Outcome:
    # Awaited news does not have to be repeated; a client who writes meanwhile has to be answered.
    if not context.message_text:
        return PARKED
    return Outcome(status=Status.PARKED, effects=(Say(phrase),))


def _price_news(sale: Sale) -> tuple[Say, ...]:
    if sale.price is None or sale.price == sale.offer_price:
        return ()
    values = {
        "old": sale.offer_price,
        "new": sale.price,
        "company": company_name(sale.company_code),
    }
    return (Say("price_changed", values, amounts=(sale.offer_price, sale.price)),)


def _back_to_offers(sale: Sale) -> Outcome:
    if sale.paid_at is not None:
        return Outcome(
            status=Status.STOP,
            effects=(Say("paid_not_issued"), Handover("paid_not_issued")),
        )
    values = {"company": company_name(sale.company_code), "reason": sale.failure or ""}
    return Outcome(
        clear=("offer", "draft", "confirm", "sale_id", "payment_shown"),
        forget=("create_draft", "request_payment"),
        effects=(Say("sale_failed", values),),
    )


def _payment_news(context: ActionContext, sale: Sale) -> Outcome:
    if sale.state in ("paid", "issuing", "issued"):
        if context.slots.get("payment_shown") == "paid":
            return _still(context, "policy_waiting")
        return Outcome(
            status=Status.PARKED,
            slots={"payment_shown": "paid"},
            effects=(Say("payment_received"),),
        )
    if context.slots.get("payment_shown") == sale.payment_url:
        if not context.message_text:
            return PARKED
        return Outcome(
            status=Status.PARKED,
            effects=(Say("payment_not_seen", payment=_payment(sale), amounts=_amounts(sale)),),
            jobs=(AdvanceSale(sale_id=sale.id),),
        )
    return Outcome(
        status=Status.PARKED,
        slots={"payment_shown": sale.payment_url},
        effects=(
            Say(
                "payment_ready",
                {"price": sale.price, "company": company_name(sale.company_code)},
                amounts=_amounts(sale),
                payment=_payment(sale),
            ),
        ),
    )


def _amounts(sale: Sale) -> tuple[Decimal, ...]:
    return (sale.price,) if sale.price is not None else ()


def _payment(sale: Sale) -> dict[str, Any]:
    expires = sale.payment_expires_at
    return {
        "url": sale.payment_url,
        "amount": str(sale.price),
        "currency": "RUB",
        "status": "awaiting_payment",
        "company": company_name(sale.company_code),
        "expiresAt": expires.isoformat() if expires is not None else None,
    }


def _issued(policy: PolicyView) -> Outcome:
    shown = {
        "number": policy.number,
        "company": policy.company,
        "start": policy.start_date.isoformat(),
        "end": policy.expire_at.isoformat(),
    }
    return Outcome(
        slots={
            "policy": {**shown, "policy_id": policy.policy_id, "title": policy.title},
            "told_policy": policy.policy_id,
        },
        effects=(Say("policy_ready", shown, files=(policy.file_card(),)),),
    )


def _payload(context: ActionContext, offer: Offer) -> dict[str, Any]:
    slots = context.slots
    return {
        "title": car_title(slots),
        "start_date": slots["start_date"],
        "email": slots["email"],
        "coefficients": {c.code: str(c.value) for c in offer.coefficients},
    }
