"""From the slots of a chat to the application, and from an earlier application back to slots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.insurance.mortgage.application import MortgageData
from insurance_chat.insurance.mortgage.banks import get_bank
from insurance_chat.insurance.mortgage.types import ObjectKind, Risk

Slots = Mapping[str, Any]
UNKNOWN = "unknown"  # the client does not know what uplift the agreement wants
OBJECT_SLOTS = (
    "object_kind",
    "build_year",
    "wooden_floors",
    "gas",
    "object_address",
    "object_area",
)


def chosen_risks(slots: Slots) -> tuple[Risk, ...]:
    """Risks that the client has chosen."""
    return tuple(Risk(code) for code in slots.get("mortgage_risks") or ())


def application(slots: Slots) -> MortgageData:
    """What is known so far."""
    danger = slots.get("dangerous_kind") or () if slots.get("dangerous") else ()
    uplift = slots.get("mortgage_uplift")
    kind, home = slots.get("object_kind"), slots.get("policyholder_address")
    place, ref = slots.get("object_address"), slots.get("health_ref")
    return MortgageData(
        risks=chosen_risks(slots),
        bank=slots.get("mortgage_bank"),
        balance=_decimal(slots.get("mortgage_balance")),
        uplift_percent=None if uplift == UNKNOWN else _decimal(uplift),
        agreement_number=slots.get("agreement_number"),
        agreement_date=_date(slots.get("agreement_date")),
        kind=ObjectKind(kind) if kind else None,
        build_year=slots.get("build_year"),
        wooden_floors=slots.get("wooden_floors"),
        gas=slots.get("gas"),
        area_m2=_decimal(slots.get("object_area")),
        address=place["text"] if place else None,
        registered=slots.get("ownership_registered"),
        birth_date=_date(slots.get("policyholder_birth_date")),
        gender=slots.get("borrower_gender"),
        dangerous_occupation="work" in danger,
        dangerous_sport="sport" in danger,
        co_borrowers=bool(slots.get("co_borrowers")),
        health_ref=UUID(ref) if ref else None,
        full_name=slots.get("policyholder_full_name"),
        passport=slots.get("policyholder_passport"),
        home_address=home["text"] if home else None,
        phone=slots.get("phone"),
        email=slots.get("email"),
        start_date=_date(slots.get("start_date")),
    )


def slots_of(data: MortgageData) -> dict[str, Any]:
    """The slots that say what an earlier application knew; unknown ones are left out."""
    danger = [name for name, is_so in (("work", data.dangerous_occupation),
                                       ("sport", data.dangerous_sport)) if is_so]  # fmt: skip
    life, known = Risk.LIFE in data.risks, get_bank(data.bank)
    found = {
        "mortgage_risks": [risk.value for risk in data.risks],
        "mortgage_bank": known.name if known is not None else data.bank,
        "mortgage_uplift": UNKNOWN if data.uplift_percent is None else str(data.uplift_percent),
        "agreement_number": data.agreement_number,
        "agreement_date": _iso(data.agreement_date),
        "object_kind": data.kind.value if data.kind else None,
        "build_year": data.build_year,
        "wooden_floors": data.wooden_floors,
        "gas": data.gas,
        "object_area": str(data.area_m2) if data.area_m2 is not None else None,
        "object_address": {"text": data.address} if data.address else None,
        "ownership_registered": data.registered,
        "policyholder_birth_date": _iso(data.birth_date),
        "borrower_gender": data.gender,
        "dangerous": bool(danger) if life else None,
        "dangerous_kind": danger or None,
        "policyholder_full_name": data.full_name,
        "policyholder_passport": data.passport,
        "policyholder_address": {"text": data.home_address} if data.home_address else None,
        "phone": data.phone,
        "email": data.email,
        "start_date": _iso(data.start_date),
    }
    return {name: value for name, value in found.items() if value is not None}


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if value not in (None, "") else None


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None
