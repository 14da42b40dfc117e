"""The emulated insurers price as the tariff tables say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from insurance_chat.sandbox.polis_online.insurers import INSURERS
from insurance_chat.sandbox.polis_online.tables import BASE_MAX, BASE_MIN, KVS
from insurance_chat.sandbox.polis_online.tariff import (
    DriverFacts,
    age_experience,
    base_rate,
    factors,
    power,
    premium,
)
from insurance_chat.sandbox.polis_online.territory import territory_coefficient

D = Decimal

#: Region, power, months, drivers (age, experience, class), unlimited, at the two ends of the corridor.
VECTORS = {
    "T1 Moscow": ("Москва", 87, 12, [(24, 4, "4")], False, "3130.12", "19387.07"),
    "T2 Petersburg": ("Санкт-Петербург", 181, 12, [(35, 10, "13")], False, "1587.33", "9831.46"),
    "T3 Ufa": ("Уфа", 107, 12, [(65, 30, "13")], False, "999.91", "6193.13"),
    "T4 unlimited": ("Москва", 150, 12, [], True, "11140.52", "69001.13"),
    "T5 Kazan, novice": ("Казань", 106, 12, [(18, 0, "3")], False, "7579.83", "46947.28"),
    "T6 two drivers": (
        "Екатеринбург", 123, 12, [(40, 20, "10"), (22, 1, "3")], False, "6464.04", "40036.38",
    ),
    "T7 three months": ("Москва", 87, 3, [(24, 4, "4")], False, "1565.06", "9693.54"),
    "T8 Novosibirsk": ("Новосибирск", 98, 12, [(45, 20, "13")], False, "1507.39", "9336.33"),
}  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_prices_agree_with_the_test_vectors(vector: tuple) -> None:
    region, hp, months, drivers, unlimited, low, high = vector
    found = factors(region, D(hp), months, [DriverFacts(*one) for one in drivers], unlimited)
    assert premium(BASE_MIN, found) == D(low)
    assert premium(BASE_MAX, found) == D(high)


def test_the_cap_is_three_base_rates_with_territory_when_switched_on() -> None:
    found = factors("Москва", D(150), 12, [], True)
    assert premium(BASE_MIN, found, D(3)) == D("7554.60")
    assert premium(BASE_MAX, found, D(3)) == D("46791.00")


@pytest.mark.parametrize(
    ("hp", "value"),
    [
        ("50", "0.6"),
        ("50.1", "1.0"),
        ("100", "1.1"),
        ("101", "1.2"),
        ("150", "1.4"),
        ("151", "1.6"),
    ],
)
def test_the_upper_edge_of_power_belongs_to_the_step(hp: str, value: str) -> None:
    assert power(D(hp)) == D(value)


def test_there_are_58_values_of_age_and_experience() -> None:
    assert sum(cell is not None for row in KVS for cell in row) == 58
    assert age_experience(22, 10) is None
    assert age_experience(15, 0) is None


@pytest.mark.parametrize("insurer", INSURERS, ids=lambda insurer: insurer.slug)
def test_the_base_rate_stays_in_the_corridor_and_moves_two_per_cent_at_most(insurer) -> None:
    for number in range(100, 160):
        rate = base_rate(insurer.share, "13", f"А{number}ВС77")
        assert BASE_MIN <= rate <= BASE_MAX
        assert abs(rate / (insurer.share * BASE_MAX) - 1) <= D("0.0201")
    assert base_rate(insurer.share, "3", "x") == base_rate(insurer.share, "3", "x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("г. Орёл", "1.16"),
        ("Орел", "1.16"),
        ("Московская область", "1.56"),
        ("Республика Татарстан", "1.08"),
        ("Татарстан (прочие города)", "1.08"),
        ("Бердск", "1.86"),
        ("Курская область, Железногорск", "1.00"),
        ("Краснодарский край, хутор Невиданный", "1.00"),
    ],
)
def test_a_territory_is_known_by_its_usual_names(name: str, value: str) -> None:
    assert territory_coefficient(name) == D(value)


def test_an_invented_territory_is_unknown() -> None:
    assert territory_coefficient("Атлантида") is None
    assert territory_coefficient("") is None
    assert territory_coefficient("Железногорск") is None  # there are two
