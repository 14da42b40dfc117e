"""Data services: the car of a plate, bonus-malus, the previous policy."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, Field

from insurance_chat.api.deps import Caller, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import FilledLine, Model, refuse
from insurance_chat.conversations.contacts import has_consent
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.errors import Kind, ServiceError, not_found, unavailable
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.consent import PROCESSING_CONSENT
from insurance_chat.insurance.osago.api_quotes import plain_document, plain_plate
from insurance_chat.insurance.providers.ports import KbmStatus

router = APIRouter(tags=["osago"])
Plate = Annotated[FilledLine, AfterValidator(plain_plate), Query(description="Например, А123ВС77.")]


def _licence(value: str) -> str:
    number = plain_document(value)
    if not re.fullmatch(r"\d{2}[0-9А-Я]{2}\d{6}", number):
        raise refuse("Нужны серия и номер водительского удостоверения, 10 знаков.")
    return number


Licence = Annotated[
    FilledLine,
    AfterValidator(_licence),
    Query(alias="docNumber", description="Серия и номер водительского удостоверения."),
]


class VehicleInfo(Model):
    """A car as its register shows it."""

    plate: str = Field(default="")
    vin: str = Field(default="")
    brand: str = Field(default="")
    model: str = Field(default="")
    year: int = Field(default=0)
    power_hp: float = Field(default=0)


class KbmInfo(Model):
    """Bonus-malus. A coefficient above 1 is a surcharge, so the discount is negative."""

    kbm: str
    discount_percent: float


class PrevPolicyInfo(Model):
    """The last OSAGO policy of a car."""

    policy_number: str
    company_code: str
    expire_at: date


async def _check(request: Request, caller: Principal) -> None:
    """Registers hold personal data: a client must have agreed to their processing.

    Raises:
        ServiceError: `consent_required`.
    """
    if caller.is_staff:
        return
    async with services_of(request).db.unit() as unit:
        repository = ConversationRepository(unit, caller.tenant_id)
        conversation = await repository.by_id(caller.conversation_id or 0)
        if conversation is not None and await has_consent(
            unit, caller.tenant_id, conversation.contact_id, PROCESSING_CONSENT
        ):
            return
    raise ServiceError(
        "consent_required",
        Kind.FORBIDDEN,
        "Сначала нужно согласие на обработку персональных данных: дайте его в чате.",
    )


@router.get(
    "/v1/osago/vehicle-by-plate",
    summary="Vehicle info by plate",
    response_model=VehicleInfo,
    response_model_exclude_unset=True,
    responses=refusals(401, 403, 404, 422),
)
async def vehicle_by_plate(request: Request, caller: Caller, plate: Plate) -> dict[str, Any]:
    """What is known of a car by its plate."""
    await _check(request, caller)
    car = await services_of(request).provider.vehicle_by_plate(plate)
    if car is None:
        raise not_found("vehicle_not_found", "Автомобиль с таким номером не найден.")
    shown = {
        "plate": car.plate,
        "vin": car.vin,
        "brand": car.brand,
        "model": car.model,
        "year": car.year,
        "powerHp": float(car.power_hp) if car.power_hp is not None else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


@router.get(
    "/v1/osago/kbm",
    summary="KBM by person",
    response_model=KbmInfo,
    responses=refusals(401, 403, 404, 422),
)
async def kbm(request: Request, caller: Caller, doc_number: Licence) -> dict[str, Any]:
    """Bonus-malus by the number of a driving licence."""
    await _check(request, caller)
    found = await services_of(request).provider.kbm_by_license(doc_number)
    if found.status is not KbmStatus.FOUND or found.value is None:
        raise unavailable("provider_unavailable", "Источник КБМ не отвечает. Повторите позже.")
    discount = (Decimal(1) - found.value) * 100
    return {"kbm": str(found.value), "discountPercent": float(discount)}


@router.get(
    "/v1/osago/prev-policy",
    summary="Previous OSAGO policy",
    response_model=PrevPolicyInfo,
    responses=refusals(401, 403, 404, 422),
)
async def previous_policy(request: Request, caller: Caller, plate: Plate) -> dict[str, Any]:
    """The last policy of a car."""
    await _check(request, caller)
    found = await services_of(request).provider.previous_policy(plate)
    if found is None:
        raise not_found("policy_not_found", "Прошлый полис не найден.")
    return {
        "policyNumber": found.number,
        "companyCode": found.company_code,
        "expireAt": found.expire_at,
    }
