"""Renewal by the loan's anniversary: everything is known but the new balance and the health answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from insurance_chat.core.clock import moscow_today
from insurance_chat.insurance.mortgage.application import MortgageData
from insurance_chat.insurance.mortgage.types import MortgageRequest

#: The offers of insurers cannot start earlier than tomorrow.
_EARLIEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal begins with.

    Args:
        data: the old application without the balance and the health answers, which have changed.
        start_date: the day after the old policy ends, or tomorrow when that day has passed.
        gap: the old policy has ended already, so there are days without insurance.
    """

    data: MortgageData
    start_date: date
    gap: bool


def begin(payload: dict[str, Any], expire_at: date, today: date | None = None) -> Renewal:
    """Begin the renewal of a policy.

    Args:
        payload: of the sale, opened (`sales.payload`).
        expire_at: last day of the old policy, so the new one starts on the loan's anniversary.
        today: Moscow calendar date.
    """
    today = today or moscow_today()
    old = MortgageRequest.model_validate(payload["application"])
    wanted = expire_at + timedelta(days=1)
    start = max(wanted, today + _EARLIEST)
    found, person, life = old.insured_object, old.policyholder, old.borrower
    data = MortgageData(
        risks=old.risks,
        bank=old.loan.bank_code or old.loan.bank_name,
        uplift_percent=old.loan.uplift_percent,
        agreement_number=old.loan.agreement_number,
        agreement_date=old.loan.agreement_date,
        **({} if found is None else found.model_dump()),
        registered=old.ownership.registered if old.ownership else None,
        owned_since=old.ownership.owned_since if old.ownership else None,
        birth_date=life.birth_date if life else (person.birth_date if person else None),
        gender=life.gender if life else None,
        dangerous_occupation=life.dangerous_occupation if life else False,
        dangerous_sport=life.dangerous_sport if life else False,
        co_borrowers=life.co_borrowers if life else False,
        full_name=person.full_name if person else None,
        passport=person.passport if person else None,
        home_address=person.address if person else None,
        phone=person.phone if person else None,
        email=person.email if person else None,
        start_date=start,
    )
    return Renewal(data, start, start > wanted)
