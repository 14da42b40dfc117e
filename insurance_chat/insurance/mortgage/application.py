"""From what is known of an application to the insurer's request, or a list of what is missing or wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.errors import invalid
from insurance_chat.insurance.mortgage import needs
from insurance_chat.insurance.mortgage.banks import find_bank, get_bank
from insurance_chat.insurance.mortgage.price import age_on
from insurance_chat.insurance.mortgage.types import (
    Borrower,
    HealthAnswers,
    InsuredObject,
    Loan,
    MortgageRequest,
    ObjectKind,
    Ownership,
    Risk,
)
from insurance_chat.insurance.providers.ports import Person

LARGEST_BALANCE = Decimal(1_000_000_000)
LATEST_START_DAYS = 60
EARLIEST_BUILT = 1700


@dataclass(frozen=True, slots=True)
class MortgageData:
    """What is known so far. `bank` is a code of our list or a name in the client's words.

    Args:
        balance: roubles on the first day of the policy.
        uplift_percent: by the agreement; None takes what we suppose of the bank.
        health_ref: where the sealed answers are, once they were given.
    """

    risks: tuple[Risk, ...] = ()
    bank: str | None = None
    balance: Decimal | None = None
    uplift_percent: Decimal | None = None
    agreement_number: str | None = None
    agreement_date: date | None = None
    kind: ObjectKind | None = None
    build_year: int | None = None
    wooden_floors: bool | None = None
    gas: bool | None = None
    open_fire: bool | None = None
    area_m2: Decimal | None = None
    address: str | None = None
    cadastral_number: str | None = None
    registered: bool | None = None
    owned_since: date | None = None
    birth_date: date | None = None
    gender: str | None = None
    dangerous_occupation: bool = False
    dangerous_sport: bool = False
    co_borrowers: bool = False
    health_ref: UUID | None = None
    health: HealthAnswers | None = field(default=None, repr=False)
    full_name: str | None = None
    passport: str | None = None
    home_address: str | None = None
    phone: str | None = None
    email: str | None = None
    start_date: date | None = None


def build_request(data: MortgageData, today: date | None = None) -> MortgageRequest:
    """The insurer's request: a preliminary one when only people and documents are not known.

    Raises:
        ServiceError: `data_missing` or `data_invalid`, data `fields` names every value.
    """
    today = today or moscow_today()
    lacking = missing(data, needs.to_quote(data.risks))
    if lacking:
        raise invalid("data_missing", "Для расчёта не хватает данных.", fields=lacking)
    start = data.start_date or today + timedelta(days=1)
    wrong = check(replace(data, start_date=start), today)
    if wrong:
        raise invalid("data_invalid", "Проверьте данные.", fields=wrong)
    complete = not missing(data, needs.to_issue(data.risks))
    with_object = bool({Risk.PROPERTY, Risk.TITLE} & set(data.risks))
    return MortgageRequest(
        start_date=start,
        risks=tuple(risk for risk in Risk if risk in data.risks),
        loan=_loan(data),
        insured_object=_object(data) if with_object else None,
        ownership=_ownership(data) if Risk.TITLE in data.risks else None,
        borrower=_borrower(data) if Risk.LIFE in data.risks else None,
        health_ref=data.health_ref if Risk.LIFE in data.risks else None,
        health=data.health if Risk.LIFE in data.risks else None,
        policyholder=_policyholder(data) if complete else None,
    )


def missing(data: MortgageData, fields: Iterable[str]) -> list[dict[str, str]]:
    """Which of these fields are not known, each with a sentence for the caller."""
    return [
        {"field": name, "message": f"Не хватает: {needs.TITLES[name]}."}
        for name in fields
        if _READ[name](data) in (None, "", ())
    ]


def missing_to_issue(request: MortgageRequest) -> list[dict[str, str]]:
    """What a preliminary calculation still needs before a policy can be drafted."""
    return missing(MortgageData(risks=request.risks), needs.to_issue(request.risks))


def check(data: MortgageData, today: date) -> list[dict[str, str]]:
    """Values that cannot be true, each with a sentence; what is not known is not checked.

    Args:
        today: Moscow calendar date.
    """
    found: list[dict[str, str]] = []

    def need(good: bool | None, name: str, message: str) -> None:
        if good is False:
            found.append({"field": name, "message": message})

    balance, year, start = data.balance, data.build_year, data.start_date
    text = "Остаток долга: больше нуля и не больше миллиарда рублей."
    need(balance is None or 0 < balance <= LARGEST_BALANCE, "loan.balance", text)
    uplift = data.uplift_percent
    need(uplift is None or 0 <= uplift <= 30, "loan.upliftPercent", "Надбавка: от 0 до 30 %.")
    text = f"Год постройки: от {EARLIEST_BUILT} до {today.year}."
    need(year is None or EARLIEST_BUILT <= year <= today.year, "insuredObject.buildYear", text)
    text = f"Дата начала: с завтрашнего дня, не позже чем через {LATEST_START_DAYS} дней."
    latest = today + timedelta(days=LATEST_START_DAYS)
    need(start is None or today < start <= latest, "startDate", text)
    born = data.birth_date
    text = "Дата рождения: возраст от 18 до 99 лет."
    need(born is None or 18 <= age_on(born, start or today) <= 99, "borrower.birthDate", text)
    text = "Дата кредитного договора: не позже сегодняшнего дня."
    need(data.agreement_date is None or data.agreement_date <= today, "loan.agreementDate", text)
    passport = "".join((data.passport or "").split())
    need(not passport or re.fullmatch(r"\d{10}", passport) is not None, "policyholder.passport",
         "Паспорт: серия и номер, 10 цифр.")  # fmt: skip
    return found


_READ: dict[str, Callable[[MortgageData], Any]] = {
    "risks": lambda data: data.risks,
    "loan.bank": lambda data: data.bank,
    "loan.balance": lambda data: data.balance,
    "loan.agreementNumber": lambda data: data.agreement_number,
    "loan.agreementDate": lambda data: data.agreement_date,
    "insuredObject.kind": lambda data: data.kind,
    "insuredObject.buildYear": lambda data: data.build_year,
    "insuredObject.woodenFloors": lambda data: data.wooden_floors,
    "insuredObject.gas": lambda data: data.gas,
    "insuredObject.address": lambda data: data.address,
    "insuredObject.areaM2": lambda data: data.area_m2,
    "ownership.registered": lambda data: data.registered,
    "borrower.birthDate": lambda data: data.birth_date,
    "borrower.gender": lambda data: data.gender,
    "health": lambda data: data.health_ref or data.health,
    "policyholder.fullName": lambda data: data.full_name,
    "policyholder.birthDate": lambda data: data.birth_date,
    "policyholder.passport": lambda data: data.passport,
    "policyholder.address": lambda data: data.home_address,
    "policyholder.phone": lambda data: data.phone,
    "policyholder.email": lambda data: data.email,
}


def _loan(data: MortgageData) -> Loan:
    assert data.bank is not None
    assert data.balance is not None
    bank = get_bank(data.bank) or find_bank(data.bank)
    uplift = data.uplift_percent
    if uplift is None and bank is not None:
        uplift = bank.uplift
    return Loan(
        bank_code=bank.code if bank is not None else None,
        bank_name=bank.name if bank is not None else data.bank.strip(),
        balance=data.balance,
        uplift_percent=uplift,
        agreement_number=data.agreement_number,
        agreement_date=data.agreement_date,
    )


def _object(data: MortgageData) -> InsuredObject:
    assert data.kind is not None
    return InsuredObject(
        kind=data.kind,
        build_year=data.build_year,
        wooden_floors=data.wooden_floors,
        gas=data.gas,
        open_fire=data.open_fire,
        area_m2=data.area_m2,
        address=data.address,
        cadastral_number=data.cadastral_number,
    )


def _ownership(data: MortgageData) -> Ownership:
    return Ownership(registered=bool(data.registered), owned_since=data.owned_since)


def _borrower(data: MortgageData) -> Borrower:
    assert data.birth_date is not None
    return Borrower(
        birth_date=data.birth_date,
        gender="M" if data.gender == "M" else "F",
        dangerous_occupation=data.dangerous_occupation,
        dangerous_sport=data.dangerous_sport,
        co_borrowers=data.co_borrowers,
    )


def _policyholder(data: MortgageData) -> Person:
    assert data.full_name is not None
    assert data.birth_date is not None
    return Person(
        full_name=data.full_name,
        birth_date=data.birth_date,
        passport="".join((data.passport or "").split()),
        address=data.home_address or "",
        phone=data.phone,
        email=data.email,
    )
