"""Invented people and cars for the contract of insurers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from insurance_chat.insurance.providers.ports import (
    Driver,
    Offer,
    OfferStatus,
    OsagoRequest,
    Person,
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


def key() -> str:
    return str(uuid4())


async def offers(provider: Any, **changes: Any) -> dict[str, Offer]:
    """Offers of all insurers by company code."""
    request_id = await provider.request_quotes(osago_request(**changes), key())
    quotes = await provider.quotes(request_id)
    assert quotes.complete
    return {offer.company_code: offer for offer in quotes.offers}


async def ready_offer(provider: Any, company: str = "reso") -> Offer:
    """An offer that can be bought."""
    offer = (await offers(provider))[company]
    assert offer.status is OfferStatus.READY
    return offer


async def paid_draft(provider: Any, company: str = "reso") -> str:
    """Id of a draft paid under a test token."""
    draft = await provider.create_draft((await ready_offer(provider, company)).offer_id, key())
    await provider.request_payment(draft.draft_id, "https://chat.example/back", key())
    await provider.confirm_payment(draft.draft_id, f"test_{key()}", key())
    return draft.draft_id
