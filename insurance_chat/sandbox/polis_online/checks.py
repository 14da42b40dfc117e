"""Checks a quote request and turns it into facts for the tariff; every message names its field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from insurance_chat.sandbox.polis_online.tables import KS_BY_MONTHS
from insurance_chat.sandbox.polis_online.tariff import age_experience, full_years
from insurance_chat.sandbox.polis_online.territory import territory_coefficient
from insurance_chat.sandbox.polis_online.wire import WireError, parse_ru_date
from insurance_chat.sandbox.store import Doc

PLATE = re.compile(r"[АВЕКМНОРСТУХ](?!000)\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3}")
VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
LICENCE = re.compile(r"\d{2}(\d{2}|[АВЕКМНОРСТУХ]{2})\d{6}")
NAME = re.compile(r"[А-ЯЁа-яё][А-ЯЁа-яё\- .]+ [А-ЯЁа-яё\- .]+")
PHONE = re.compile(r"\+7\d{10}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LATEST_START_DAYS = 60


@dataclass
class Errors:
    """Collects every wrong field, so that a client is asked once."""

    fields: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, message: str) -> None:
        """Note one wrong field."""
        self.fields.append({"name": name, "message": message})

    def text(self, name: str, title: str, value: Any, pattern: re.Pattern[str], hint: str) -> None:
        """Required text of a fixed form."""
        if not isinstance(value, str) or not value.strip():
            self.add(name, f"{title}: заполните поле")
        elif not pattern.fullmatch(value.strip()):
            self.add(name, f"{title}: {hint}")

    def date(self, name: str, title: str, value: Any) -> date | None:
        """Required date ДД.ММ.ГГГГ."""
        parsed = parse_ru_date(value)
        if parsed is None:
            self.add(name, f"{title}: нужна дата в виде ДД.ММ.ГГГГ")
        return parsed


def check_quote(body: Doc, today: date) -> None:
    """Refuse a request that no insurer could price.

    Args:
        today: Moscow calendar date.

    Raises:
        WireError: 422 with all wrong fields; names are paths in the request.
    """
    errors = Errors()
    policy = part_of(body, "policyParameters")
    start = errors.date("policyParameters.startDate", "Дата начала", policy.get("startDate"))
    if start and start <= today:
        errors.add("policyParameters.startDate", "Дата начала: не раньше завтрашнего дня")
    elif start and start > today + timedelta(days=LATEST_START_DAYS):
        errors.add(
            "policyParameters.startDate", "Дата начала: не позже чем через 60 дней от сегодняшнего"
        )
    if policy.get("periodMonths") not in KS_BY_MONTHS:
        errors.add("policyParameters.periodMonths", "Период использования: от 3 до 12 месяцев")
    if policy.get("purpose") != "personal":
        errors.add("policyParameters.purpose", "Цель использования: доступна только личная")
    if territory_coefficient(str(body.get("region") or "")) is None:
        errors.add("region", "Территория: нет в справочнике")
    _check_vehicle(part_of(body, "vehicle"), errors, today)
    if not body.get("preliminary"):
        _check_document(part_of(body, "vehicle"), errors)
        check_person("owner", "собственника", part_of(body, "owner"), errors, today)
        check_person("policyholder", "страхователя", part_of(body, "policyholder"), errors, today)
        check_contacts(part_of(body, "policyholder"), errors)
    _check_drivers(body, errors, start or today)
    if errors.fields:
        raise WireError(422, "validation", "Проверьте данные", errors.fields)


def part_of(body: Doc, name: str) -> Doc:
    """An object inside the request; an empty one when it is missing or something else."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _check_vehicle(vehicle: Doc, errors: Errors, today: date) -> None:
    plate, vin = vehicle.get("licensePlate"), vehicle.get("vin")
    if not plate and not vin:
        errors.add("vehicle.licensePlate", "Госномер: нужен госномер или VIN")
    if plate and not PLATE.fullmatch(str(plate)):
        errors.add("vehicle.licensePlate", "Госномер: нужен вид А123ВС77")
    if vin and not VIN.fullmatch(str(vin)):
        errors.add("vehicle.vin", "VIN: 17 латинских букв и цифр без I, O и Q")
    for name, title in (("mark", "Марка"), ("model", "Модель")):
        if not vehicle.get(name):
            errors.add(f"vehicle.{name}", f"{title}: заполните поле")
    year = vehicle.get("productionYear")
    if not isinstance(year, int) or not 1900 <= year <= today.year:
        errors.add("vehicle.productionYear", f"Год выпуска: от 1900 до {today.year}")
    _check_power(vehicle.get("powerHp"), errors)


