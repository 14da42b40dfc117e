"""Edges of the tables, unknown inputs and properties of the OSAGO estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.osago.settings import OsagoSettings
from insurance_chat.insurance.osago.tariff.calculator import estimate
from insurance_chat.insurance.osago.tariff.coefficients import (
    kbm_class_of,
    kbm_of_class,
    km_range,
    ks,
    kvs,
    kvs_range,
    next_kbm_class,
)
from insurance_chat.insurance.osago.tariff.dates import full_years
from insurance_chat.insurance.osago.tariff.territory import all_territories, find_territory
from insurance_chat.insurance.osago.tariff.types import (
    Driver,
    Estimate,
    KbmGuess,
    Owner,
    TariffRequest,
    Vehicle,
)

ON = date(2026, 11, 20)
CLASSES = ["М", *map(str, range(14))]


def by_code(result: Estimate, code: str) -> tuple[Decimal, Decimal]:
    factor = next(each for each in result.coefficients if each.code == code)
    return factor.low, factor.high


def bare(**rest: object) -> TariffRequest:
    return TariffRequest(on=ON, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("power", "km"),
    [(50, "0.6"), (51, "1.0"), (70, "1.0"), (71, "1.1"), (100, "1.1"), (101, "1.2"),
     (120, "1.2"), (121, "1.4"), (150, "1.4"), (151, "1.6"), (Decimal("100.4"), "1.2")],
)  # fmt: skip
def test_the_upper_edge_of_power_belongs_to_the_cheaper_step(power: int, km: str) -> None:
    assert km_range(power) == (Decimal(km), Decimal(km))


@pytest.mark.parametrize(("power", "km"), [(50, "1.00"), (51, "1.11"), (90, "1.50"), (91, "1.66")])
def test_motorcycles_have_their_own_power_steps(power: int, km: str) -> None:
    assert km_range(power, Vehicle.MOTORCYCLE) == (Decimal(km), Decimal(km))


def test_trucks_have_no_power_coefficient() -> None:
    codes = [each.code for each in estimate(bare(vehicle=Vehicle.TRUCK_TO_16T)).coefficients]
    assert "km" not in codes


@pytest.mark.parametrize(
    ("age", "experience", "expected"),
    [(16, 0, "2.27"), (21, 5, "1.62"), (22, 0, "1.88"), (24, 4, "1.13"), (59, 15, "0.86"),
     (60, 40, "0.83"), (29, 13, "1.02"), (30, 14, "0.97"), (31, 15, "0.95"), (39, 9, "0.95")],
)  # fmt: skip
def test_kvs_takes_the_row_of_age_and_the_column_of_experience(
    age: int, experience: int, expected: str
) -> None:
    assert kvs(age, experience) == Decimal(expected)


def test_motorcycle_riders_have_their_own_kvs() -> None:
    assert kvs(23, 1, Vehicle.MOTORCYCLE) == Decimal("2.23")


@pytest.mark.parametrize(("age", "experience"), [(22, 10), (18, 3), (30, 15), (40, -1)])
def test_experience_that_began_before_sixteen_is_refused(age: int, experience: int) -> None:
    with pytest.raises(ServiceError) as refusal:
        kvs(age, experience)
    assert refusal.value.code == "impossible_experience"


@given(st.integers(16, 110), st.integers(0, 94))
def test_every_possible_driver_has_a_kvs(age: int, experience: int) -> None:
    if experience <= age - 16:
        assert Decimal("0.83") <= kvs(age, experience) <= Decimal("2.27")


def test_a_partly_known_driver_narrows_the_range_of_kvs() -> None:
    assert kvs_range(None, None) == (Decimal("0.83"), Decimal("2.27"))
    assert kvs_range(24, None) == (Decimal("1.09"), Decimal("1.88"))
    assert kvs_range(None, 15) == (Decimal("0.83"), Decimal("0.95"))
    assert kvs_range(18, None) == (Decimal("1.84"), Decimal("2.27"))


@pytest.mark.parametrize(
    ("klass", "payouts", "following"),
    [("13", 0, "13"), ("13", 1, "7"), ("13", 2, "3"), ("13", 3, "1"), ("13", 4, "М"), ("13", 9, "М"),
     ("3", 0, "4"), ("3", 1, "1"), ("М", 0, "0"), ("M", 1, "М"), ("4", 2, "1"), ("9", 3, "1")],
)  # fmt: skip
def test_the_kbm_class_moves_by_the_table(klass: str, payouts: int, following: str) -> None:
    assert next_kbm_class(klass, payouts) == following


@given(st.sampled_from(CLASSES), st.integers(0, 6))
def test_one_more_payout_never_improves_the_kbm(klass: str, payouts: int) -> None:
    better, worse = next_kbm_class(klass, payouts), next_kbm_class(klass, payouts + 1)
    assert kbm_of_class(better) <= kbm_of_class(worse)


def test_a_kbm_value_names_its_class() -> None:
    assert kbm_class_of(Decimal("0.46")) == "13"
    assert kbm_class_of(Decimal("0.50")) is None


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [(date(2000, 2, 29), date(2025, 2, 28), 24), (date(2000, 2, 29), date(2025, 3, 1), 25),
     (date(2000, 5, 5), date(2026, 5, 5), 26), (date(2000, 5, 5), date(2026, 5, 4), 25)],
)  # fmt: skip
def test_full_years_change_on_the_birthday(born: date, on: date, years: int) -> None:
    assert full_years(born, on) == years


@given(
    st.dates(date(1930, 1, 1), date(2008, 1, 1)), st.integers(0, 12000), st.integers(5844, 20000)
)
def test_ages_and_experience_from_real_dates_are_never_called_impossible(
    born: date, driving_days: int, licence_after_days: int
) -> None:
    licence = born + timedelta(days=licence_after_days)
    on = licence + timedelta(days=driving_days)
    age = full_years(born, on)
    if age <= 110:
        assert kvs(age, full_years(licence, on)) > 0


def test_an_unknown_client_gets_the_whole_honest_range() -> None:
    result = estimate(bare())
    assert by_code(result, "kbm") == (Decimal("0.46"), Decimal("3.92"))
    assert by_code(result, "kvs") == (Decimal("0.83"), Decimal("2.27"))
    assert by_code(result, "km") == (Decimal("0.6"), Decimal("1.6"))
    values = [each.kt for each in all_territories(ON)]
    assert by_code(result, "kt") == (min(values), max(values))
    assert not result.verified
    text = " ".join(result.depends_on)
    assert all(word in text for word in ("регистрации", "КБМ", "возраст и стаж", "мощность"))


def test_a_typical_kbm_says_that_payouts_raise_the_price() -> None:
    result = estimate(bare(kbm_guess=KbmGuess.TYPICAL))
    assert by_code(result, "kbm") == (Decimal("0.46"), Decimal("1.17"))
    assert any("после аварий" in reason for reason in result.depends_on)


def test_an_outdated_town_makes_the_estimate_approximate() -> None:
    driver = Driver(40, 10, Decimal(1))
    moscow = bare(territory=find_territory("Москва", ON), power_hp=100, drivers=(driver,))
    assert estimate(moscow).verified
    town = replace(moscow, territory=find_territory("Тольятти", ON))
    assert not estimate(town).verified


def test_kvs_and_kbm_are_two_independent_maxima() -> None:
    young = Driver(20, 1, Decimal("0.83"))
    careless = Driver(50, 30, Decimal("2.25"))
    result = estimate(bare(drivers=(young, careless)))
    assert by_code(result, "kvs") == (Decimal("1.92"), Decimal("1.92"))
    assert by_code(result, "kbm") == (Decimal("2.25"), Decimal("2.25"))


def test_a_company_with_a_list_pays_a_raised_kvs() -> None:
    result = estimate(bare(owner=Owner.COMPANY, drivers=(Driver(40, 10, Decimal(1)),)))
    assert by_code(result, "kvs") == (Decimal("1.674"), Decimal("1.674"))


@pytest.mark.parametrize("months", [2, 13, 0])
def test_a_period_outside_the_table_is_refused(months: int) -> None:
    with pytest.raises(ServiceError) as refusal:
        ks(months)
    assert refusal.value.code == "impossible_period"


def test_a_date_before_the_tables_is_refused_instead_of_guessed() -> None:
    with pytest.raises(ServiceError) as refusal:
        estimate(TariffRequest(on=date(2025, 12, 8)))
    assert refusal.value.code == "tariff_not_in_force"


def test_the_cap_is_off_until_an_administrator_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSAGO_CAP_MULTIPLIER", raising=False)
    assert OsagoSettings(_env_file=None).osago_cap_multiplier is None
    monkeypatch.setenv("OSAGO_CAP_MULTIPLIER", "3")
    assert OsagoSettings(_env_file=None).osago_cap_multiplier == Decimal(3)


drivers = st.builds(
    lambda age, share, klass: Driver(age, int((age - 16) * share), kbm_of_class(klass)),
    st.integers(16, 90),
    st.floats(0, 1),
    st.sampled_from(CLASSES),
)
requests = st.builds(
    TariffRequest,
    on=st.just(ON),
    territory=st.one_of(st.none(), st.sampled_from(all_territories(ON))),
    power_hp=st.one_of(st.none(), st.integers(1, 900)),
    drivers=st.lists(drivers, max_size=4).map(tuple),
    unlimited=st.booleans(),
    period_months=st.integers(3, 12),
    cap_multiplier=st.sampled_from([None, Decimal(3)]),
)


@given(requests)
def test_every_estimate_is_an_ordered_range_in_kopecks(asked: TariffRequest) -> None:
    result = estimate(asked)
    assert 0 < result.minimum <= result.maximum
    assert result.minimum <= result.uncapped_minimum
    assert result.minimum.as_tuple().exponent == result.maximum.as_tuple().exponent == -2
    assert all(each.low <= each.high for each in result.coefficients)


@given(requests, drivers)
def test_one_more_driver_never_lowers_the_price(asked: TariffRequest, extra: Driver) -> None:
    if asked.drivers:
        more = estimate(replace(asked, drivers=(*asked.drivers, extra)))
        assert more.minimum >= estimate(asked).minimum


@given(requests, st.integers(1, 900), st.integers(1, 900))
def test_more_power_never_lowers_the_price(asked: TariffRequest, one: int, two: int) -> None:
    weak, strong = (replace(asked, power_hp=power) for power in sorted((one, two)))
    assert estimate(weak).maximum <= estimate(strong).maximum


@given(requests, st.integers(3, 12), st.integers(3, 12))
def test_a_longer_period_never_lowers_the_price(asked: TariffRequest, one: int, two: int) -> None:
    short, long = (replace(asked, period_months=months) for months in sorted((one, two)))
    assert estimate(short).maximum <= estimate(long).maximum


@given(requests, st.data())
def test_a_dearer_territory_never_lowers_the_price(
    asked: TariffRequest, data: st.DataObject
) -> None:
    pair = [data.draw(st.sampled_from(all_territories(ON))) for _ in range(2)]
    cheap, dear = (replace(asked, territory=each) for each in sorted(pair, key=lambda t: t.kt))
    assert estimate(cheap).minimum <= estimate(dear).minimum


@given(requests)
def test_what_is_not_known_yet_only_widens_the_range(asked: TariffRequest) -> None:
    known, vague = estimate(asked), estimate(replace(asked, territory=None, power_hp=None))
    assert vague.minimum <= known.minimum <= known.maximum <= vague.maximum
