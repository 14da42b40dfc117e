"""What is asked, what is refused, and what the insurer gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.mortgage import needs
from insurance_chat.insurance.mortgage.application import MortgageData, build_request, check
from insurance_chat.insurance.mortgage.types import ObjectKind, Risk

TODAY = date(2026, 11, 21)
FLAT = MortgageData(
    risks=(Risk.PROPERTY,),
    bank="сбер",
    balance=Decimal(2_300_000),
    kind=ObjectKind.FLAT,
    build_year=1996,
    wooden_floors=False,
    gas=True,
)
WHOLE = replace(
    FLAT,
    risks=(Risk.TITLE, Risk.LIFE, Risk.PROPERTY),
    registered=True,
    birth_date=date(1991, 5, 1),
    gender="M",
    health_ref=uuid4(),
    agreement_number="1-2021",
    agreement_date=date(2021, 4, 2),
    address="Москва, улица Выдуманная, дом 7",
    area_m2=Decimal(54),
    full_name="Тестов Пётр Ильич",
    passport="0012 345678",
    home_address="Москва, улица Выдуманная, дом 7",
    phone="+79001234567",
    email="petr@example.org",
)


def fields_of(error: pytest.ExceptionInfo[ServiceError]) -> set[str]:
    return {item["field"] for item in error.value.data["fields"]}


@pytest.mark.parametrize(
    ("risks", "asked", "spared"),
    [
        ((Risk.PROPERTY,), {"insuredObject.gas"}, {"health", "borrower.gender"}),
        ((Risk.LIFE,), {"health", "borrower.birthDate"}, {"insuredObject.kind"}),
        ((Risk.TITLE,), {"ownership.registered"}, {"health", "insuredObject.buildYear"}),
    ],
    ids=["property", "life", "title"],
)
def test_only_what_the_chosen_risks_need_is_asked(
    risks: tuple[Risk, ...], asked: set[str], spared: set[str]
) -> None:
    fields = set(needs.to_quote(risks)) | set(needs.to_issue(risks))
    assert asked <= fields
    assert not spared & fields


def test_what_is_missing_for_a_price_is_named_at_once() -> None:
    with pytest.raises(ServiceError) as caught:
        build_request(MortgageData(risks=(Risk.PROPERTY, Risk.LIFE), bank="втб"), TODAY)
    assert caught.value.code == "data_missing"
    assert fields_of(caught) == {
        "loan.balance", "insuredObject.kind", "insuredObject.buildYear", "insuredObject.gas",
        "insuredObject.woodenFloors", "borrower.birthDate", "borrower.gender", "health",
    }  # fmt: skip


def test_a_price_does_not_need_the_people() -> None:
    request = build_request(FLAT, TODAY)
    assert request.preliminary
    assert request.start_date == TODAY + timedelta(days=1)
    assert (request.loan.bank_code, request.loan.bank_name) == ("sber", "Сбер")


def test_an_issue_has_everything_and_keeps_the_zeros_of_the_passport() -> None:
    request = build_request(WHOLE, TODAY)
    assert not request.preliminary
    assert request.risks == (Risk.PROPERTY, Risk.LIFE, Risk.TITLE)
    assert request.policyholder is not None
    assert request.policyholder.passport == "0012345678"


def test_a_risk_that_was_not_chosen_takes_nothing_along() -> None:
    request = build_request(replace(WHOLE, risks=(Risk.PROPERTY,)), TODAY)
    assert request.borrower is None
    assert request.health_ref is None
    assert request.ownership is None


def test_a_bank_that_is_not_in_the_list_is_taken_by_its_name() -> None:
    loan = build_request(replace(FLAT, bank="Банк «Радуга»"), TODAY).loan
    assert (loan.bank_code, loan.bank_name, loan.uplift_percent) == (None, "Банк «Радуга»", None)


def test_the_agreement_goes_before_what_we_suppose_of_the_bank() -> None:
    assert build_request(replace(FLAT, bank="vtb"), TODAY).loan.uplift_percent == 10
    stated = replace(FLAT, bank="vtb", uplift_percent=Decimal(0))
    assert build_request(stated, TODAY).loan.uplift_percent == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"balance": Decimal(0)}, "loan.balance"),
        ({"build_year": 2027}, "insuredObject.buildYear"),
        ({"start_date": TODAY}, "startDate"),
        ({"start_date": TODAY + timedelta(days=61)}, "startDate"),
        ({"birth_date": date(2010, 1, 1)}, "borrower.birthDate"),
        ({"passport": "123"}, "policyholder.passport"),
        ({"agreement_date": TODAY + timedelta(days=1)}, "loan.agreementDate"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_true_is_refused(change: dict[str, object], field: str) -> None:
    assert [item["field"] for item in check(replace(WHOLE, **change), TODAY)] == [field]  # type: ignore[arg-type]
