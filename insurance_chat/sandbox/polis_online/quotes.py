"""OSAGO quotes: one request, fifteen answers that arrive one after another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.checks import check_quote
from insurance_chat.sandbox.polis_online.insurers import INSURERS, Insurer, license_of
from insurance_chat.sandbox.polis_online.lines import Product, product_of
from insurance_chat.sandbox.polis_online.opening import open_quote
from insurance_chat.sandbox.polis_online.osago_line import driver_classes
from insurance_chat.sandbox.polis_online.reference import previous_policy_of
from insurance_chat.sandbox.polis_online.registry import (
    find_vehicle,
    percent,
    plain_plate,
)
from insurance_chat.sandbox.polis_online.tariff import (
    DriverFacts,
    Factors,
    base_rate,
    factors,
    full_years,
    premium,
)
from insurance_chat.sandbox.polis_online.wire import (
    WireError,
    answer,
    json_body,
    parse_ru_date,
    ru_date,
)
from insurance_chat.sandbox.store import Doc

router = APIRouter()

SILENCE_SECONDS = 20.0
EXTRA_OF_POOL = "Страхование от несчастного случая «Дорога», 990 ₽"


@router.post("/osago/quotes")
async def create_quote(request: Request, partner: Partner) -> Response:
    """202 with the id to poll."""
    body = await json_body(request)
    sandbox = sandbox_of(request)

    def offers(base: str) -> list[Doc]:
        check_quote(body, sandbox.today())
        return _offers(sandbox, body, base)

    return open_quote(request, partner, body, "osago", offers)


@router.get("/{product}/quotes/{quote_id}")
async def quote(request: Request, partner: Partner, product: Product, quote_id: str) -> Response:
    """`status` is calculating or ready; `offers` are those that have arrived."""
    sandbox = sandbox_of(request)
    doc = sandbox.store.get("quote", quote_id)
    if doc is None or doc["partnerId"] != partner["id"] or product_of(doc) != product:
        raise WireError(404, "not_found", "Расчёт не найден")
    passed = sandbox.now().timestamp() - doc["createdAt"]
    arrived = [offer for offer in doc["offers"] if offer["after"] <= passed]
    shown = [{k: v for k, v in offer.items() if k != "after"} for offer in arrived]
    status = "ready" if len(arrived) == len(doc["offers"]) else "calculating"
    return answer({"quoteId": quote_id, "status": status, "offers": shown})


def _facts(body: Doc) -> Factors:
    start = parse_ru_date(body["policyParameters"]["startDate"])
    drivers = []
    for driver, klass in zip(body.get("drivers") or [], driver_classes(body), strict=True):
        born = parse_ru_date(driver["birthDate"])
        since = parse_ru_date(driver["experienceStartDate"])
        if born and since and start:
            drivers.append(DriverFacts(full_years(born, start), full_years(since, start), klass))
    return factors(
        body["region"],
        Decimal(str(body["vehicle"]["powerHp"])),
        body["policyParameters"]["periodMonths"],
        drivers,
        bool(body.get("unlimitedDrivers")),
    )


def _offers(sandbox: Sandbox, body: Doc, root: str) -> list[Doc]:
    found = _facts(body)
    offers = []
    for insurer in INSURERS:
        offer = _priced(sandbox, insurer, body, found) | {
            "offerId": str(uuid4()),
            "companyCode": insurer.slug,
            "companyName": insurer.name,
            "companyLicense": license_of(insurer.slug),
            "rulesUrl": f"{root}/polis/rules/{insurer.slug}",
        }
        silent = offer["status"] == "error"
        offer["after"] = sandbox.wait_seconds(SILENCE_SECONDS if silent else insurer.answers_after)
        offers.append(offer)
    return sorted(offers, key=lambda offer: offer["after"])


def _priced(sandbox: Sandbox, insurer: Insurer, body: Doc, found: Factors) -> Doc:
    car = _car_seed(body)
    reason = _refusal(sandbox, insurer, body)
    if reason:
        return {"status": "declined", "reason": reason}
    if percent(f"silent:{insurer.slug}:{car}") < insurer.silent_percent:
        return {"status": "error", "reason": "Страховая компания не ответила вовремя"}
    base = base_rate(insurer.share, found.kbm_class, f"{insurer.slug}:{car}")
    pool = percent(f"pool:{insurer.slug}:{car}") < insurer.pool_percent
    return {
        "status": "ready",
        "price": str(premium(base, found, sandbox.behaviour.cap_multiplier)),
        "coefficients": _listed(base, found),
        "reinsurancePool": pool,
        "mandatoryExtra": EXTRA_OF_POOL if pool else None,
        "isProlongation": _is_prolongation(sandbox, insurer, body),
        "minStartDate": ru_date(sandbox.today() + timedelta(days=1)),
    }


def _listed(base: Decimal, found: Factors) -> list[dict[str, Any]]:
    values = {
        "ТБ": base,
        "КТ": found.kt,
        "КБМ": found.kbm,
        "КВС": found.kvs,
        "КО": found.ko,
        "КМ": found.km,
        "КС": found.ks,
    }
    return [{"code": code, "value": str(value)} for code, value in values.items()]


def _refusal(sandbox: Sandbox, insurer: Insurer, body: Doc) -> str | None:
    if insurer.slug in sandbox.behaviour.decline_companies:
        return "Компания не заключает договор на этих условиях"
    start = parse_ru_date(body["policyParameters"]["startDate"]) or sandbox.today()
    for driver in body.get("drivers") or []:
        born = parse_ru_date(driver["birthDate"])
        if born and full_years(born, start) < insurer.youngest_driver:
            return f"Компания не страхует водителей младше {insurer.youngest_driver} лет"
    if insurer.strict and _differs_from_register(body["vehicle"]):
        return "Данные автомобиля не совпали с базой ГИБДД"
    return None


def _differs_from_register(vehicle: Doc) -> bool:
    registered = find_vehicle(vehicle.get("licensePlate") or "")
    if registered is None:
        return False
    same_power = Decimal(str(vehicle["powerHp"])) == Decimal(registered["powerHp"])
    same_vin = not vehicle.get("vin") or vehicle["vin"] == registered["vin"]
    return not (
        same_power and same_vin and vehicle["productionYear"] == registered["productionYear"]
    )


def _is_prolongation(sandbox: Sandbox, insurer: Insurer, body: Doc) -> bool:
    plate = body["vehicle"].get("licensePlate")
    previous = previous_policy_of(sandbox, plate) if plate else None
    return bool(previous and previous["companyCode"] == insurer.slug)


def _car_seed(body: Doc) -> str:
    vehicle = body["vehicle"]
    return plain_plate(vehicle.get("licensePlate") or vehicle.get("vin") or "")
