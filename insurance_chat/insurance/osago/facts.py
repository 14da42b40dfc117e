"""From the facts of a conversation to the insurer's request, and back to words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from insurance_chat.insurance.providers.ports import Driver, OsagoRequest, Person, Vehicle

Slots = Mapping[str, Any]
VEHICLE_SLOTS = (
    "plate", "no_plate", "vin", "make_model", "year", "power_hp", "vehicle_document",
    "vehicle_found", "register", "previous_policy",
)  # fmt: skip
DRIVER_SLOTS = (
    "driver_full_name", "driver_birth_date", "driver_license", "driver_experience_start",
)  # fmt: skip


def person(slots: Slots, role: str) -> Person:
    """The owner or the policyholder as the insurer wants them.

    Args:
        role: `owner` or `policyholder`, the prefix of the slots.
    """
    return Person(
        full_name=slots[f"{role}_full_name"],
        birth_date=date.fromisoformat(slots[f"{role}_birth_date"]),
        passport=slots[f"{role}_passport"],
        address=slots[f"{role}_address"]["text"],
        region=slots.get("territory") if role == "owner" else None,
        phone=slots.get("phone"),
        email=slots.get("email"),
    )


def vehicle(slots: Slots) -> Vehicle:
    """The car as the insurer wants it."""
    document = slots["vehicle_document"]
    return Vehicle(
        plate=slots.get("plate"),
        vin=slots["vin"],
        brand=slots["make_model"]["brand"],
        model=slots["make_model"].get("model"),
        year=int(slots["year"]),
        power_hp=Decimal(str(slots["power_hp"])),
        document_type=document["type"],
        document=document["number"],
    )


def drivers(slots: Slots) -> tuple[Driver, ...]:
    """The list of drivers; empty when anybody may drive."""
    if slots["drivers_unlimited"]:
        return ()
    return tuple(
        Driver(
            full_name=item["full_name"],
            birth_date=date.fromisoformat(item["birth_date"]),
            license=item["license"],
            experience_start=date.fromisoformat(item["experience_start"]),
        )
        for item in slots["drivers"]
    )


def osago_request(slots: Slots) -> OsagoRequest:
    """Everything that the insurer needs; all slots of the flow are known here."""
    owner = person(slots, "owner")
    own = slots["policyholder_is_owner"]
    return OsagoRequest(
        vehicle=vehicle(slots),
        owner=owner,
        policyholder=owner if own else person(slots, "policyholder"),
        drivers=drivers(slots),
        unlimited=bool(slots["drivers_unlimited"]),
        region=slots["territory"],
        start_date=date.fromisoformat(slots["start_date"]),
        period_months=int(slots["period_months"]),
    )


def car_title(slots: Slots) -> str:
    """«Hyundai Solaris, 2018 г., А123ВС77»."""
    car = slots.get("make_model") or {}
    name = " ".join(part for part in (car.get("brand"), car.get("model")) if part)
    parts = [name, f"{slots['year']} г." if slots.get("year") else "", slots.get("plate") or ""]
    return ", ".join(part for part in parts if part)


def drivers_title(slots: Slots) -> str:
    """Drivers in words, as the client reads them before paying."""
    if slots["drivers_unlimited"]:
        return "без ограничений"
    return ", ".join(item["full_name"] for item in slots["drivers"])
