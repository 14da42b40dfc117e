"""OSAGO as the shared code sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from insurance_chat.insurance.consent import PROCESSING_CONSENT
from insurance_chat.insurance.osago.api_quotes import missing_people
from insurance_chat.insurance.product import Product, load_wording
from insurance_chat.insurance.providers.ports import Offer, OsagoRequest, PolicyRequest


def describe(request: PolicyRequest, offer: Offer) -> dict[str, Any]:
    """The car, the first day, where the policy goes, and the coefficients of the price."""
    assert isinstance(request, OsagoRequest)
    car, holder = request.vehicle, request.policyholder
    parts = [f"{car.brand or ''} {car.model or ''}".strip(), f"{car.year} г.", car.plate or ""]
    return {
        "title": ", ".join(part for part in parts if part),
        "start_date": request.start_date.isoformat(),
        "email": holder.email if holder else None,
        "coefficients": {c.code: str(c.value) for c in offer.coefficients},
    }


OSAGO = Product(
    code="osago",
    request=OsagoRequest,
    wording=load_wording(Path(__file__).with_name("product.yml")),
    describe=describe,
    missing_to_issue=lambda _: missing_people(),
    consents=(PROCESSING_CONSENT,),
)
