"""The registers behind the aggregator: cars, bonus-malus, previous policies. All made up by hashing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from insurance_chat.sandbox.polis_online.insurers import INSURERS
from insurance_chat.sandbox.store import Doc

_LATIN = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_VIN_ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class CarModel:
    """A popular car: VIN prefix, engines in hp, first and last year of sale."""

    brand: str
    model: str
    wmi: str
    powers: tuple[int, ...]
    first: int = 2005
    last: int = 2024


CARS: tuple[CarModel, ...] = (
    CarModel("LADA", "Granta", "XTA", (87, 90, 98, 106), 2011),
    CarModel("LADA", "Vesta", "XTA", (106, 113, 122), 2015),
    CarModel("LADA", "Priora", "XTA", (87, 98, 106), 2007, 2018),
    CarModel("LADA", "Niva Legend", "XTA", (83,), 2005),
    CarModel("Kia", "Rio", "Z94", (100, 123), 2011, 2022),
    CarModel("Kia", "Sportage", "XWE", (150, 184), 2010, 2022),
    CarModel("Hyundai", "Solaris", "Z94", (100, 107, 123), 2010, 2022),
    CarModel("Hyundai", "Creta", "Z94", (121, 123, 149), 2016, 2022),
    CarModel("Volkswagen", "Polo", "XW8", (85, 90, 105, 110), 2010, 2022),
    CarModel("Skoda", "Octavia", "XW8", (105, 110, 150, 180), 2008, 2022),
    CarModel("Renault", "Logan", "X7L", (75, 82, 102, 113), 2005, 2022),
    CarModel("Renault", "Duster", "X7L", (102, 114, 143), 2012, 2022),
    CarModel("Toyota", "Camry", "XW7", (150, 181, 249), 2006, 2022),
    CarModel("Toyota", "Corolla", "JTN", (97, 122, 124), 2005, 2022),
    CarModel("Nissan", "Qashqai", "SJN", (114, 115, 141, 144), 2007, 2022),
    CarModel("Ford", "Focus", "X9F", (100, 105, 115, 125, 150), 2005, 2019),
    CarModel("Chevrolet", "Niva", "X9L", (80,), 2005, 2020),
    CarModel("Mazda", "CX-5", "RUM", (150, 192, 194), 2012, 2022),
    CarModel("Haval", "Jolion", "XZG", (143, 150), 2021, 2024),
    CarModel("Chery", "Tiggo 7 Pro", "LVV", (147,), 2020, 2024),
)


def digest(text: str) -> int:
    """A stable whole number for a text."""
    return int(sha256(text.encode()).hexdigest()[:15], 16)


def percent(text: str) -> int:
    """A stable number from 0 to 99 for a text."""
    return digest(text) % 100


def plain_plate(plate: str) -> str:
    """Upper case, no spaces, Latin look-alikes turned into Cyrillic."""
    return re.sub(r"[\s\-]", "", plate.upper()).translate(_LATIN)


def find_vehicle(plate: str) -> Doc | None:
    """The car of a plate. Numbers 404 and those ending in 00 are not in the register."""
    plate = plain_plate(plate)
    digits = re.search(r"\d{3}", plate)
    if digits is None or digits[0] == "404" or digits[0].endswith("00"):
        return None
    number = digest(f"car:{plate}")
    car = CARS[number % len(CARS)]
    number //= len(CARS)
    year = car.first + number % (car.last - car.first + 1)
    power = car.powers[(number // 30) % len(car.powers)]
    sts = f"99{digest(f'sts:{plate}') % 10**8:08d}" if percent(f"has-sts:{plate}") < 50 else None
    return {
        "licensePlate": plate,
        "vin": _vin(car.wmi, plate),
        "mark": car.brand,
        "model": car.model,
        "productionYear": year,
        "powerHp": str(power),
        "category": "B",
        "document": {"type": "STS", "seriesNumber": sts} if sts else None,
    }


def kbm_class(license_number: str) -> str | None:
    """Class of a driver by the licence; None when the source does not answer.

    The last two digits choose: 00 is silence, 01 to 13 are that class, the rest is hashed.
    """
    tail = license_number.strip()[-2:]
    if tail == "00":
        return None
    if tail.isdigit() and 1 <= int(tail) <= 13:
        return str(int(tail))
    return str(3 + digest(f"kbm:{license_number.strip()}") % 11)


def find_previous_policy(plate: str, today: date) -> Doc | None:
    """The policy that a car had before the sandbox; seven cars of ten have one."""
    plate = plain_plate(plate)
    if find_vehicle(plate) is None or percent(f"previous:{plate}") >= 70:
        return None
    number = digest(f"policy:{plate}")
    first = today - timedelta(days=20)
    day_of_year = 1 + number % 365
    end = date(first.year, 1, 1) + timedelta(days=day_of_year - 1)
    if end < first:
        end = date(first.year + 1, 1, 1) + timedelta(days=day_of_year - 1)
    return {
        "number": f"ХХХ{number % 10**10:010d}",
        "companyCode": INSURERS[number % len(INSURERS)].slug,
        "endDate": end.strftime("%d.%m.%Y"),
    }


def _vin(wmi: str, plate: str) -> str:
    number = digest(f"vin:{plate}")
    middle = ""
    for _ in range(8):
        number, rest = divmod(number, len(_VIN_ALPHABET))
        middle += _VIN_ALPHABET[rest]
    return f"{wmi}{middle}{digest(f'serial:{plate}') % 10**6:06d}"
