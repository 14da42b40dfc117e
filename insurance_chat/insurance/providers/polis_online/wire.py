"""The only place where our words meet the wire format of polis.online.

The API of polis.online is not public, so this format is our own guess by analogy with sister services;
our sandbox speaks it. When the real description is at hand, change this file and `client.py`'s paths.

The guess: JSON in camelCase; an answer is `{"result": true, "value": …}` or
`{"result": false, "error": {"code", "message", "fields": [{"name", "message"}]}}`; dates are
`ДД.ММ.ГГГГ`; money and coefficients are decimal strings; moments are ISO 8601 with an offset.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from insurance_chat.insurance.osago.tariff.territory import get_territory
from insurance_chat.insurance.providers.ports import (
    Coefficient,
    CoverPart,
    DeclinedPart,
    Draft,
    Driver,
    Kbm,
    KbmStatus,
    Offer,
    OfferStatus,
    OsagoRequest,
    Person,
    PreviousPolicy,
    Quotes,
    RateStep,
    SaleStatus,
    Vehicle,
)

Json = dict[str, Any]

_OFFER_STATUS = {
    "ready": OfferStatus.READY,
    "declined": OfferStatus.DECLINED,
    "error": OfferStatus.FAILED,
}

#: Wire name of a field in a refusal, and our name of it.
_FIELDS = {
    "policyParameters.startDate": "start_date",
    "policyParameters.periodMonths": "period_months",
    "policyParameters.purpose": "purpose",
    "policyParameters.trailer": "trailer",
    "vehicle.licensePlate": "vehicle.plate",
    "vehicle.mark": "vehicle.brand",
    "vehicle.productionYear": "vehicle.year",
    "vehicle.powerHp": "vehicle.power_hp",
    "unlimitedDrivers": "unlimited",
    "driver.licence": "license",
}
_PERSON_FIELDS = {
    "fullName": "full_name",
    "birthDate": "birth_date",
    "licence": "license",
    "experienceStartDate": "experience_start",
}


def quote_body(request: OsagoRequest) -> Json:
    """A request for offers."""
    return {
        "region": place_name(request.region, request.start_date),
        "policyParameters": {
            "startDate": to_date(request.start_date),
            "periodMonths": request.period_months,
            "purpose": request.purpose,
            "trailer": request.trailer,
        },
        "vehicle": vehicle_body(request.vehicle),
        "preliminary": request.preliminary,
        "owner": person_body(request.owner) if request.owner else None,
        "policyholder": person_body(request.policyholder) if request.policyholder else None,
        "unlimitedDrivers": request.unlimited,
        "drivers": [driver_body(driver) for driver in request.drivers],
    }


def place_name(key: str, on: date) -> str:
    """A place in words, «Курская область, Железногорск», because two towns can share a name.

    Args:
        key: row of our territory table; any other text is passed on as it is.
        on: start of the policy.
    """
    found = get_territory(key, on)
    if found is None:
        return key
    subject = get_territory(found.subject, on)
    if subject is None or subject.key == found.key:
        return found.title
    return f"{subject.title}, {found.title}"


def vehicle_body(vehicle: Vehicle) -> Json:
    """A car."""
    document = None
    if vehicle.document:
        kind = (vehicle.document_type or "sts").upper()
        document = {"type": kind, "seriesNumber": vehicle.document}
    return {
        "licensePlate": vehicle.plate,
        "vin": vehicle.vin,
        "mark": vehicle.brand,
        "model": vehicle.model,
        "productionYear": vehicle.year,
        "powerHp": None if vehicle.power_hp is None else str(vehicle.power_hp),
        "category": vehicle.category,
        "document": document,
    }


def person_body(person: Person) -> Json:
    """An owner or policyholder."""
    return {
        "fullName": person.full_name,
        "birthDate": to_date(person.birth_date),
        "passport": person.passport,
        "address": person.address,
        "phone": person.phone,
        "email": person.email,
    }


def driver_body(driver: Driver) -> Json:
    """A driver."""
    return {
        "fullName": driver.full_name,
        "birthDate": to_date(driver.birth_date),
        "licence": driver.license,
        "experienceStartDate": to_date(driver.experience_start),
    }


def read_vehicle(value: Json) -> Vehicle | None:
    """The car of a plate, None when the register has none."""
    car = value["vehicle"]
    if not value["found"] or not car:
        return None
    document = car.get("document") or {}
    return Vehicle(
        plate=car.get("licensePlate"),
        vin=car.get("vin"),
        brand=car.get("mark"),
        model=car.get("model"),
        year=car.get("productionYear"),
        power_hp=None if car.get("powerHp") is None else Decimal(str(car["powerHp"])),
        category=car.get("category") or "B",
        document_type=document["type"].lower() if document else None,
        document=document.get("seriesNumber"),
    )


def read_kbm(value: Json) -> Kbm | None:
    """Bonus-malus; None while the source is still being asked."""
    if value["status"] == "processing":
        return None
    found = value.get("kbm")
    if value["status"] != "ready" or not found:
        return Kbm(status=KbmStatus.UNAVAILABLE)
    return Kbm(status=KbmStatus.FOUND, value=Decimal(found["value"]), klass=found.get("class"))


def read_previous_policy(value: Json) -> PreviousPolicy | None:
    """The policy that ends last, None when there is none."""
    found = [
        PreviousPolicy(
            number=item["number"],
            company_code=item["companyCode"],
            expire_at=from_date(item["endDate"]),
        )
        for item in value["policies"]
    ]
    return max(found, key=lambda policy: policy.expire_at, default=None)


def read_quotes(value: Json) -> Quotes:
    """Offers that have arrived."""
    return Quotes(
        request_id=value["quoteId"],
        complete=value["status"] == "ready",
        offers=tuple(read_offer(item) for item in value["offers"]),
    )


def read_offer(item: Json) -> Offer:
    """One insurer's answer; an unknown status counts as a failure."""
    price = item.get("price")
    earliest = item.get("minStartDate")
    return Offer(
        offer_id=item["offerId"],
        company_code=item["companyCode"],
        company=item["companyName"],
        license=item.get("companyLicense"),
        status=_OFFER_STATUS.get(item["status"], OfferStatus.FAILED),
        price=None if price is None else Decimal(price),
        decline_reason=item.get("reason"),
        coefficients=tuple(
            Coefficient(code=part["code"], value=Decimal(part["value"]))
            for part in item.get("coefficients") or ()
        ),
        reinsurance_pool=bool(item.get("reinsurancePool")),
        mandatory_extra=item.get("mandatoryExtra"),
        min_start_date=from_date(earliest) if earliest else None,
        rules_url=item.get("rulesUrl"),
        parts=read_parts(item),
        declined_parts=tuple(
            DeclinedPart(risk=part["risk"], reason=part["reason"])
            for part in item.get("declinedRisks") or ()
        ),
    )


