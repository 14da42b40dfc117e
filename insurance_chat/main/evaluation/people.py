"""Randomly generated people and cars that look like real ones and belong to nobody."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

LETTERS = "АВЕКМНОРСТУХ"
REGIONS = ("77", "78", "16", "66", "50", "23", "174", "54")
SURNAMES = ("Иванов", "Петров", "Смирнов", "Кузнецов", "Соколов", "Лебедев", "Морозов", "Волков")
NAMES = ("Иван", "Пётр", "Алексей", "Дмитрий", "Сергей", "Николай", "Андрей", "Михаил")
PATRONYMICS = ("Иванович", "Петрович", "Сергеевич", "Андреевич", "Дмитриевич", "Михайлович")
ADDRESSES = (
    "Москва, ул. Ленина, д. 1, кв. 2",
    "Казань, улица Баумана, дом 10, квартира 5",
    "Санкт-Петербург, Невский проспект, д. 25, кв. 7",
    "Екатеринбург, ул. Малышева, д. 51, кв. 12",
    "Челябинск, пр. Ленина, д. 3, кв. 40",
)


@dataclass(frozen=True)
class Customer:
    """Everything that an OSAGO sale asks for, as the client would type it."""

    product: ClassVar[str] = "osago"
    opening: ClassVar[str] = "хочу оформить осаго"

    plate: str
    sts: str
    name: str
    birth: date
    passport: str
    address: str
    license: str
    experience: date
    start: date
    phone: str
    email: str

    def terse(self) -> dict[str, str]:
        """The bare value for each slot, as a program without manners would send it."""
        return self.answers() | {
            "consent": "да",
            "vehicle_document": self.sts,
            "owner_passport": f"{self.passport[:4]} {self.passport[4:]}",
            "policyholder_is_owner": "да",
            "drivers_unlimited": "нет",
            "driver_license": self.license,
            "driver_experience_start": f"{self.experience:%d.%m.%Y}",
            "start_date": f"{self.start:%d.%m.%Y}",
            "period_months": "12",
            "confirm": "да",
            "make_model": "Hyundai Solaris",
            "year": "2018",
            "power_hp": "123",
            "vin": "Z94CT41DBJR123456",
        }

    def answers(self) -> dict[str, str]:
        """What to type for each slot."""
        return {
            "consent": "согласен",
            "same_car": "да",
            "plate": self.plate,
            "vehicle_document": f"стс {self.sts}",
            "owner_full_name": self.name,
            "owner_birth_date": f"{self.birth:%d.%m.%Y}",
            "owner_passport": f"паспорт {self.passport[:4]} {self.passport[4:]}",
            "owner_address": self.address,
            "region": self.address.split(",")[0],
            "policyholder_is_owner": "я собственник и страхователь",
            "make_model": "Hyundai Solaris",
            "year": "2018 год выпуска",
            "power_hp": "123 лс",
            "vin": "VIN Z94CT41DBJR123456",
            "drivers_unlimited": "только я",
            "driver_full_name": self.name,
            "driver_birth_date": f"{self.birth:%d.%m.%Y}",
            "driver_license": f"права {self.license[:4]} {self.license[4:]}",
            "driver_experience_start": f"стаж с {self.experience:%d.%m.%Y}",
            "add_driver": "нет",
            "start_date": f"с {self.start:%d.%m.%Y}",
            "period_months": "на год",
            "phone": self.phone,
            "email": self.email,
            "offer": "1",
            "confirm": "подтверждаю",
            "send_email": "да",
            "remind_renewal": "да",
        }

    def beside(self, asked: Iterable[str]) -> tuple[str, ...]:
        """Who drives alone tells of their licence at once."""
        alone = list(asked) == ["drivers_unlimited"]
        return ("driver_license", "driver_experience_start") if alone else ()

    def pages(self) -> dict[str, dict[str, str]]:
        """Everything is told in the chat."""
        return {}


def customer(random_source: random.Random, today: date) -> Customer:
    """A new person with a car.

    Args:
        random_source: seeded, so that a failing run can be repeated.
        today: Moscow date; the policy starts some days later.
    """
    pick = random_source.choice
    birth = date(random_source.randint(1960, 1995), random_source.randint(1, 12), 15)
    digits = f"{random_source.randint(1, 999):03d}"
    while digits in ("404", "503"):  # plates by which the sandbox plays a failing source
        digits = f"{random_source.randint(1, 999):03d}"
    number = f"{random_source.randint(0, 999_999_99):08d}"
    return Customer(
        plate=f"{pick(LETTERS)}{digits}{pick(LETTERS)}{pick(LETTERS)}{pick(REGIONS)}",
        sts=f"99{random_source.randint(10, 99)} {random_source.randint(100_000, 999_999)}",
        name=f"{pick(SURNAMES)} {pick(NAMES)} {pick(PATRONYMICS)}",
        birth=birth,
        passport=f"45{random_source.randint(10, 23)}{random_source.randint(100_000, 999_999)}",
        address=pick(ADDRESSES),
        license=f"99{random_source.randint(10, 36)}{random_source.randint(1000, 9999)}07",
        experience=birth + timedelta(days=365 * 20),
        start=today + timedelta(days=random_source.randint(5, 40)),
        phone=f"+79{random_source.randint(100_000_000, 999_999_999)}",
        email=f"client{number}@example.ru",
    )