def _check_document(vehicle: Doc, errors: Errors) -> None:
    document, plate = vehicle.get("document") or {}, vehicle.get("licensePlate")
    if not document.get("seriesNumber"):
        errors.add("vehicle.document", "СТС или ПТС: укажите серию и номер")
    elif document.get("type") == "STS" and not plate:
        errors.add("vehicle.licensePlate", "Госномер: нужен, если документ автомобиля — СТС")


def _check_power(value: Any, errors: Errors) -> None:
    try:
        power = Decimal(str(value))
    except InvalidOperation:
        power = Decimal(0)
    if not (power.is_finite() and 1 <= power <= 2000):
        errors.add("vehicle.powerHp", "Мощность: от 1 до 2000 л. с.")


def check_person(path: str, whose: str, person: Doc, errors: Errors, today: date) -> None:
    """Check an owner or policyholder.

    Args:
        path: where the person stands in the request.
        whose: for the messages, «страхователя».
    """
    name_hint = "фамилия, имя и отчество русскими буквами"
    errors.text(f"{path}.fullName", f"ФИО {whose}", person.get("fullName"), NAME, name_hint)
    passport = re.compile(r"\d{10}")
    errors.text(
        f"{path}.passport", f"Паспорт {whose}", person.get("passport"), passport, "нужно 10 цифр"
    )
    any_text = re.compile(r".{5,}", re.DOTALL)
    errors.text(
        f"{path}.address", f"Адрес {whose}", person.get("address"), any_text, "слишком короткий"
    )
    born = errors.date(f"{path}.birthDate", f"Дата рождения {whose}", person.get("birthDate"))
    if born and not 18 <= full_years(born, today) <= 100:
        errors.add(f"{path}.birthDate", f"Дата рождения {whose}: возраст от 18 до 100 лет")


def check_contacts(person: Doc, errors: Errors) -> None:
    """Check the phone and e-mail of the policyholder."""
    phone, email = person.get("phone"), person.get("email")
    errors.text("policyholder.phone", "Телефон", phone, PHONE, "нужен вид +79XXXXXXXXX")
    errors.text("policyholder.email", "Электронная почта", email, EMAIL, "проверьте адрес")


def _check_drivers(body: Doc, errors: Errors, start: date) -> None:
    drivers = body.get("drivers") or []
    if body.get("unlimitedDrivers"):
        if drivers:
            errors.add("drivers", "Водители: для полиса без ограничений список пуст")
        return
    if not drivers:
        errors.add("drivers", "Водители: нужен хотя бы один")
    for index, driver in enumerate(drivers):
        path, whose = f"drivers[{index}]", f"водителя {index + 1}"
        if not body.get("preliminary"):
            name_hint = "фамилия, имя и отчество русскими буквами"
            errors.text(f"{path}.fullName", f"ФИО {whose}", driver.get("fullName"), NAME, name_hint)
        _check_driver(path, whose, driver, errors, start)


def _check_driver(path: str, whose: str, driver: Doc, errors: Errors, start: date) -> None:
    errors.text(
        f"{path}.licence",
        f"Водительское удостоверение {whose}",
        driver.get("licence"),
        LICENCE,
        "серия и номер, 10 знаков",
    )
    born = errors.date(f"{path}.birthDate", f"Дата рождения {whose}", driver.get("birthDate"))
    since = errors.date(
        f"{path}.experienceStartDate", f"Начало стажа {whose}", driver.get("experienceStartDate")
    )
    if not born or not since:
        return
    if full_years(born, since) < 16:
        errors.add(f"{path}.experienceStartDate", f"Начало стажа {whose}: раньше 16 лет")
    elif age_experience(full_years(born, start), full_years(since, start)) is None:
        errors.add(
            f"{path}.experienceStartDate", f"Начало стажа {whose}: не сходится с датой рождения"
        )
