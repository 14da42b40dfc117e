"""Asking insurers for offers: a job that outlives the turn, the process and a time-out."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from insurance_chat.conversations import log as conversation_log
from insurance_chat.conversations import sessions_lookup
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.models import QuoteRequest
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.providers.ports import (
    Offer,
    OfferStatus,
    PolicyProvider,
    PolicyRequest,
    Providers,
)
from insurance_chat.insurance.repository import JobRepository, SaleRepository
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.integrations import service as events

log = structlog.get_logger()


async def order(
    unit: Unit,
    tenant_id: int,
    request: PolicyRequest,
    provider: str,
    *,
    key: str,
    conversation_id: int | None,
) -> QuoteRequest:
    """Write down what is to be priced; the same key gives the same request.

    Args:
        key: idempotency key, `conversation:run:step:fingerprint`.
    """
    repository = SaleRepository(unit, tenant_id)
    return await repository.add_quote(
        {
            "key": key,
            "product": request.product,
            "provider": provider,
            "conversation_id": conversation_id,
            "request": unit.cipher.seal(request.model_dump_json()),
        }
    )


def read_offers(unit: Unit, quote: QuoteRequest) -> list[Offer]:
    """Offers of a finished request, cheapest first; declined ones at the end."""
    if quote.offers is None:
        return []
    offers = [Offer.model_validate(item) for item in unit.cipher.open_json(quote.offers)]
    return sorted(offers, key=lambda o: (o.status is not OfferStatus.READY, o.price or 0))


def read_request(unit: Unit, quote: QuoteRequest) -> PolicyRequest:
    """What was priced, without what its product keeps apart."""
    kind = get_product(quote.product).request
    return kind.model_validate_json(unit.cipher.open(quote.request))


class QuoteDesk:
    """Gets offers from the providers of the products.

    Args:
        db: where requests are kept.
        providers: product → the port to whoever sells it.
        settings: deadlines.
    """

    def __init__(self, db: Database, providers: Providers, settings: InsuranceSettings) -> None:
        self._db = db
        self._providers = providers
        self._settings = settings

    async def run(self, quote_id: int) -> None:
        """Ask, wait until the offers are complete or the deadline comes, keep the result."""
        async with self._db.unit() as unit:
            quote = await JobRepository(unit).fetch_quote_across_tenants(quote_id)
            if quote is None or quote.status != "running":
                return
            request, key = read_request(unit, quote), quote.key
            provider = self._providers[quote.product]
            await _tell(unit, quote, "policy.quote.requested")
        try:
            request = await self._completed(quote, request)
            offers = await self._collect(provider, request, key)
            result: dict[str, Any] = {"status": "ready" if _any_ready(offers) else "no_offers"}
        except ServiceError as error:
            log.warning("quote_failed", quote=quote_id, code=error.code)
            offers, result = [], _failure(error)
        await self._keep(quote_id, offers, result)

    async def _completed(self, quote: QuoteRequest, request: PolicyRequest) -> PolicyRequest:
        complete = get_product(quote.product).complete
        if complete is None:
            return request
        async with self._db.unit() as unit:
            return await complete(unit, quote.tenant_id, request)

    async def _collect(
        self, provider: PolicyProvider, request: PolicyRequest, key: str
    ) -> list[Offer]:
        request_id = await provider.request_quotes(request, key)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.quote_deadline_seconds
        while True:
            quotes = await provider.quotes(request_id)
            if quotes.complete or loop.time() > deadline:
                return list(quotes.offers)
            await asyncio.sleep(self._settings.quote_poll_seconds)

    async def _keep(self, quote_id: int, offers: list[Offer], result: dict[str, Any]) -> None:
        async with self._db.unit() as unit:
            quote = await JobRepository(unit).fetch_quote_across_tenants(quote_id)
            if quote is None or quote.status != "running":
                return
            quote.status = result["status"]
            quote.failure = result.get("failure")
            quote.fields = result.get("fields", [])
            quote.offers = unit.cipher.seal_json([o.model_dump(mode="json") for o in offers])
            ended = "completed" if quote.status == "ready" else "failed"
            await _tell(unit, quote, f"policy.quote.{ended}")
            if quote.conversation_id is not None:
                await conversation_log.poke(
                    unit, quote.tenant_id, quote.conversation_id, "quotes_ready"
                )


def _any_ready(offers: list[Offer]) -> bool:
    return any(offer.status is OfferStatus.READY for offer in offers)


def _failure(error: ServiceError) -> dict[str, Any]:
    fields = [str(field.get("message", "")) for field in error.data.get("fields", [])]
    status = "rejected" if error.kind is Kind.INVALID else "failed"
    return {"status": status, "failure": error.code, "fields": [f for f in fields if f][:10]}


async def _tell(unit: Unit, quote: QuoteRequest, event: str) -> None:
    session = await sessions_lookup.public_id(unit, quote.tenant_id, quote.conversation_id)
    context = {"quoteId": str(quote.public_id), "productType": quote.product}
    if session is not None:
        context["sessionId"] = session
    if quote.failure:
        context["reason"] = quote.failure
    await events.record(unit, quote.tenant_id, event, "system", context)
