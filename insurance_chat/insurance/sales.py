"""Beginning, confirming and reading sales. What happens at the provider is in `saga.py`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.insurance import documents
from insurance_chat.insurance.jobs import AdvanceSale, CancelSale
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.providers.ports import Offer, SaleStatus
from insurance_chat.insurance.repository import JobRepository, SaleRepository

PAID_STATES = frozenset({"paid", "issuing", "issued"})


async def begin(
    unit: Unit,
    tenant_id: int,
    offer: Offer,
    provider: str,
    payload: dict[str, Any],
    *,
    product: str,
    key: str,
    run_id: str | None = None,
    conversation_id: int | None = None,
    contact_id: int | None = None,
    operator_id: int | None = None,
) -> Sale:
    """Start selling the chosen offer; the same key gives the same sale.

    Args:
        payload: what is insured and for whom, JSON; kept sealed.
        product: code of what is sold.
        key: idempotency key of the choice.
        operator_id: the agent who sells; by default the one who leads the conversation.
    """
    assert offer.price is not None
    repository = SaleRepository(unit, tenant_id)
    sale = await repository.add_sale(
        {
            "key": key,
            "product": product,
            "provider": provider,
            "company_code": offer.company_code,
            "offer_id": offer.offer_id,
            "offer_price": offer.price,
            "run_id": run_id,
            "conversation_id": conversation_id,
            "contact_id": contact_id,
            "operator_id": operator_id or await repository.leading_operator(conversation_id),
            "payload": unit.cipher.seal_json(payload),
        }
    )
    if sale.state == "quoted":
        await unit.defer(AdvanceSale(sale_id=sale.id))
    return sale


async def confirm_price(unit: Unit, sale_id: int, price: Decimal) -> Sale:
    """The client has agreed to this price; only then there is a payment link.

    Raises:
        ServiceError: `price_changed` when the insurer's price is another one by now;
            `key_information_not_given` when the client has not got the document that goes before.
    """
    sale = await JobRepository(unit).fetch_sale_across_tenants(sale_id, lock=True)
    if sale is None:
        raise not_found("draft_not_found", "Черновик не найден.")
    if sale.state == "draft":
        if sale.price != price:
            raise ServiceError("price_changed", Kind.CONFLICT, "Цена изменилась.")
        await documents.check_given(unit, sale)
        sale.confirmed_price = price
        await unit.session.flush()
        await unit.defer(AdvanceSale(sale_id=sale.id))
    return sale


async def give_payment_token(unit: Unit, sale_id: int, token: str) -> Sale:
    """The payment page gave this token: the provider will be asked whether it is money."""
    sale = await JobRepository(unit).fetch_sale_across_tenants(sale_id, lock=True)
    if sale is None:
        raise not_found("draft_not_found", "Черновик не найден.")
    sale.payment_token = unit.cipher.seal(token)
    return sale


async def give_up(unit: Unit, tenant_id: int, run_id: str) -> bool:
    """The client chose something else: cancel what this run began and has not paid.

    Returns:
        False when the money has been taken, so nothing may be changed any more.
    """
    for sale in await SaleRepository(unit, tenant_id).sales_of_run(run_id):
        if sale.state in PAID_STATES:
            return False
        if sale.state not in (SaleStatus.FAILED, SaleStatus.CANCELLED):
            await unit.defer(CancelSale(sale_id=sale.id))
    return True


async def find_draft(unit: Unit, tenant_id: int, draft: UUID) -> Sale:
    """A sale by the id of its draft in the API.

    Raises:
        ServiceError: `draft_not_found`.
    """
    sale = await SaleRepository(unit, tenant_id).sale_by_public_id(draft)
    if sale is None:
        raise not_found("draft_not_found", "Черновик не найден.")
    return sale


def payload(unit: Unit, sale: Sale) -> dict[str, Any]:
    """What is insured and for whom."""
    opened: dict[str, Any] = unit.cipher.open_json(sale.payload)
    return opened
