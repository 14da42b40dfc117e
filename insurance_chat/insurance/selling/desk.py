"""Selling to outside systems: quote, draft and issue with the same saga as in the chat.

One desk for all products: what differs comes with the product and with the wish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from insurance_chat.accounts import audit
from insurance_chat.conversations import sessions
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found, unavailable
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import documents, quotes, sales
from insurance_chat.insurance.jobs import AdvanceSale
from insurance_chat.insurance.models import QuoteRequest, Sale
from insurance_chat.insurance.product import Product
from insurance_chat.insurance.providers.ports import (
    Offer,
    OfferStatus,
    PolicyProvider,
    PolicyRequest,
)
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.repository import JobRepository
from insurance_chat.insurance.saga import Saga
from insurance_chat.insurance.selling.repository import SalesSearch

ISSUE_SECONDS = 10.0
STEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Quoted:
    """Offers of one calculation: those that can be bought and the refusals."""

    quote_id: UUID
    ready: list[Offer]
    declined: list[Offer]
    preliminary: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sale, what is insured, and the file of its key information document if it has one."""

    sale: Sale
    insured: dict[str, Any]
    key_information: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class DraftWish:
    """Which offer is wanted.

    Args:
        price: guards against a change.
        fits: whether a calculation is about what the caller wants to insure, when `quote_id` is absent.
        email: where the policy goes, when it is another address than that of the calculation.
    """

    company_code: str
    price: Decimal | None
    fits: Callable[[PolicyRequest], bool]
    email: str | None = None
    session: UUID | None = None
    quote_id: UUID | None = None
    offer_id: str | None = None


class SalesDesk:
    """What `/v1/policies/<product>/*` does.

    Args:
        db: where sales are kept.
        product: what is sold.
        provider: the port to its insurers.
        desk: gets offers.
        saga: drives a sale.
    """

    def __init__(
        self,
        db: Database,
        product: Product,
        provider: PolicyProvider,
        desk: QuoteDesk,
        saga: Saga,
    ) -> None:
        self._db = db
        self._product = product
        self._provider = provider
        self._desk = desk
        self._saga = saga

    async def quote(
        self, principal: Principal, request: PolicyRequest, session: UUID | None
    ) -> Quoted:
        """Ask all insurers and wait for their answers.

        Raises:
            ServiceError: `provider_rejected`, `provider_unavailable`, `session_not_found`.
        """
        async with self._db.unit() as unit:
            conversation = await self.conversation(unit, principal, session)
        async with self._db.unit() as unit:
            ordered = await quotes.order(
                unit,
                principal.tenant_id,
                request,
                self._provider.code,
                key=f"api:{uuid4()}",
                conversation_id=conversation.id if conversation is not None else None,
            )
            target = f"quote:{ordered.public_id}"
            await audit.record(unit, principal, "sale.quoted", target)
        await self._desk.run(ordered.id)
        async with self._db.unit() as unit:
            found = await SalesSearch(unit, principal.tenant_id).quote(ordered.public_id)
            assert found is not None
            _check_quoted(found)
            offers = quotes.read_offers(unit, found)
        ready = [offer for offer in offers if _can_be_bought(offer)]
        declined = [offer for offer in offers if not _can_be_bought(offer)]
        return Quoted(ordered.public_id, ready, declined, request.preliminary)

    async def draft(self, principal: Principal, wish: DraftWish) -> Drafted:
        """Fix a quoted offer at its insurer; the same offer gives the same draft.

        A voluntary insurance comes with its key information document, which counts as given here.

        Raises:
            ServiceError: `quote_not_found`, `offer_not_found`, `price_changed`, `session_not_found`.
        """
        async with self._db.unit() as unit:
            conversation = await self.conversation(unit, principal, wish.session)
            quote, request, offer = await self._find_offer(unit, principal, wish, conversation)
            sale = await sales.begin(
                unit,
                principal.tenant_id,
                offer,
                self._provider.code,
                _payload(self._product, wish, request, offer),
                product=self._product.code,
                key=f"api:{quote.public_id}:{offer.offer_id}",
                conversation_id=conversation.id if conversation else quote.conversation_id,
                contact_id=conversation.contact_id if conversation else None,
                operator_id=principal.user_id if principal.role is Role.AGENT else None,
            )
            facts = {"company": offer.company_code}
            await audit.record(unit, principal, "sale.drafted", f"sale:{sale.public_id}", facts)
        advanced = await self._saga.advance(sale.id) or sale
        async with self._db.unit() as unit:
            paper = await documents.give_key_information(unit, advanced, "api")
            return Drafted(advanced, sales.payload(unit, advanced), paper)

    async def issue(
        self, principal: Principal, draft: UUID, payment_token: str, price: Decimal | None
    ) -> Sale:
        """Pay with a token and turn the draft into a policy, waiting for the insurer a little.

        Args:
            price: the price that the payer saw; needed when it is not the price of the offer.

        Raises:
            ServiceError: `draft_not_found`, `draft_closed`, `price_changed`, `payment_not_found`,
                `provider_unavailable`.
        """
        sale = await self._ready_to_pay(principal, draft)
        if sale.paid_at is None:
            _check_price(sale, price)
            async with self._db.unit() as unit:
                await sales.confirm_price(unit, sale.id, sale.price or sale.offer_price)
                await sales.give_payment_token(unit, sale.id, payment_token)
                await audit.record(unit, principal, "sale.issued", f"sale:{sale.public_id}")
        deadline = asyncio.get_running_loop().time() + ISSUE_SECONDS
        while True:
            sale = await self._saga.advance(sale.id) or sale
            if sale.payment_token is None and sale.paid_at is None and not sale.settled:
                raise ServiceError(
                    "payment_not_found", Kind.CONFLICT, "Оплата с таким токеном не найдена."
                )
            if sale.settled or asyncio.get_running_loop().time() > deadline:
                return sale
            await asyncio.sleep(STEP_SECONDS)

    async def conversation(
        self, unit: Unit, principal: Principal, session: UUID | None
    ) -> Conversation | None:
        """The chat that a call is about: the named one, or the caller's own.

        Raises:
            ServiceError: `session_not_found`.
        """
        if session is not None:
            return await sessions.find(unit, principal, session)
        if principal.conversation_id is None:
            return None
        repository = ConversationRepository(unit, principal.tenant_id)
        return await repository.by_id(principal.conversation_id)

    async def _find_offer(
        self,
        unit: Unit,
        principal: Principal,
        wish: DraftWish,
        conversation: Conversation | None,
    ) -> tuple[QuoteRequest, PolicyRequest, Offer]:
        words = self._product.wording
        for quote in await self._quotes(unit, principal, wish, conversation):
            request = quotes.read_request(unit, quote)
            if wish.quote_id is not None or wish.fits(request):
                if request.preliminary:
                    fields = self._product.missing_to_issue(request)
                    raise invalid("data_missing", words.quote_preliminary, fields=fields)
                return quote, request, _chosen(quotes.read_offers(unit, quote), wish)
        raise not_found("quote_not_found", words.quote_lost)

    async def _quotes(
        self,
        unit: Unit,
        principal: Principal,
        wish: DraftWish,
        conversation: Conversation | None,
    ) -> list[QuoteRequest]:
        search = SalesSearch(unit, principal.tenant_id)
        scope = conversation.id if conversation is not None else None
        if wish.quote_id is None:
            return await search.ready_quotes(self._product.code, scope)
        one = await search.quote(wish.quote_id)
        if one is None or one.product != self._product.code:
            return []
        return [] if scope is not None and one.conversation_id != scope else [one]

    async def _ready_to_pay(self, principal: Principal, draft: UUID) -> Sale:
        async with self._db.unit() as unit:
            sale = await find_sale(unit, principal, draft)
        if sale.product != self._product.code:
            raise not_found("draft_not_found", "Черновик не найден.")
        if sale.state == "quoted":
            sale = await self._saga.advance(sale.id) or sale
        if sale.state in ("failed", "cancelled"):
            raise ServiceError(
                "draft_closed", Kind.CONFLICT, "Черновик закрыт. Выполните расчёт ещё раз."
            )
        if sale.state == "quoted":
            raise unavailable(
                "provider_unavailable", "Страховая пока не отвечает. Повторите позже."
            )
        return sale


