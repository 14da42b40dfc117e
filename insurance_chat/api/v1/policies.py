"""OSAGO for outside systems: quote, draft, issue; and the policies of all products."""

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
from insurance_chat.api.v1.policy_views import declined, desk_of, drafted, of_sale, shown_policy
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.osago.api_quotes import build_request, is_of_car, prefill
from insurance_chat.insurance.providers.ports import Offer
from insurance_chat.insurance.selling.desk import DraftWish, find_sale
from insurance_chat.insurance.selling.repository import SalesSearch

router = APIRouter(tags=["policies"])
OSAGO = "osago"


@router.post(
    "/v1/policies/osago/quote",
    summary="OSAGO quote",
    response_model=QuoteResponse,
    responses=refusals(401, 404, 422),
)
async def quote(request: Request, caller: Caller, body: OsagoQuoteRequest) -> dict[str, Any]:
    """Ask all insurers and wait for their prices (up to 40 seconds)."""
    session = session_id(body.session_id) if body.session_id else None
    data = await prefill(services_of(request).provider, body.data())
    found = await desk_of(request, OSAGO).quote(caller, build_request(data), session)
    return {
        "offers": [_offer(offer, preliminary=found.preliminary) for offer in found.ready],
        "preliminary": found.preliminary,
        "declined": declined(found.declined),
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
        fits=is_of_car(body.vehicle.data()),
        email=body.applicant.email,
        session=session_id(body.session_id) if body.session_id else None,
        quote_id=_quote_id(body.quote_id) if body.quote_id else None,
        offer_id=body.offer_id,
    )
    made = await desk_of(request, OSAGO).draft(caller, wish)
    return await drafted(request, caller, made, links_for(request))


def _quote_id(value: str) -> Any:
    return read_id(value, "quote_not_found", "Расчёт не найден.")


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
    sale = await desk_of(request, OSAGO).issue(caller, draft_id, body.payment_token, body.price)
    async with services_of(request).db.unit() as unit:
        return await of_sale(unit, sale, links_for(request))


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
    return {"items": [shown_policy(await policies.view(unit, row), links) for row in rows]}


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
        return await _by_draft(unit, caller, id, links)
    return shown_policy(await policies.view(unit, row), links)


async def _by_draft(unit: Unit, caller: Principal, draft_id: Any, links: Links) -> dict[str, Any]:
    try:
        sale = await find_sale(unit, caller, draft_id)
    except ServiceError as missing:
        raise not_found("policy_not_found", "Полис не найден.") from missing
    return await of_sale(unit, sale, links)


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
