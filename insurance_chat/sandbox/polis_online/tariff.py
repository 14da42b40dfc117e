"""What the emulated insurers charge: Т = ТБ × КТ × КБМ × КВС × КО × КМ × КС."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from insurance_chat.sandbox.polis_online.tables import (
    AGE_FROM,
    BASE_MAX,
    BASE_MIN,
    EXPERIENCE_FROM,
    KBM_BY_CLASS,
    KM_ABOVE,
    KM_UP_TO,
    KS_BY_MONTHS,
    KVS,
    UNLIMITED_DRIVERS,
)
from insurance_chat.sandbox.polis_online.territory import territory_coefficient

KOPECK = Decimal("0.01")


@dataclass(frozen=True)
class DriverFacts:
    """What the price needs to know of a driver: full years of age and experience, class of КБМ."""

    age: int
    experience: int
    kbm_class: str


@dataclass(frozen=True)
class Factors:
    """Coefficients of one contract without the base rate."""

    kt: Decimal
    kbm: Decimal
    kvs: Decimal
    ko: Decimal
    km: Decimal
    ks: Decimal
    kbm_class: str

    def product(self) -> Decimal:
        """КТ × КБМ × КВС × КО × КМ × КС, not rounded."""
        return self.kt * self.kbm * self.kvs * self.ko * self.km * self.ks


def full_years(born: date, on: date) -> int:
    """Full years from one date to another."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_experience(age: int, experience: int) -> Decimal | None:
    """КВС; None when nobody of this age can have driven for so long."""
    if age < AGE_FROM[0] or experience < 0:
        return None
    return KVS[bisect_right(AGE_FROM, age) - 1][bisect_right(EXPERIENCE_FROM, experience) - 1]


def power(power_hp: Decimal) -> Decimal:
    """КМ of a passenger car; the upper edge of a step belongs to the step."""
    return next((value for edge, value in KM_UP_TO if power_hp <= edge), KM_ABOVE)


def factors(
    region: str, power_hp: Decimal, months: int, drivers: list[DriverFacts], unlimited: bool
) -> Factors:
    """Coefficients of a contract of a natural person.

    Raises:
        ValueError: a region, period or driver that is not in the tables.
    """
    kt = territory_coefficient(region)
    ks = KS_BY_MONTHS.get(months)
    if kt is None or ks is None:
        raise ValueError("region" if kt is None else "period")
    if unlimited:
        return Factors(kt, Decimal(1), Decimal(1), UNLIMITED_DRIVERS, power(power_hp), ks, "4")
    cells = [age_experience(driver.age, driver.experience) for driver in drivers]
    known = [cell for cell in cells if cell is not None]
    if not known or len(known) != len(cells):
        raise ValueError("drivers")
    worst = max(drivers, key=lambda driver: KBM_BY_CLASS[driver.kbm_class]).kbm_class
    return Factors(kt, KBM_BY_CLASS[worst], max(known), Decimal(1), power(power_hp), ks, worst)


def premium(base: Decimal, found: Factors, cap_multiplier: Decimal | None = None) -> Decimal:
    """Roubles to the kopeck, rounded half up once; the cap is `cap_multiplier` × ТБ × КТ."""
    total = base * found.product()
    if cap_multiplier is not None:
        total = min(total, cap_multiplier * base * found.kt)
    return total.quantize(KOPECK, ROUND_HALF_UP)


def base_rate(share: Decimal, kbm_class: str, seed: str) -> Decimal:
    """ТБ that an emulated insurer chose inside the corridor, roubles.

    Args:
        share: its habit, a part of the upper bound.
        kbm_class: better classes are a little cheaper.
        seed: the same seed gives the same noise of at most 2 %.
    """
    klass = int(kbm_class) if kbm_class.isdigit() else 0
    rate = share * BASE_MAX * (1 - Decimal("0.02") * (13 - klass) / 13)
    noise = Decimal(int(sha256(seed.encode()).hexdigest()[:8], 16) % 4001 - 2000) / 100_000
    rate = (rate * (1 + noise)).quantize(KOPECK, ROUND_HALF_UP)
    return min(max(rate, BASE_MIN), BASE_MAX)
