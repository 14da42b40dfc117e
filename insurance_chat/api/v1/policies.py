"""OSAGO for outside systems: quote, draft, issue; and the policies."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request

from insurance_chat.accounts import audit
from insurance_chat.api.deps import Caller, Opened, PolicyId, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import Links, links_for
from insurance_chat.api.texts import read_id, session_id
from insurance_chat.api.v1.policy_bodies import (
    EmailOrder,
    IssuePolicyRequest,
    OsagoDraftRequest,
    OsagoQuoteRequest,
    Policy,
    PolicyDraft,
    PolicyList,
    QuoteResponse,
)
from insurance_chat.conversations import sessions_lookup
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.osago.api_sales import DraftWish, SalesDesk
from insurance_chat.insurance.osago.repository import SalesSearch
from insurance_chat.insurance.providers.choice import is_direct
from insurance_chat.insurance.providers.ports import Offer

router = APIRouter(tags=["policies"])


def _desk(request: Request) -> SalesDesk:
    services = services_of(request)
    return SalesDesk(services.db, services.provider, services.quote_desk, services.saga)


@router.post(
    "/v1/policies/osago/quote",
    summary="OSAGO quote",
    response_model=QuoteResponse,
    responses=refusals(401, 404, 422),
)
async def quote(request: Request, caller: Caller, body: OsagoQuoteRequest) -> dict[str, Any]:
    """Ask all insurers and wait for their prices (up to 40 seconds)."""
    session = session_id(body.session_id) if body.session_id else None
    found = await _desk(request).quote(caller, body.data(), session)
    return {
        "offers": [_offer(offer, preliminary=found.preliminary) for offer in found.ready],
        "preliminary": found.preliminary,
        "declined": [
            {
                "companyCode": offer.company_code,
                "company": policies.company_name(offer.company_code),
                "reason": offer.decline_reason or "Страховая не сделала предложение",
            }
            for offer in found.declined
        ],
        "quoteId": str(found.quote_id),
    }


def _offer(offer: Offer, *, preliminary: bool) -> dict[str, Any]:
    factors = ", ".join(f"{part.code} {part.value}" for part in offer.coefficients)
    if preliminary:
        factors = f"Предварительный расчёт. {factors}"
    return {
        "companyCode": offer.company_code,
        "price": float(offer.price or 0),
        "currency": "RUB",
        "details": factors,
        "offerId": offer.offer_id,
        "company": policies.company_name(offer.company_code),
    }


@router.post(
    "/v1/policies/osago/draft",
    status_code=201,
    summary="Create OSAGO draft",
    response_model=PolicyDraft,
    response_model_exclude_unset=True,
    responses=refusals(401, 404, 409, 422),
)
async def draft(request: Request, caller: Caller, body: OsagoDraftRequest) -> dict[str, Any]:
    """Fix a quoted offer at its insurer."""
    wish = DraftWish(
        company_code=body.quote_offer.company_code,
        price=body.quote_offer.price,
        applicant=body.applicant.data(),
        vehicle=body.vehicle.data(),
        session=session_id(body.session_id) if body.session_id else None,
        quote_id=_quote_id(body.quote_id) if body.quote_id else None,
        offer_id=body.offer_id,
    )
    sale, insured = await _desk(request).draft(caller, wish)
    shown = {
        "id": str(sale.public_id),
        "provider": "direct_company" if is_direct(sale.offer_id) else sale.provider,
        "payload": {
            "state": sale.state,
            "companyCode": sale.company_code,
            "price": float(sale.price if sale.price is not None else sale.offer_price),
            "currency": "RUB",
            "title": insured["title"],
            "startDate": insured["start_date"],
            "paymentUrl": sale.payment_url,
        },
    }
    return await _with_session(request, caller, sale.conversation_id, shown)


def _quote_id(value: str) -> Any:
    return read_id(value, "quote_not_found", "Расчёт не найден.")


async def _with_session(
    request: Request, caller: Principal, conversation_id: int | None, shown: dict[str, Any]
) -> dict[str, Any]:
    async with services_of(request).db.unit() as unit:
        session = await sessions_lookup.public_id(unit, caller.tenant_id, conversation_id)
    return {**shown, "sessionId": session} if session else shown


@router.post(
    "/v1/policies/osago/issue",
    status_code=201,
    summary="Issue OSAGO policy",
    response_model=Policy,
    response_model_exclude_unset=True,
    responses=refusals(401, 404, 409, 422),
)
async def issue(request: Request, caller: Caller, body: IssuePolicyRequest) -> dict[str, Any]:
    """Confirm the payment and issue; `pending` when the insurer needs longer, then ask again."""
    draft_id = read_id(body.draft_id, "draft_not_found", "Черновик не найден.")
    sale = await _desk(request).issue(caller, draft_id, body.payment_token, body.price)
    async with services_of(request).db.unit() as unit:
        return await _of_sale(unit, sale, links_for(request))


@router.get(
    "/v1/policies",
    summary="List policies",
    response_model=PolicyList,
    response_model_exclude_unset=True,
    responses=refusals(401, 422),
)
async def list_policies(
    request: Request,
    unit: Opened,
    caller: Caller,
    session: Annotated[str | None, Query(alias="sessionId")] = None,
    user: Annotated[str | None, Query(alias="userId")] = None,
    agent: Annotated[str | None, Query(alias="agentId")] = None,
) -> dict[str, Any]:
    """All policies for the administrator, those in sight for an agent, own ones for a client."""
    try:
        named = [
            read_id(value, "id_invalid", "") if value else None for value in (session, user, agent)
        ]
    except ServiceError:
        return {"items": []}
    rows = await SalesSearch(unit, caller.tenant_id).policies(
        conversation_id=None if caller.is_staff else caller.conversation_id,
        seen_by=caller.user_id if caller.is_staff and not caller.is_admin else None,
        session=named[0],
        user=named[1],
        agent=named[2],
    )
    links = links_for(request)
    return {"items": [_issued(await policies.view(unit, row), links) for row in rows]}


@router.get(
    "/v1/policies/{id}",
    summary="Get policy",
    response_model=Policy,
    response_model_exclude_unset=True,
    responses=refusals(401, 404),
)
async def get_policy(
    request: Request, unit: Opened, caller: Caller, id: PolicyId
) -> dict[str, Any]:
    """A policy, or what has become of the draft with this id."""
    links = links_for(request)
    try:
        row = await policies.find(unit, caller, id)
    except ServiceError:
        return await _by_draft(request, unit, caller, id, links)
    return _issued(await policies.view(unit, row), links)


async def _by_draft(
    request: Request, unit: Unit, caller: Principal, draft_id: Any, links: Links
) -> dict[str, Any]:
    try:
        sale = await _desk(request).find_sale(unit, caller, draft_id)
    except ServiceError as missing:
        raise not_found("policy_not_found", "Полис не найден.") from missing
    return await _of_sale(unit, sale, links)


async def _of_sale(unit: Unit, sale: Sale, links: Links) -> dict[str, Any]:
    issued = await policies.of_sale(unit, sale.tenant_id, sale.id)
    if issued is not None:
        return _issued(issued, links)
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


def _issued(view: policies.PolicyView, links: Links) -> dict[str, Any]:
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


@router.post(
    "/v1/policies/{id}/email",
    status_code=202,
    summary="Send policy to email",
    responses=refusals(401, 404),
)
async def send_by_email(
    unit: Opened, caller: Caller, id: PolicyId, body: EmailOrder
) -> dict[str, str]:
    """Order an e-mail with the policy."""
    policy = await policies.find(unit, caller, id)
    await policies.send_by_email(
        unit, caller.tenant_id, policy.id, body.email, key=f"api:{policy.id}:{uuid4()}"
    )
    await audit.record(unit, caller, "policy.emailed", f"policy:{policy.public_id}")
    return {"status": "enqueued"}
