"""Mortgage insurance for outside systems: the health consent, quote, draft, issue."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from insurance_chat.api.deps import Caller, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for
from insurance_chat.api.texts import read_id, session_id
from insurance_chat.api.v1.mortgage_bodies import (
    HealthConsent,
    MortgageDraftRequest,
    MortgageQuoteRequest,
    MortgageQuoteResponse,
)
from insurance_chat.api.v1.policy_bodies import IssuePolicyRequest, Policy, PolicyDraft
from insurance_chat.api.v1.policy_views import declined, desk_of, drafted, of_sale
from insurance_chat.insurance.mortgage import selling
from insurance_chat.insurance.mortgage.health import HEALTH_CONSENT, QUESTIONS
from insurance_chat.insurance.mortgage.price import explain
from insurance_chat.insurance.mortgage.selling import Asked
from insurance_chat.insurance.mortgage.terms import cooling_off_text
from insurance_chat.insurance.selling.desk import DraftWish

router = APIRouter(tags=["policies"])
MORTGAGE = "mortgage"


@router.get(
    "/v1/policies/mortgage/health-consent",
    summary="Consent that goes before health questions",
    response_model=HealthConsent,
    responses=refusals(401),
)
async def health_consent(caller: Caller) -> dict[str, Any]:
    """The text to show apart from any other consent (152-ФЗ art. 9 and 10), and the questions."""
    return {
        "version": HEALTH_CONSENT.version,
        "text": HEALTH_CONSENT.text,
        "questions": QUESTIONS,
    }


@router.post(
    "/v1/policies/mortgage/quote",
    summary="Mortgage insurance quote",
    response_model=MortgageQuoteResponse,
    responses=refusals(401, 403, 404, 409, 422),
)
async def quote(request: Request, caller: Caller, body: MortgageQuoteRequest) -> dict[str, Any]:
    """Ask all insurers and wait for their prices (up to 40 seconds)."""
    session = session_id(body.session_id) if body.session_id else None
    desk = desk_of(request, MORTGAGE)
    asked = await selling.prepare(
        services_of(request).db, desk, caller, body.data(), _answers(body), session
    )
    found = await desk.quote(caller, asked.request, session)
    why = {offer.offer_id: explain(offer, asked.request.loan) for offer in found.ready}
    return {
        "offers": [
            _offer(card) | {"explanation": why[card["offerId"]]}
            for card in selling.compared(found.ready, asked.request)
        ],
        "declined": declined(found.declined),
        "quoteId": str(found.quote_id),
        "preliminary": found.preliminary,
        "coolingOff": cooling_off_text(asked.request.risks),
    }


def _answers(body: MortgageQuoteRequest) -> Asked | None:
    if body.health is None:
        return None
    return Asked(body.health.answers(), body.health.consent_version)


def _offer(card: dict[str, Any]) -> dict[str, Any]:
    return {
        "companyCode": card["companyCode"],
        "price": float(card["price"]),
        "currency": "RUB",
        "details": card["details"],
        "offerId": card["offerId"],
        "company": card["company"],
        "covers": [
            {"risk": one["risk"], "sum": float(one["sum"]), "price": float(one["price"])}
            for one in card["covers"]
        ],
        "notCovered": [{"risk": one["risk"], "reason": one["reason"]} for one in card["missing"]],
        "bankNote": card["bankNote"],
    }


@router.post(
    "/v1/policies/mortgage/draft",
    status_code=201,
    summary="Create mortgage insurance draft",
    response_model=PolicyDraft,
    response_model_exclude_unset=True,
    responses=refusals(401, 404, 409, 422),
)
async def draft(request: Request, caller: Caller, body: MortgageDraftRequest) -> dict[str, Any]:
    """Fix a quoted offer at its insurer; `payload.keyInformationUrl` is to be shown before payment."""
    wish = DraftWish(
        company_code=body.quote_offer.company_code,
        price=body.quote_offer.price,
        fits=_by_id_only,
        email=body.email,
        session=session_id(body.session_id) if body.session_id else None,
        quote_id=read_id(body.quote_id, "quote_not_found", "Расчёт не найден."),
        offer_id=body.offer_id,
    )
    made = await desk_of(request, MORTGAGE).draft(caller, wish)
    return await drafted(request, caller, made, links_for(request))


def _by_id_only(_: Any) -> bool:
    return False


@router.post(
    "/v1/policies/mortgage/issue",
    status_code=201,
    summary="Issue mortgage insurance policy",
    response_model=Policy,
    response_model_exclude_unset=True,
    responses=refusals(401, 404, 409, 422),
)
async def issue(request: Request, caller: Caller, body: IssuePolicyRequest) -> dict[str, Any]:
    """Confirm the payment and issue; `pending` when the insurer needs longer, then ask again."""
    draft_id = read_id(body.draft_id, "draft_not_found", "Черновик не найден.")
    desk = desk_of(request, MORTGAGE)
    sale = await desk.issue(caller, draft_id, body.payment_token, body.price)
    async with services_of(request).db.unit() as unit:
        return await of_sale(unit, sale, links_for(request))