async def find_sale(unit: Unit, principal: Principal, draft: UUID) -> Sale:
    """A sale of any product that the caller may see.

    Raises:
        ServiceError: `draft_not_found`.
    """
    sale = await sales.find_draft(unit, principal.tenant_id, draft)
    if not await may_see(unit, principal, sale):
        raise not_found("draft_not_found", "Черновик не найден.")
    return sale


async def may_see(unit: Unit, principal: Principal, sale: Sale) -> bool:
    """Whether a caller may see a sale: that of their chat, or one that an outside system made."""
    if sale.conversation_id is None:
        # Made over the API for nobody's chat: whoever knows its id made it.
        return principal.is_staff
    return await sessions.may_see(unit, principal, sale.conversation_id)


def _check_quoted(quote: QuoteRequest) -> None:
    if quote.status == "rejected":
        fields = [{"message": message} for message in quote.fields]
        raise invalid("provider_rejected", "Страховые не приняли данные.", fields=fields)
    if quote.status not in ("ready", "no_offers"):
        raise unavailable("provider_unavailable", "Страховые не отвечают. Повторите позже.")


def _can_be_bought(offer: Offer) -> bool:
    ready = offer.status is OfferStatus.READY and offer.price is not None
    return ready and offer.mandatory_extra is None


def _chosen(offers: list[Offer], wish: DraftWish) -> Offer:
    for offer in offers:
        fits = wish.offer_id is None or offer.offer_id == wish.offer_id
        if fits and offer.company_code == wish.company_code and _can_be_bought(offer):
            if wish.price is not None and wish.price != offer.price:
                raise _price_changed(offer.price)
            return offer
    raise not_found("offer_not_found", "Такого предложения в расчёте нет.")


def _check_price(sale: Sale, price: Decimal | None) -> None:
    agreed = price if price is not None else sale.offer_price
    if sale.price is not None and sale.price != agreed:
        raise _price_changed(sale.price)


def _price_changed(price: Decimal | None) -> ServiceError:
    return ServiceError(
        "price_changed",
        Kind.CONFLICT,
        "Цена изменилась. Передайте новую цену, если она подходит.",
        price=float(price or 0),
    )


def _payload(
    product: Product, wish: DraftWish, request: PolicyRequest, offer: Offer
) -> dict[str, Any]:
    payload = product.describe(request, offer)
    return {**payload, "email": wish.email or payload.get("email")}


async def take_payment_return(unit: Unit, draft_id: str, token: str) -> bool:
    """The browser came back from the payment page: the provider will be asked about this token.

    A token that is already kept stays, so a made-up address cannot replace a good one.

    Args:
        draft_id: the provider's name of the draft.

    Returns:
        Whether the token was taken.
    """
    sale = await JobRepository(unit).fetch_sale_by_draft_across_tenants(draft_id)
    if sale is None or sale.state != "awaiting_payment" or sale.payment_token is not None:
        return False
    await sales.give_payment_token(unit, sale.id, token)
    await unit.defer(AdvanceSale(sale_id=sale.id))
    return True
