"""The nine reference calculations of the tariff, with the cap off and on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from insurance_chat.insurance.osago.tariff.calculator import estimate
from insurance_chat.insurance.osago.tariff.coefficients import kbm_of_class
from insurance_chat.insurance.osago.tariff.territory import Territory, find_territory
from insurance_chat.insurance.osago.tariff.types import Driver, Owner, TariffRequest

ON = date(2026, 11, 20)


def place(name: str) -> Territory:
    found = find_territory(name, ON)
    assert found is not None
    return found


def driver(age: int, experience: int, klass: str) -> Driver:
    return Driver(age, experience, kbm_of_class(klass))


def request(name: str, power: int, *drivers: Driver, **rest: object) -> TariffRequest:
    return TariffRequest(on=ON, territory=place(name), power_hp=power, drivers=drivers, **rest)  # type: ignore[arg-type]


VECTORS = {
    "T1": (request("Москва", 87, driver(24, 4, "4")), "3130.12", "19387.07"),
    "T2": (request("Санкт-Петербург", 181, driver(35, 10, "13")), "1587.33", "9831.46"),
    "T3": (request("Уфа", 107, driver(65, 30, "13")), "999.91", "6193.13"),
    "T4": (request("Москва", 150, unlimited=True), "11140.52", "69001.13"),
    "T5": (request("Казань", 106, driver(18, 0, "3")), "7579.83", "46947.28"),
    "T6": (
        request("Екатеринбург", 123, driver(40, 20, "10"), driver(22, 1, "3")),
        "6464.04",
        "40036.38",
    ),
    "T7": (request("Москва", 87, driver(24, 4, "4"), period_months=3), "1565.06", "9693.54"),
    "T8": (request("Новосибирск", 98, driver(45, 20, "13")), "1507.39", "9336.33"),
    "T9": (
        request("Москва", 150, unlimited=True, owner=Owner.COMPANY, owner_kbm=Decimal(1)),
        "3594.23",
        "32665.75",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_reference_calculation_comes_out_to_the_kopeck(name: str) -> None:
    asked, minimum, maximum = VECTORS[name]
    result = estimate(asked)
    assert (result.minimum, result.maximum) == (Decimal(minimum), Decimal(maximum))


@pytest.mark.parametrize(
    ("name", "minimum", "maximum"),
    [("T4", "7554.60", "46791.00"), ("T5", "7134.90", "44191.50"), ("T1", "3130.12", "19387.07")],
)
def test_the_cap_binds_only_where_the_premium_exceeds_it(
    name: str, minimum: str, maximum: str
) -> None:
    asked, plain_minimum, plain_maximum = VECTORS[name]
    capped = TariffRequest(
        on=asked.on,
        territory=asked.territory,
        power_hp=asked.power_hp,
        drivers=asked.drivers,
        unlimited=asked.unlimited,
        cap_multiplier=Decimal(3),
    )
    result = estimate(capped)
    assert (result.minimum, result.maximum) == (Decimal(minimum), Decimal(maximum))
    assert (result.uncapped_minimum, result.uncapped_maximum) == (
        Decimal(plain_minimum),
        Decimal(plain_maximum),
    )
