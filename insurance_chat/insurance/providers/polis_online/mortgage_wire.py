"""Mortgages on the wire of polis.online; the format is our guess, as in `wire`."""

from __future__ import annotations

from typing import Any

from insurance_chat.insurance.mortgage.types import (
    Borrower,
    HealthAnswers,
    InsuredObject,
    Loan,
    MortgageRequest,
)
from insurance_chat.insurance.providers.polis_online.wire import Json, person_body, to_date

#: Wire name of a field in a refusal, and our name of it.
FIELDS = {
    "loan.remainingDebt": "loan.balance",
    "loan.bankName": "loan.bank",
    "loan.upliftPercent": "loan.upliftPercent",
    "loan.agreementNumber": "loan.agreementNumber",
    "loan.agreementDate": "loan.agreementDate",
    "property.kind": "insuredObject.kind",
    "property.buildYear": "insuredObject.buildYear",
    "property.woodenFloors": "insuredObject.woodenFloors",
    "property.gas": "insuredObject.gas",
    "property.address": "insuredObject.address",
    "property.areaM2": "insuredObject.areaM2",
    "title.registered": "ownership.registered",
    "life.birthDate": "borrower.birthDate",
    "life.gender": "borrower.gender",
    "health.heightCm": "health.heightCm",
    "health.weightKg": "health.weightKg",
}


def quote_body(request: MortgageRequest) -> Json:
    """A request for offers."""
    return {
        "policyParameters": {"startDate": to_date(request.start_date), "termMonths": 12},
        "risks": [risk.value for risk in request.risks],
        "preliminary": request.preliminary,
        "loan": _loan(request.loan),
        "property": _object(request.insured_object) if request.insured_object else None,
        "title": _title(request),
        "life": _life(request.borrower) if request.borrower else None,
        "health": _health(request.health) if request.health else None,
        "policyholder": person_body(request.policyholder) if request.policyholder else None,
    }


def _loan(loan: Loan) -> Json:
    return {
        "bankCode": loan.bank_code,
        "bankName": loan.bank_name,
        "remainingDebt": str(loan.balance),
        "upliftPercent": _text(loan.uplift_percent),
        "agreementNumber": loan.agreement_number,
        "agreementDate": to_date(loan.agreement_date) if loan.agreement_date else None,
    }


def _object(found: InsuredObject) -> Json:
    return {
        "kind": found.kind.value,
        "buildYear": found.build_year,
        "woodenFloors": found.wooden_floors,
        "gas": found.gas,
        "openFire": found.open_fire,
        "areaM2": _text(found.area_m2),
        "address": found.address,
        "cadastralNumber": found.cadastral_number,
    }


def _title(request: MortgageRequest) -> Json | None:
    owned = request.ownership
    if owned is None:
        return None
    since = to_date(owned.owned_since) if owned.owned_since else None
    return {"registered": owned.registered, "ownedSince": since}


def _life(borrower: Borrower) -> Json:
    return {
        "birthDate": to_date(borrower.birth_date),
        "gender": borrower.gender,
        "dangerousOccupation": borrower.dangerous_occupation,
        "dangerousSport": borrower.dangerous_sport,
    }


def _health(answers: HealthAnswers) -> Json:
    # The name `health` is masked whole in the trace (masking.py).
    return {
        "heightCm": answers.height_cm,
        "weightKg": str(answers.weight_kg),
        "smoker": answers.smoker,
        "severeDisease": answers.severe_disease,
        "disability": answers.disability,
        "surgery": answers.surgery,
        "bloodPressure": answers.blood_pressure,
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
