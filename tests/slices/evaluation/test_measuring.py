"""Two policies for the same thing are one too many; for two things they are not."""

from __future__ import annotations

from typing import Any

from insurance_chat.main.evaluation.measuring import repeated

CAR = {"product": "osago", "plate": "А123ВС77", "vin": "", "subject": [], "startDate": "01.12.2026"}
LOAN = {
    "product": "mortgage",
    "loanAgreement": "12-345/2021",
    "subject": [],
    "startDate": "01.12.2026",
}


def policy(of: dict[str, Any], number: str, **changed: Any) -> dict[str, Any]:
    """A policy as the emulated insurer lists it."""
    sale = {
        "number": number,
        "draftId": f"d{number}",
        "companyCode": f"c{number}",
        "companyName": f"Страховая {number}",
        "price": f"{number}000.00",
        "endDate": "30.11.2027",
        "issuedAt": f"2026-11-21T10:0{number}:00+03:00",
    }
    return of | sale | changed


def test_the_same_thing_from_the_same_day_is_sold_twice_at_whatever_insurer() -> None:
    for thing in (CAR, LOAN):
        assert repeated([policy(thing, "1"), policy(thing, "2")]) == 1
        assert repeated([policy(thing, one) for one in "123"]) == 2


def test_another_thing_or_another_day_is_another_policy() -> None:
    assert repeated([policy(CAR, "1"), policy(LOAN, "2")]) == 0
    assert repeated([policy(CAR, "1"), policy(CAR, "2", startDate="02.12.2026")]) == 0
    assert repeated([policy(LOAN, "1"), policy(LOAN, "2", loanAgreement="99-001/2021")]) == 0
