"""Checks a mortgage quote request; every message names its field."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from insurance_chat.sandbox.polis_online.checks import (
    Errors,
    check_contacts,
    check_person,
    part_of,
)
from insurance_chat.sandbox.polis_online.mortgage_insurers import LIFE, PROPERTY, TITLE
from insurance_chat.sandbox.polis_online.tariff import full_years
from insurance_chat.sandbox.polis_online.wire import WireError
from insurance_chat.sandbox.store import Doc

RISKS = (PROPERTY, LIFE, TITLE)
KINDS = ("flat", "apartments", "room", "house", "townhouse")
LATEST_START_DAYS = 60
_ANY = re.compile(r".{2,}", re.DOTALL)


def check_mortgage(body: Doc, today: date) -> None:
    """Refuse a request that no insurer could price.

    Args:
        today: Moscow calendar date.

    Raises:
        WireError: 422 with all wrong fields; names are paths in the request.
    """
    errors = Errors()
    start = _check_start(part_of(body, "policyParameters"), errors, today)
    risks = body.get("risks") or []
    if not risks or any(risk not in RISKS for risk in risks):
        errors.add("risks", "Риски: нужен хотя бы один из списка")
    loan = part_of(body, "loan")
    _number("loan.remainingDebt", "Остаток долга", loan.get("remainingDebt"), errors, 1, 10**9)
    if not loan.get("bankName"):
        errors.add("loan.bankName", "Банк: заполните поле")
    if loan.get("upliftPercent") is not None:
        _number("loan.upliftPercent", "Надбавка банка", loan["upliftPercent"], errors, 0, 30)
    if {PROPERTY, TITLE} & set(risks):
        _check_object(part_of(body, "property"), PROPERTY in risks, errors, today)
    if LIFE in risks:
        _check_life(body, errors, start or today)
    if TITLE in risks and not isinstance(part_of(body, "title").get("registered"), bool):
        errors.add("title.registered", "Право собственности: зарегистрировано или ещё нет")
    if not body.get("preliminary"):
        _check_issue(body, errors, today)
    if errors.fields:
        raise WireError(422, "validation", "Проверьте данные", errors.fields)


def _check_start(policy: Doc, errors: Errors, today: date) -> date | None:
    name = "policyParameters.startDate"
    start = errors.date(name, "Дата начала", policy.get("startDate"))
    if start and start <= today:
        errors.add(name, "Дата начала: не раньше завтрашнего дня")
    elif start and start > today + timedelta(days=LATEST_START_DAYS):
        errors.add(name, "Дата начала: не позже чем через 60 дней от сегодняшнего")
    return start


def _check_object(found: Doc, is_property: bool, errors: Errors, today: date) -> None:
    if found.get("kind") not in KINDS:
        errors.add("property.kind", "Вид объекта: такой объект онлайн не страхуют")
    if not is_property:
        return
    year = found.get("buildYear")
    if not isinstance(year, int) or not 1700 <= year <= today.year:
        errors.add("property.buildYear", f"Год постройки: от 1700 до {today.year}")
    for name, title in (("woodenFloors", "Деревянные перекрытия"), ("gas", "Газ")):
        if not isinstance(found.get(name), bool):
            errors.add(f"property.{name}", f"{title}: нужен ответ да или нет")


def _check_life(body: Doc, errors: Errors, on: date) -> None:
    life, health = part_of(body, "life"), part_of(body, "health")
    born = errors.date("life.birthDate", "Дата рождения", life.get("birthDate"))
    if born and not 18 <= full_years(born, on) <= 99:
        errors.add("life.birthDate", "Дата рождения: возраст от 18 до 99 лет")
    if life.get("gender") not in ("M", "F"):
        errors.add("life.gender", "Пол: заполните поле")
    _number("health.heightCm", "Рост", health.get("heightCm"), errors, 100, 230)
    _number("health.weightKg", "Вес", health.get("weightKg"), errors, 30, 300)
    for name, title in (("smoker", "Курение"), ("severeDisease", "Тяжёлые заболевания")):
        if not isinstance(health.get(name), bool):
            errors.add(f"health.{name}", f"{title}: нужен ответ да или нет")


def _check_issue(body: Doc, errors: Errors, today: date) -> None:
    check_person("policyholder", "страхователя", part_of(body, "policyholder"), errors, today)
    check_contacts(part_of(body, "policyholder"), errors)
    number = part_of(body, "loan").get("agreementNumber")
    errors.text(
        "loan.agreementNumber", "Номер кредитного договора", number, _ANY, "слишком короткий"
    )
    errors.date(
        "loan.agreementDate", "Дата кредитного договора", part_of(body, "loan").get("agreementDate")
    )
    if {PROPERTY, TITLE} & set(body.get("risks") or []):
        found = part_of(body, "property")
        errors.text(
            "property.address", "Адрес объекта", found.get("address"), _ANY, "слишком короткий"
        )
        _number("property.areaM2", "Площадь", found.get("areaM2"), errors, 5, 2000)


def _number(name: str, title: str, value: Any, errors: Errors, least: int, most: int) -> None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and least <= found <= most):
        errors.add(name, f"{title}: от {least} до {most}")
