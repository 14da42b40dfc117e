"""What `/v1/policies` answers of sales and policies, the same for every product."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from insurance_chat.api.deps import services_of
from insurance_chat.api.links import Links
from insurance_chat.conversations import sessions_lookup
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.providers.choice import is_direct
from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.selling.desk import Drafted, SalesDesk


def desk_of(request: Request, product: str) -> SalesDesk:
    """The desk that sells a product."""
    services = services_of(request)
    return SalesDesk(
        services.db,
        get_product(product),
        services.providers[product],
        services.quote_desk,
        services.saga,
    )


def declined(offers: list[Offer]) -> list[dict[str, Any]]:
    """Why insurers offer nothing."""
    return [
        {
            "companyCode": offer.company_code,
            "company": policies.company_name(offer.company_code),
            "reason": offer.decline_reason or "Страховая не сделала предложение",
        }
        for offer in offers
    ]


async def drafted(
    request: Request, caller: Principal, made: Drafted, links: Links
) -> dict[str, Any]:
    """A policy in the making; a voluntary one with the link to its key information document."""
    sale, insured = made.sale, made.insured
    payload = {
        "state": sale.state,
        "companyCode": sale.company_code,
        "price": float(sale.price if sale.price is not None else sale.offer_price),
        "currency": "RUB",
        "title": insured["title"],
        "startDate": insured["start_date"],
        "paymentUrl": sale.payment_url,
    }
    if "parts" in insured:
        payload["covers"] = [
            {
                "risk": part["risk"],
                "sum": float(part["insured_sum"]),
                "price": float(part["premium"]),
            }
            for part in insured["parts"]
        ]
    if made.key_information is not None:
        card = made.key_information
        payload["keyInformationUrl"] = links.file(card["key"], card["name"])
    shown = {
        "id": str(sale.public_id),
        "provider": "direct_company" if is_direct(sale.offer_id) else sale.provider,
        "payload": payload,
    }
    async with services_of(request).db.unit() as unit:
        session = await sessions_lookup.public_id(unit, caller.tenant_id, sale.conversation_id)
    return {**shown, "sessionId": session} if session else shown


async def of_sale(unit: Unit, sale: Sale, links: Links) -> dict[str, Any]:
    """The policy of a sale, or where the sale stands."""
    issued = await policies.of_sale(unit, sale.tenant_id, sale.id)
    if issued is not None:
        return shown_policy(issued, links)
    failed = sale.state in ("failed", "cancelled")
    shown = {
        "id": str(sale.public_id),
        "productType": sale.product,
        "companyCode": sale.company_code,
        "status": "failed" if failed else "pending",
        "isAgentClient": False,
    }
    session = await sessions_lookup.public_id(unit, sale.tenant_id, sale.conversation_id)
    if session:
        shown["sessionId"] = session
    if failed and sale.failure:
        shown["reason"] = sale.failure
    return shown


def shown_policy(view: policies.PolicyView, links: Links) -> dict[str, Any]:
    """An issued policy with the link to its file."""
    shown = {
        "id": str(view.id),
        "productType": view.product,
        "companyCode": view.company_code,
        "status": "issued",
        "pdfUrl": links.file(view.file_key, view.file_name),
        "expireAt": view.expire_at,
        "isAgentClient": view.is_agent_client,
        "number": view.number,
    }
    return {**shown, "sessionId": view.session_id} if view.session_id else shown
