"""What the calculator takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from insurance_chat.insurance.osago.tariff.territory import Territory


class Vehicle(StrEnum):
    """Row of the base tariff table (directive 7204-U, annex 1)."""

    CAR = "car"
    TAXI = "taxi"
    MOTORCYCLE = "motorcycle"
    TRUCK_TO_16T = "truck_to_16t"
    TRUCK_OVER_16T = "truck_over_16t"
    BUS_TO_16_SEATS = "bus_to_16_seats"
    BUS_OVER_16_SEATS = "bus_over_16_seats"
    BUS_REGULAR = "bus_regular"
    TROLLEYBUS = "trolleybus"
    TRAM = "tram"
    TRACTOR = "tractor"


class Owner(StrEnum):
    """Who owns the vehicle: a person or sole proprietor, or a company."""

    PERSON = "person"
    COMPANY = "company"


class KbmGuess(StrEnum):
    """What an unknown KBM is taken for.

    FULL is the whole table (0.46–3.92). TYPICAL runs from the best class to "no history" (0.46–1.17)
    and the estimate says that payouts make the price higher.
    """

    FULL = "full"
    TYPICAL = "typical"


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver; None means that the client has not told it yet.

    Args:
        age: full years on the start date.
        experience: full years of driving in this category on the start date.
        kbm: coefficient returned by the insurance system, e.g. Decimal("0.46").
    """

    age: int | None = None
    experience: int | None = None
    kbm: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TariffRequest:
    """What is known about the contract; everything optional may stay unknown.

    Args:
        on: contract start date, chooses the edition of the tables.
        territory: where the owner is registered, from `find_territory`.
        power_hp: engine power in hp.
        drivers: the list; empty without `unlimited` means one driver of whom nothing is known.
        unlimited: anyone may drive.
        period_months: period of use, 3–12 months.
        owner_kbm: KBM of a company that insures without a list of drivers.
        kbm_guess: what an unknown KBM is taken for.
        cap_multiplier: premium is at most this many TB × KT; None switches the cap off.
    """

    on: date
    vehicle: Vehicle = Vehicle.CAR
    owner: Owner = Owner.PERSON
    territory: Territory | None = None
    power_hp: Decimal | int | None = None
    drivers: tuple[Driver, ...] = ()
    unlimited: bool = False
    period_months: int = 12
    owner_kbm: Decimal | None = None
    kbm_guess: KbmGuess = KbmGuess.FULL
    cap_multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One factor of the premium; `low` equals `high` when it is known exactly.

    Args:
        code: kt, kbm, kvs, ko, km, ks.
        title: Russian name with the abbreviation.
        explanation: what it means for the client, plain Russian.
        verified: False when the figure has a single or outdated source.
    """

    code: str
    low: Decimal
    high: Decimal
    title: str
    explanation: str
    verified: bool = True

    @property
    def value(self) -> Decimal | None:
        """The exact value, or None when only a range is known."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Premium range in roubles, rounded to kopecks; never a promise.

    Args:
        minimum, maximum: after the cap when it is switched on.
        uncapped_minimum, uncapped_maximum: the same without the cap, for administrators.
        base_minimum, base_maximum: corridor of the base tariff.
        depends_on: Russian phrases, what the final price depends on.
        verified: False shows «ориентировочно» next to the figures.
    """

    minimum: Decimal
    maximum: Decimal
    uncapped_minimum: Decimal
    uncapped_maximum: Decimal
    base_minimum: Decimal
    base_maximum: Decimal
    coefficients: tuple[Coefficient, ...]
    depends_on: tuple[str, ...] = field(default=())
    verified: bool = True
