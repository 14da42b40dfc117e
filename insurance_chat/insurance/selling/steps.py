"""Steps of every sale in a chat: offers, the price, what goes before the payment, the policy.

A product says in its `SaleTalk` what is asked of insurers and how it is shown; the money is the same
code for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.dialogue.actions import Action, ActionContext, Outcome, Status
from insurance_chat.dialogue.effects import Handover, Say
from insurance_chat.insurance import documents, policies, quotes, sales
from insurance_chat.insurance.jobs import AdvanceSale, RequestQuotes
from insurance_chat.insurance.models import QuoteRequest, Sale
from insurance_chat.insurance.policies import PolicyView, company_name
from insurance_chat.insurance.providers.ports import PolicyRequest
from insurance_chat.insurance.repository import JobRepository, SaleRepository
from insurance_chat.insurance.selling.talk import SaleTalk
from insurance_chat.insurance.settings import InsuranceSettings

PARKED = Outcome(status=Status.PARKED)
HUMAN = ({"title": "Позвать агента", "value": "позовите агента"},)


class SaleSteps:
    """From facts to an issued policy; the work at the provider is done by jobs.

    Args:
        db: where quotes and sales are kept.
        provider_code: which provider sells.
        settings: who we are, for the essential information.
        talk: what is the product's own.
    """

    def __init__(
        self, db: Database, provider_code: str, settings: InsuranceSettings, talk: SaleTalk
    ) -> None:
        self._db = db
        self._provider_code = provider_code
        self._settings = settings
        self._talk = talk

    def actions(self) -> Mapping[str, Action]:
        """Names as the flow file of the product uses them."""
        named = {
            "request_quotes": self.request_quotes,
            "create_draft": self.create_draft,
            "reconsider": self.reconsider,
            "request_payment": self.request_payment,
        }
        return {self._name(name): action for name, action in named.items()}

    def _name(self, action: str) -> str:
        return f"{self._talk.prefix}{action}"

    def _say(self, key: str, *args: Any, **more: Any) -> Say:
        return Say(self._talk.words.get(key, key), *args, **more)

    async def request_quotes(self, context: ActionContext) -> Outcome:
        """Order offers of all insurers; when they are here, show them."""
        request = self._talk.request(context)
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
                effects=(self._say("quotes_requested"),),
                jobs=(RequestQuotes(quote_id=quote.id),),
            )
        return _still(context, "quotes_waiting")

    async def _too_late(
        self, unit: Unit, context: ActionContext, request: PolicyRequest
    ) -> Outcome:
        quote = await JobRepository(unit).fetch_quote_across_tenants(context.slots["quote_id"])
        if quote is not None and _same_policy(quotes.read_request(unit, quote), request):
            return Outcome()
        return Outcome(effects=(Say("too_late_to_change", quick_replies=HUMAN),))

    def _show(self, unit: Unit, context: ActionContext, quote: QuoteRequest) -> Outcome:
        stale = ("offer", "draft", "confirm", "sale_id", "payment_shown")
        if quote.status == "ready":
            found = self._talk.cards(quotes.read_offers(unit, quote), context)
            return Outcome(slots={"offers": found, "quote_id": quote.id}, clear=stale)
        if quote.status == "rejected":
            told = {"fields": list(quote.fields)}
            say = self._say("quote_rejected", told, quick_replies=HUMAN)
            return Outcome(status=Status.STOP, clear=("offers", *stale), effects=(say,))
        key = "no_offers" if quote.status == "no_offers" else "quote_failed"
        return Outcome(
            status=Status.STOP,
            clear=("offers", *stale),
            effects=(self._say(key, quick_replies=HUMAN),),
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
            return Outcome(clear=("offer",), forget=(self._name("create_draft"),))
        if sale.state == "quoted":
            company = {"company": company_name(sale.company_code)}
            if context.first:
                return Outcome(status=Status.PARKED, effects=(Say("draft_requested", company),))
            return _still(context, "draft_waiting")
        if sale.settled and sale.state != "issued":
            return back_to_offers(sale, self._talk.prefix)
        async with self._db.unit() as unit:
            return Outcome(
                slots={"sale_id": sale.id, "draft": self._draft(unit, context, sale)},
                clear=("confirm",),
                effects=(*_price_news(sale), *await self._papers(unit, context, sale)),
            )

    async def _papers(self, unit: Unit, context: ActionContext, sale: Sale) -> tuple[Say, ...]:
        """What has to be in the client's hands before they pay; the delivery is written down."""
        if sale.state != "draft":
            return ()
        read = self._talk.before_payment(context, sale, sales.payload(unit, sale))
        if not self._talk.product.key_information:
            return read
        card = await documents.give_key_information(unit, sale, context.channel)
        return (*read, *((Say("key_information_given", files=(card,)),) if card else ()))

    async def _begin(self, unit: Unit, context: ActionContext, key: str) -> Sale | None:
        quote = await JobRepository(unit).fetch_quote_across_tenants(context.slots["quote_id"])
        chosen = context.slots["offer"]
        offer = (
            next((o for o in quotes.read_offers(unit, quote) if o.offer_id == chosen), None)
            if quote is not None
            else None
        )
        if quote is None or offer is None or offer.price is None:
            return None
        return await sales.begin(
            unit,
            context.tenant_id,
            offer,
            self._provider_code,
            self._talk.payload(context, quotes.read_request(unit, quote), offer),
            product=self._talk.product.code,
            key=key,
            run_id=context.run_id,
            conversation_id=context.conversation_id,
            contact_id=context.contact_id,
        )

    def _draft(self, unit: Unit, context: ActionContext, sale: Sale) -> dict[str, Any]:
        slots = context.slots
        card = next(o for o in slots["offers"] if o["id"] == slots["offer"])
        return {
            "price": str(sale.price),
            "company": company_name(sale.company_code),
            "official": card["official"],
            "license": card["license"],
            "start": (sale.start_date.isoformat() if sale.start_date else slots["start_date"]),
            "end": sale.end_date.isoformat() if sale.end_date else None,
            "email": slots["email"],
            "seller": self._settings.seller_name,
            "seller_status": self._settings.seller_status,
            "contacts": self._settings.seller_contacts,
            **self._talk.summary(context, sale, sales.payload(unit, sale)),
        }

    async def reconsider(self, context: ActionContext) -> Outcome:
        """The client does not confirm: they may correct a fact or choose another offer."""
        return Outcome(
            clear=("confirm",),
            forget=(self._name("reconsider"),),
            effects=(self._say("what_to_correct"),),
        )

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
                return issued(policy, self._talk, context)
            if sale.state == "draft":
                return await self._confirm(unit, context, sale)
        if sale.settled:
            return back_to_offers(sale, self._talk.prefix)
        return _payment_news(context, sale)

    async def _confirm(self, unit: Unit, context: ActionContext, sale: Sale) -> Outcome:
        agreed = Decimal(context.slots["draft"]["price"])
        if sale.price != agreed:
            return Outcome(
                slots={"draft": self._draft(unit, context, sale)},
                clear=("confirm",),
                forget=(self._name("request_payment"),),
                effects=(*_price_news(sale), *await self._papers(unit, context, sale)),
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


def back_to_offers(sale: Sale, prefix: str = "") -> Outcome:
    """The sale came to nothing: another offer may be chosen; after a payment a human is called.

    Args:
        prefix: of the actions of the product.
    """
    if sale.paid_at is not None:
        return Outcome(
            status=Status.STOP,
            effects=(Say("paid_not_issued"), Handover("paid_not_issued")),
        )
    values = {"company": company_name(sale.company_code), "reason": sale.failure or ""}
    return Outcome(
        clear=("offer", "draft", "confirm", "sale_id", "payment_shown"),
        forget=(f"{prefix}create_draft", f"{prefix}request_payment"),
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


def issued(policy: PolicyView, talk: SaleTalk, context: ActionContext) -> Outcome:
    """The policy is handed over, in the product's own words."""
    phrase = talk.words.get("policy_ready", "policy_ready")
    shown = {
        "number": policy.number,
        "company": policy.company,
        "start": policy.start_date.isoformat(),
        "end": policy.expire_at.isoformat(),
    }
    return Outcome(
        slots={
            "policy": {
                **shown,
                "policy_id": policy.policy_id,
                "title": policy.title,
                "product": policy.product,
            },
            "told_policy": policy.policy_id,
        },
        effects=(Say(phrase, {**shown, **talk.issued(context)}, files=(policy.file_card(),)),),
    )
