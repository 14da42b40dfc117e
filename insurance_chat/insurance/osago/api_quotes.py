"""From what an outside system knows to the insurer's request, or an honest list of what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.errors import invalid
from insurance_chat.insurance.osago.tariff.territory import (
    all_territories,
    find_territory,
    get_territory,
)
from insurance_chat.insurance.providers.ports import (
    Driver,
    OsagoProvider,
    OsagoRequest,
    Person,
    PolicyRequest,
    Vehicle,
)

_LATIN = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_TITLES = {
    "full_name": "ФИО",
    "birth_date": "дата рождения",
    "passport": "серия и номер паспорта",
    "address": "адрес регистрации",
    "phone": "телефон",
    "email": "e-mail",
}


@dataclass(frozen=True, slots=True)
class CarData:
    """What is known of the car. Power in horse-power."""

    plate: str | None = None
    vin: str | None = None
    brand: str | None = None
    model: str | None = None
    year: int | None = None
    power_hp: Decimal | None = None
    document_type: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class PersonData:
    """What is known of the owner or the policyholder."""

    full_name: str | None = None
    birth_date: date | None = None
    passport: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class DriverData:
    """What is known of a driver; the experience as a date or in full years."""

    full_name: str | None = None
    birth_date: date | None = None
    license: str | None = None
    experience_start: date | None = None
    experience_years: int | None = None


@dataclass(frozen=True, slots=True)
class QuoteData:
    """A question for prices. `region_code` is a plate code («77») or the name of a place."""

    vehicle: CarData
    region_code: str
    drivers: tuple[DriverData, ...] = ()
    owner: PersonData = PersonData()
    policyholder: PersonData | None = None
    unlimited: bool = False
    start_date: date | None = None
    period_months: int = 12


class _Missing:
    """Collects what an insurer will want, so that it is asked for once."""

    def __init__(self) -> None:
        self.fields: list[dict[str, str]] = []

    def need(self, value: object, field: str, title: str) -> None:
        """Note a value that is not there."""
        if value in (None, ""):
            self.fields.append({"field": field, "message": f"Не хватает: {title}."})


def plain_plate(plate: str) -> str:
    """A plate as insurers write it: «а123вс 77» becomes «А123ВС77»."""
    return "".join(plate.split()).upper().translate(_LATIN)


def plain_document(number: str) -> str:
    """A licence as insurers write it: «99 12 345678» becomes «9912345678»."""
    return "".join(number.split()).upper().translate(_LATIN)


async def prefill(provider: OsagoProvider, data: QuoteData) -> QuoteData:
    """Fill in what the provider knows of the car by its plate; what the caller said wins.

    Raises:
        ServiceError: the provider does not answer.
    """
    car = data.vehicle
    complete = car.brand and car.model and car.year and car.power_hp and car.document
    if not car.plate or complete:
        return data
    found = await provider.vehicle_by_plate(plain_plate(car.plate))
    if found is None:
        return data
    merged = CarData(
        plate=car.plate,
        vin=car.vin or found.vin,
        brand=car.brand or found.brand,
        model=car.model or found.model,
        year=car.year or found.year,
        power_hp=car.power_hp or found.power_hp,
        document_type=car.document_type if car.document else found.document_type,
        document=car.document or found.document,
    )
    return replace(data, vehicle=merged)


def build_request(data: QuoteData) -> OsagoRequest:
    """The insurer's request: a preliminary one when only people and documents are not known.

    The agreed `OsagoQuoteRequest` names no people, so its answer is always preliminary.

    Raises:
        ServiceError: `data_missing`, data `fields` names every value that is still needed.
    """
    missing = _Missing()
    holder = data.policyholder or data.owner
    _check_car(missing, data.vehicle)
    _check_person(missing, "owner", data.owner)
    _check_person(missing, "policyholder" if data.policyholder else "owner", holder, contacts=True)
    _check_drivers(missing, data)
    start = data.start_date or moscow_today() + timedelta(days=1)
    region = _region(data, start)
    missing.need(region, "regionCode", "территория (код региона или населённый пункт)")
    _refuse(missing, lambda field: not _is_personal(field, data))
    preliminary = bool(missing.fields)
    unlimited = data.unlimited or not data.drivers
    return OsagoRequest(
        vehicle=_vehicle(data.vehicle),
        owner=None if preliminary else _person(data.owner),
        policyholder=None if preliminary else _person(holder),
        drivers=() if unlimited else tuple(_driver(one) for one in data.drivers),
        unlimited=unlimited,
        region=region,
        start_date=start,
        period_months=data.period_months,
    )


def _refuse(missing: _Missing, matters: Callable[[str], bool]) -> None:
    if any(matters(item["field"]) for item in missing.fields):
        fields = list({item["field"]: item for item in missing.fields}.values())
        raise invalid("data_missing", "Для расчёта не хватает данных.", fields=fields)


def _is_personal(field: str, data: QuoteData) -> bool:
    """What a price can do without: people and documents; without drivers anybody may drive."""
    if field.startswith(("owner.", "policyholder.")) or field == "vehicle.document":
        return True
    return field.endswith(".fullName") or (field == "drivers" and not data.drivers)


def is_of_car(car: CarData) -> Callable[[PolicyRequest], bool]:
    """Whether a calculation is about this car, by its plate, else by its VIN."""

    def fits(request: PolicyRequest) -> bool:
        assert isinstance(request, OsagoRequest)
        if car.plate and request.vehicle.plate:
            return plain_plate(car.plate) == request.vehicle.plate
        return bool(car.vin) and car.vin == request.vehicle.vin

    return fits


def missing_people() -> list[dict[str, str]]:
    """What a preliminary calculation still needs before a policy can be drafted."""
    missing = _Missing()
    nobody = PersonData()
    _check_person(missing, "owner", nobody)
    _check_person(missing, "owner", nobody, contacts=True)
    missing.need(None, "vehicle.document", "СТС или ПТС")
    missing.need(None, "drivers", "водители с ФИО и правами либо unlimited")
    return missing.fields


def _check_car(missing: _Missing, car: CarData) -> None:
    missing.need(car.plate or car.vin, "vehicle.plate", "госномер или VIN")
    missing.need(car.brand, "vehicle.brand", "марка автомобиля")
    missing.need(car.model, "vehicle.model", "модель автомобиля")
    missing.need(car.year, "vehicle.year", "год выпуска")
    missing.need(car.power_hp, "vehicle.powerHp", "мощность двигателя")
    missing.need(car.document, "vehicle.document", "СТС или ПТС")


def _check_person(
    missing: _Missing, path: str, person: PersonData, *, contacts: bool = False
) -> None:
    identity: tuple[str, ...] = ("full_name", "birth_date", "passport", "address")
    names = ("phone", "email") if contacts else identity
    if contacts and path == "policyholder":
        names += ("full_name", "birth_date", "passport", "address")
    for name in names:
        head, *rest = name.split("_")
        field = head + "".join(part.capitalize() for part in rest)
        missing.need(getattr(person, name), f"{path}.{field}", _TITLES[name])


def _check_drivers(missing: _Missing, data: QuoteData) -> None:
    if data.unlimited:
        return
    missing.need("yes" if data.drivers else None, "drivers", "хотя бы один водитель")
    for index, driver in enumerate(data.drivers):
        path = f"drivers.{index}"
        missing.need(driver.full_name, f"{path}.fullName", "ФИО водителя")
        missing.need(driver.birth_date, f"{path}.birthDate", "дата рождения водителя")
        missing.need(driver.license, f"{path}.docNumber", "водительское удостоверение")
        known = driver.experience_start or driver.experience_years is not None
        missing.need("yes" if known else None, f"{path}.experienceYears", "стаж водителя")


def _region(data: QuoteData, on: date) -> str:
    """The place of the owner decides the price; the code of the region is the second best."""
    found = find_territory(data.owner.address, on) if data.owner.address else None
    code = data.region_code.strip()
    if found is None and code.isdigit():
        found = next((t for t in all_territories(on) if code.zfill(2) in t.plates), None)
    elif found is None and code:
        found = find_territory(code, on)
    if found is None:
        return ""
    subject = get_territory(found.subject, on)
    if subject is None or subject.key == found.key:
        return found.title
    return f"{subject.title}, {found.title}"


def _vehicle(car: CarData) -> Vehicle:
    return Vehicle(
        plate=plain_plate(car.plate) if car.plate else None,
        vin=car.vin.strip().upper() if car.vin else None,
        brand=car.brand,
        model=car.model,
        year=car.year,
        power_hp=car.power_hp,
        document_type=car.document_type or "sts",
        document="".join(car.document.split()).upper() if car.document else None,
    )


def _person(person: PersonData) -> Person:
    assert person.full_name
    assert person.birth_date
    return Person(
        full_name=person.full_name,
        birth_date=person.birth_date,
        passport="".join((person.passport or "").split()),
        address=person.address or "",
        phone=person.phone,
        email=person.email,
    )


def _driver(driver: DriverData) -> Driver:
    assert driver.birth_date
    assert driver.license
    start = driver.experience_start or _years_ago(driver.experience_years or 0)
    return Driver(
        full_name=driver.full_name or "",
        birth_date=driver.birth_date,
        license=plain_document(driver.license),
        experience_start=start,
    )


def _years_ago(years: int) -> date:
    today = moscow_today()
    return today.replace(year=today.year - years, day=min(today.day, 28))
