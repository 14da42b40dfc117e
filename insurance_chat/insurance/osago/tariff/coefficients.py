"""The coefficient tables of directive 7204-U as functions (territory has its own module)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from insurance_chat.core.errors import invalid
from insurance_chat.insurance.osago.tariff.tables import table
from insurance_chat.insurance.osago.tariff.types import Owner, Vehicle

Range = tuple[Decimal, Decimal]
START_CLASS = "3"
_LATIN_M = {"M": "М", "m": "М", "м": "М"}


def base_corridor(vehicle: Vehicle, owner: Owner) -> tuple[Decimal, Decimal, bool]:
    """Lowest and highest base tariff in roubles and whether two sources agree on them."""
    for row in table("base")["rows"]:
        if row["vehicle"] == vehicle and row["owner"] in (owner, "any"):
            return Decimal(row["min"]), Decimal(row["max"]), bool(row["verified"])
    raise invalid("unknown_vehicle", "Для этой категории транспорта нет базовой ставки.")


def _kbm_row(klass: str) -> dict[str, Any]:
    row: dict[str, Any] | None = table("kbm")["classes"].get(_LATIN_M.get(klass, klass))
    if row is None:
        raise invalid("unknown_kbm_class", "Такого класса аварийности нет: бывают М и от 0 до 13.")
    return row


def kbm_of_class(klass: str) -> Decimal:
    """KBM of a class («М», «0» … «13»); raises `unknown_kbm_class`."""
    return Decimal(_kbm_row(klass)["kbm"])


def kbm_class_of(kbm: Decimal) -> str | None:
    """The class that has this KBM, None when the table has no such value."""
    classes = table("kbm")["classes"].items()
    return next((klass for klass, row in classes if Decimal(row["kbm"]) == kbm), None)


def next_kbm_class(klass: str, payouts: int) -> str:
    """Class after the next 1 April.

    Args:
        klass: class now, «М» or «0» … «13».
        payouts: insurance payouts by the driver's fault in the year that ended on 31 March.

    Raises:
        ServiceError: `unknown_kbm_class`, `negative_payouts`.
    """
    if payouts < 0:
        raise invalid("negative_payouts", "Число выплат не может быть отрицательным.")
    steps = _kbm_row(klass)["next"]
    return str(steps[min(payouts, len(steps) - 1)])


def kbm_range(typical: bool) -> Range:
    """The whole KBM table, or from the best class to «no history» when `typical`."""
    values = [Decimal(row["kbm"]) for row in table("kbm")["classes"].values()]
    return min(values), kbm_of_class(START_CLASS) if typical else max(values)


def _kvs_table(vehicle: Vehicle) -> dict[str, Any]:
    family = "motorcycle" if vehicle is Vehicle.MOTORCYCLE else "general"
    rows: dict[str, Any] = table("kvs")[family]
    return rows


def kvs_verified(vehicle: Vehicle) -> bool:
    """Whether the KVS table of this vehicle was confirmed by two sources."""
    return bool(_kvs_table(vehicle)["verified"])


def _index(edges: list[int], value: int) -> int:
    return sum(edge <= value for edge in edges) - 1


def check_experience(age: int | None, experience: int | None) -> None:
    """Refuse what cannot be: too young, negative experience, a licence before 16.

    Raises:
        ServiceError: `impossible_age`, `impossible_experience`.
    """
    youngest = int(table("kvs")["min_age"])
    if age is not None and not youngest <= age <= 110:
        raise invalid("impossible_age", "Проверьте возраст водителя: управлять можно с 16 лет.")
    if experience is None:
        return
    if experience < 0 or experience > (110 if age is None else age) - youngest:
        raise invalid(
            "impossible_experience",
            "Возраст и стаж не сходятся: стаж не может начаться раньше 16 лет. Проверьте даты.",
        )


def kvs_range(age: int | None, experience: int | None, vehicle: Vehicle = Vehicle.CAR) -> Range:
    """Lowest and highest KVS for what is known about a driver; raises as `check_experience`."""
    check_experience(age, experience)
    data = table("kvs")
    rows = _kvs_table(vehicle)["rows"]
    if age is not None:
        rows = [rows[_index(data["age_from"], age)]]
    edges = data["experience_from"]
    if experience is not None:
        column = _index(edges, experience)
        cells = [row[column] for row in rows]
    else:
        most = None if age is None else age - int(data["min_age"])
        cells = [
            cell
            for row in rows
            for edge, cell in zip(edges, row, strict=True)
            if most is None or edge <= most
        ]
    values = [Decimal(cell) for cell in cells if cell is not None]
    return min(values), max(values)


def kvs(age: int, experience: int, vehicle: Vehicle = Vehicle.CAR) -> Decimal:
    """KVS of one driver by full years of age and experience (58 values of the directive).

    Raises:
        ServiceError: `impossible_age`, `impossible_experience`.
    """
    return kvs_range(age, experience, vehicle)[0]


def _km_family(vehicle: Vehicle) -> dict[str, Any] | None:
    if vehicle in (Vehicle.CAR, Vehicle.TAXI):
        return dict(table("other")["km"]["car"])
    return dict(table("other")["km"]["motorcycle"]) if vehicle is Vehicle.MOTORCYCLE else None


def km_verified(vehicle: Vehicle) -> bool:
    """Whether the power table of this vehicle was confirmed by two sources."""
    family = _km_family(vehicle)
    return family is None or bool(family["verified"])


def km_range(power_hp: Decimal | int | None, vehicle: Vehicle = Vehicle.CAR) -> Range | None:
    """KM by engine power in hp (upper edge inclusive); None for vehicles that have no KM.

    Raises:
        ServiceError: `impossible_power` when power is not positive.
    """
    family = _km_family(vehicle)
    if family is None:
        return None
    steps = family["steps"]
    if power_hp is None:
        values = [Decimal(value) for _, value in steps]
        return min(values), max(values)
    if power_hp <= 0:
        raise invalid("impossible_power", "Мощность двигателя должна быть больше нуля.")
    value = next(Decimal(value) for edge, value in steps if edge is None or power_hp <= edge)
    return value, value


def ks(months: int) -> Decimal:
    """KS by period of use in months; raises `impossible_period` outside 3–12."""
    value = table("other")["ks"].get(months)
    if value is None:
        raise invalid("impossible_period", "Период использования — от 3 до 12 месяцев.")
    return Decimal(value)


def ko(owner: Owner, unlimited: bool) -> tuple[Decimal, bool]:
    """KO and whether it was confirmed by two sources; a list of drivers costs nothing extra."""
    if not unlimited:
        return Decimal(1), True
    row = table("other")["ko"][f"{owner.value}_unlimited"]
    return Decimal(row["value"]), bool(row["verified"])


def company_list_factor() -> Decimal:
    """What KVS is multiplied by when a company names the drivers."""
    return Decimal(table("other")["ko"]["company_limited_kvs"]["value"])
