"""Premium range: corridor of the base tariff × coefficients, rounded once at the end."""

from __future__ import annotations

from decimal import Decimal
from math import prod

from insurance_chat.core.errors import invalid
from insurance_chat.core.money import to_kopecks
from insurance_chat.insurance.osago.tariff import coefficients as c
from insurance_chat.insurance.osago.tariff.tables import table
from insurance_chat.insurance.osago.tariff.territory import all_territories
from insurance_chat.insurance.osago.tariff.types import (
    Coefficient,
    Driver,
    Estimate,
    KbmGuess,
    Owner,
    TariffRequest,
    Vehicle,
)
from insurance_chat.insurance.osago.tariff.words import EXPLANATIONS, TITLES, depends_on

ONE = Decimal(1)


def estimate(request: TariffRequest) -> Estimate:
    """Honest range of the premium for what is known so far.

    Formula: TB × KT × KBM × KVS × KO × KM × KS; unknown inputs widen the range. With a list of
    drivers KVS and KBM are two independent maxima over the list.

    Raises:
        ServiceError: `tariff_not_in_force` before 09.12.2025 and the refusals of `coefficients`.
    """
    if request.on < table("base")["valid_from"]:
        raise invalid("tariff_not_in_force", "Для этой даты тарифа нет: таблицы с 9 декабря 2025.")
    low, high, base_verified = c.base_corridor(request.vehicle, request.owner)
    factors = _factors(request)
    kt = factors[0]
    minimum = low * prod((factor.low for factor in factors), start=ONE)
    maximum = high * prod((factor.high for factor in factors), start=ONE)
    return Estimate(
        minimum=_premium(minimum, low * kt.low, request.cap_multiplier),
        maximum=_premium(maximum, high * kt.high, request.cap_multiplier),
        uncapped_minimum=to_kopecks(minimum),
        uncapped_maximum=to_kopecks(maximum),
        base_minimum=low,
        base_maximum=high,
        coefficients=factors,
        depends_on=depends_on(request, factors),
        verified=base_verified and all(factor.verified for factor in factors),
    )


def _premium(raw: Decimal, base_with_territory: Decimal, cap: Decimal | None) -> Decimal:
    return to_kopecks(raw if cap is None else min(raw, base_with_territory * cap))


def _factors(request: TariffRequest) -> tuple[Coefficient, ...]:
    drivers = request.drivers or (Driver(),)
    ko, ko_verified = c.ko(request.owner, request.unlimited)
    km = c.km_range(request.power_hp, request.vehicle)
    ks = c.ks(request.period_months)
    found = [
        _kt(request),
        _kbm(request, drivers),
        _kvs(request, drivers),
        _factor("ko", (ko, ko), ko_verified),
        _factor("km", km, c.km_verified(request.vehicle)) if km else None,
        _factor("ks", (ks, ks)),
    ]
    return tuple(factor for factor in found if factor)


def _factor(code: str, bounds: c.Range, verified: bool = True) -> Coefficient:
    return Coefficient(code, *bounds, TITLES[code], EXPLANATIONS[code], verified)


def _kt(request: TariffRequest) -> Coefficient:
    tractor = request.vehicle is Vehicle.TRACTOR
    place = request.territory
    known = (place.kt_tractor if tractor else place.kt) if place else None
    if place and known is not None:
        return _factor("kt", (known, known), place.verified)
    rows = all_territories(request.on)
    values = [value for row in rows if (value := row.kt_tractor if tractor else row.kt) is not None]
    return _factor("kt", (min(values), max(values)), verified=False)


def _kbm(request: TariffRequest, drivers: tuple[Driver, ...]) -> Coefficient:
    if request.unlimited:
        value = ONE if request.owner is Owner.PERSON else request.owner_kbm
        # the fleet table of companies was not obtained: without the company's KBM it is a guess
        return _factor("kbm", (value or ONE, value or ONE), verified=value is not None)
    unknown = c.kbm_range(typical=request.kbm_guess is KbmGuess.TYPICAL)
    bounds = [unknown if d.kbm is None else (d.kbm, d.kbm) for d in drivers]
    return _factor("kbm", _highest(bounds))


def _kvs(request: TariffRequest, drivers: tuple[Driver, ...]) -> Coefficient | None:
    if request.unlimited:
        return None
    low, high = _highest([c.kvs_range(d.age, d.experience, request.vehicle) for d in drivers])
    verified = c.kvs_verified(request.vehicle)
    if request.owner is Owner.COMPANY:
        factor = c.company_list_factor()
        return _factor("kvs", (low * factor, high * factor), verified=False)
    return _factor("kvs", (low, high), verified)


def _highest(bounds: list[c.Range]) -> c.Range:
    """The most expensive driver decides, in the best and in the worst case."""
    return max(low for low, _ in bounds), max(high for _, high in bounds)
