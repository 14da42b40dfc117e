"""Mortgage insurance as the shared code sees it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from insurance_chat.core.money import format_rub
from insurance_chat.insurance.mortgage import health
from insurance_chat.insurance.mortgage.application import missing_to_issue
from insurance_chat.insurance.mortgage.consent import MORTGAGE_CONSENT
from insurance_chat.insurance.mortgage.price import risk_name
from insurance_chat.insurance.mortgage.reading import READERS
from insurance_chat.insurance.mortgage.types import MortgageRequest
from insurance_chat.insurance.product import Product, load_wording
from insurance_chat.insurance.providers.ports import Offer, PolicyRequest


def describe(request: PolicyRequest, offer: Offer) -> dict[str, Any]:
    """What is insured and at which bank, the prices risk by risk, and the facts for the renewal.

    The health answers are not among them: `MortgageRequest` never writes them.
    """
    assert isinstance(request, MortgageRequest)
    taken = [risk_name(part.risk) for part in offer.parts]
    found, holder = request.insured_object, request.policyholder
    place = f", {found.address}" if found is not None and found.address else ""
    return {
        "title": f"{', '.join(taken).capitalize()}; {request.loan.bank_name}{place}",
        "start_date": request.start_date.isoformat(),
        "email": holder.email if holder is not None else None,
        "parts": [part.model_dump(mode="json", exclude={"steps"}) for part in offer.parts],
        "application": request.model_dump(mode="json", exclude={"health_ref"}),
    }


def _missing(request: PolicyRequest) -> list[dict[str, str]]:
    assert isinstance(request, MortgageRequest)
    return missing_to_issue(request)


def _roubles(value: str) -> str:
    return format_rub(Decimal(value))


def _square_metres(value: str) -> str:
    return f"{value.replace('.', ',')} м²"


MORTGAGE = Product(
    code="mortgage",
    request=MortgageRequest,
    wording=load_wording(Path(__file__).with_name("product.yml")),
    describe=describe,
    missing_to_issue=_missing,
    key_information=True,
    complete=health.complete,
    forget=health.forget,
    tidy=health.forget_old,
    readers=READERS,
    shows={"balance": _roubles, "area": _square_metres},
    consents=(MORTGAGE_CONSENT, health.HEALTH_CONSENT),
)