def read_parts(item: Json) -> tuple[CoverPart, ...]:
    """Risks with their prices, of an offer or a draft; none for OSAGO."""
    return tuple(
        CoverPart(
            risk=part["risk"],
            insured_sum=Decimal(part["insuredSum"]),
            rate=Decimal(part["rate"]),
            premium=Decimal(part["premium"]),
            steps=tuple(
                RateStep(code=step["code"], op=step["op"], value=Decimal(step["value"]))
                for step in part.get("steps") or ()
            ),
        )
        for part in item.get("parts") or ()
    )


def read_draft(value: Json) -> Draft:
    """A draft; the price of the wire is binding."""
    return Draft(
        draft_id=value["draftId"],
        status=SaleStatus(value["status"]),
        company_code=value["companyCode"],
        price=Decimal(value["price"]),
        payment_url=value.get("paymentUrl"),
        payment_expires_at=_moment(value.get("paymentExpiresAt")),
        policy_number=_series_in_cyrillic(value.get("policyNumber")),
        start_date=_date_or_none(value.get("startDate")),
        end_date=_date_or_none(value.get("endDate")),
        paid_at=_moment(value.get("paidAt")),
        failure=value.get("failure"),
        parts=read_parts(value),
    )


def our_field(wire_name: str) -> str:
    """Our name of a refused field: `drivers[0].licence` becomes `drivers.0.license`."""
    if wire_name in _FIELDS:
        return _FIELDS[wire_name]
    name = re.sub(r"\[(\d+)\]", r".\1", wire_name)
    head, dot, last = name.rpartition(".")
    return f"{head}{dot}{_PERSON_FIELDS.get(last, last)}"


def to_date(value: date) -> str:
    """A date as polis.online writes it."""
    return value.strftime("%d.%m.%Y")


def from_date(value: str) -> date:
    """A date as polis.online writes it.

    Raises:
        ValueError: it is not ДД.ММ.ГГГГ.
    """
    day, month, year = value.split(".")
    return date(int(year), int(month), int(day))


def _date_or_none(value: str | None) -> date | None:
    return from_date(value) if value else None


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _series_in_cyrillic(number: str | None) -> str | None:
    """Some insurers write the series `XXX` in Latin letters."""
    return number.replace("X", "Х") if number else None
