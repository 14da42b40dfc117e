"""What is special about OSAGO behind the common calls: the base rate, the car, the form."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from insurance_chat.sandbox.context import MOSCOW
from insurance_chat.sandbox.pdf import PolicyForm, render_policy
from insurance_chat.sandbox.polis_online.insurers import Insurer
from insurance_chat.sandbox.polis_online.registry import kbm_class, plain_plate
from insurance_chat.sandbox.polis_online.tables import KBM_BY_CLASS
from insurance_chat.sandbox.polis_online.tariff import KOPECK
from insurance_chat.sandbox.store import Doc


def driver_classes(body: Doc) -> list[str]:
    """Class of КБМ of each driver; a silent source is class 3 for the insurer, as in life."""
    return [kbm_class(driver["licence"]) or "3" for driver in body.get("drivers") or []]


class OsagoLine:
    """See `Line`."""

    title = "ОСАГО"
    series = "ХХХ99"
    people_missing = {"name": "owner", "message": "Собственник и страхователь: нужны их данные"}  # noqa: RUF012

    def repriced(self, offer: Doc, factor: Decimal) -> Doc:
        """A dearer policy means a dearer base rate."""
        if factor == 1:
            return {"price": offer["price"], "coefficients": offer["coefficients"]}
        coefficients = []
        for item in offer["coefficients"]:
            value = Decimal(item["value"])
            if item["code"] == "ТБ":
                value = (value * factor).quantize(KOPECK, ROUND_HALF_UP)
            coefficients.append({"code": item["code"], "value": str(value)})
        price = (Decimal(offer["price"]) * factor).quantize(KOPECK, ROUND_HALF_UP)
        return {"price": str(price), "coefficients": coefficients}

    def in_pool(self, offer: Doc, insurer: Insurer) -> bool:
        """Already in the offer, or after the choice."""
        return bool(offer["reinsurancePool"]) or insurer.pool_after_choice

    def subject(self, draft: Doc) -> list[tuple[str, str]]:
        """The car."""
        vehicle = draft["request"]["vehicle"]
        shown = plain_plate(vehicle.get("licensePlate") or "") or vehicle.get("vin") or "не указан"
        return [("Автомобиль", f"{vehicle['mark']} {vehicle['model']}"), ("Госномер", shown)]

    def registered(self, draft: Doc) -> Doc:
        """By plate and VIN."""
        vehicle = draft["request"]["vehicle"]
        return {
            "plate": plain_plate(vehicle.get("licensePlate") or ""),
            "vin": vehicle.get("vin"),
        }

    def render(self, draft: Doc, check_url: str) -> bytes:
        """The form of an e-OSAGO policy."""
        return render_policy(_form(draft, check_url))

    def render_key_information(self, draft: Doc) -> bytes | None:
        """OSAGO is obligatory: it has no such document."""
        return None


def _form(draft: Doc, check_url: str) -> PolicyForm:
    asked = draft["request"]
    issued = datetime.fromtimestamp(draft["issuedAt"], UTC).astimezone(MOSCOW)
    drivers = [
        {
            "name": driver["fullName"],
            "licence": driver["licence"],
            "klass": klass,
            "kbm": str(KBM_BY_CLASS[klass]),
        }
        for driver, klass in zip(asked.get("drivers") or [], driver_classes(asked), strict=True)
    ]
    return PolicyForm(
        number=draft["number"],
        company=draft["companyName"],
        license=draft["companyLicense"],
        start=draft["startDate"],
        end=draft["endDate"],
        months=asked["policyParameters"]["periodMonths"],
        trailer=bool(asked["policyParameters"].get("trailer")),
        policyholder=asked["policyholder"]["fullName"],
        owner=asked["owner"]["fullName"],
        vehicle=asked["vehicle"],
        unlimited=bool(asked.get("unlimitedDrivers")),
        drivers=drivers,
        coefficients=draft["coefficients"],
        price=draft["price"],
        issued_at=issued.strftime("%d.%m.%Y %H:%M"),
        check_url=check_url,
    )
