"""Invented people and cars for the contract of insurers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from insurance_chat.insurance.mortgage.types import (
    Borrower,
    HealthAnswers,
    InsuredObject,
    Loan,
    MortgageRequest,
    ObjectKind,
    Risk,
)
from insurance_chat.insurance.providers.polis_online import mortgage_wire
from insurance_chat.insurance.providers.ports import (
    Driver,
    Offer,
    OfferStatus,
    OsagoRequest,
    Person,
    PolicyRequest,
    Vehicle,
)

KNOWN_PLATE = "М321КХ777"
UNKNOWN_PLATE = "А404АА77"

DRIVER = Driver(
    full_name="Тестов Пётр Ильич",
    birth_date=date(1985, 11, 28),
    license="9912345611",
    experience_start=date(2008, 5, 20),
)
SILENT_DRIVER = DRIVER.model_copy(update={"license": "9912345600"})
YOUNG_DRIVER = Driver(
    full_name="Тестова Анна Петровна",
    birth_date=date(2006, 3, 1),
    license="9954321003",
    experience_start=date(2025, 4, 2),
)
OWNER = Person(
    full_name="Тестов Пётр Ильич",
    birth_date=date(1985, 11, 28),
    passport="9912765432",
    address="Москва, улица Выдуманная, дом 7, квартира 12",
    region="Москва",
    phone="+79001234567",
    email="petr.testov@example.org",
)
VEHICLE = Vehicle(
    plate=KNOWN_PLATE,
    vin="Z94CB41AABR123456",
    brand="Hyundai",
    model="Solaris",
    year=2015,
    power_hp=Decimal(123),
    document_type="sts",
    document="9933445566",
)


def tomorrow() -> date:
    return datetime.now(ZoneInfo("Europe/Moscow")).date() + timedelta(days=1)


def osago_request(**changes: Any) -> OsagoRequest:
    request = OsagoRequest(
        vehicle=VEHICLE,
        owner=OWNER,
        policyholder=OWNER,
        drivers=(DRIVER,),
        region="Москва",
        start_date=tomorrow() + timedelta(days=3),
    )
    return request.model_copy(update=changes)


HEALTH = HealthAnswers(height_cm=181, weight_kg=Decimal("82.5"), smoker=False, severe_disease=False)
FLAT = InsuredObject(
    kind=ObjectKind.FLAT,
    build_year=1996,
    wooden_floors=False,
    gas=False,
    area_m2=Decimal("54.2"),
    address="Москва, улица Выдуманная, дом 7, квартира 12",
)


def mortgage_request(**changes: Any) -> MortgageRequest:
    """Flat and life, 3 000 000 ₽ at Сбер, a man of 35: the worked example of the domain notes 4.3."""
    start = tomorrow() + timedelta(days=3)
    born = start.replace(year=start.year - 35, day=1)
    request = MortgageRequest(
        start_date=start,
        risks=(Risk.PROPERTY, Risk.LIFE),
        loan=Loan(
            bank_code="sber",
            bank_name="Сбер",
            balance=Decimal(3_000_000),
            uplift_percent=Decimal(0),
            agreement_number="12-345/2021",
            agreement_date=date(2021, 4, 2),
        ),
        insured_object=FLAT,
        borrower=Borrower(birth_date=born, gender="M"),
        health=HEALTH,
        policyholder=OWNER,
    )
    return request.model_copy(update=changes)


@dataclass(frozen=True)
class Line:
    """One product as the tests that run over all products see it."""

    product: str
    request: Callable[..., PolicyRequest]
    series: str

    def of(self, provider: Any) -> Any:
        """The provider of this product behind the account of the world."""
        if self.product == "osago":
            return provider
        return provider.line(self.product, mortgage_wire.quote_body)


LINES = {
    "osago": Line("osago", osago_request, "ХХХ"),
    "mortgage": Line("mortgage", mortgage_request, "ИП99"),
}


def key() -> str:
    return str(uuid4())


async def offers(
    provider: Any, request: Callable[..., PolicyRequest] = osago_request, **changes: Any
) -> dict[str, Offer]:
    """Offers of all insurers by company code."""
    request_id = await provider.request_quotes(request(**changes), key())
    quotes = await provider.quotes(request_id)
    assert quotes.complete
    return {offer.company_code: offer for offer in quotes.offers}


async def ready_offer(
    provider: Any, company: str = "reso", request: Callable[..., PolicyRequest] = osago_request
) -> Offer:
    """An offer that can be bought."""
    offer = (await offers(provider, request))[company]
    assert offer.status is OfferStatus.READY
    return offer


async def paid_draft(
    provider: Any, company: str = "reso", request: Callable[..., PolicyRequest] = osago_request
) -> str:
    """Id of a draft paid under a test token."""
    offer = await ready_offer(provider, company, request)
    draft = await provider.create_draft(offer.offer_id, key())
    await provider.request_payment(draft.draft_id, "https://chat.example/back", key())
    await provider.confirm_payment(draft.draft_id, f"test_{key()}", key())
    return draft.draft_id
