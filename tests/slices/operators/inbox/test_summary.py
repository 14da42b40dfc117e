"""The client's card: everything that helps, and nothing of a phone or a document."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Role
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.insurance.products import load_catalog
from insurance_chat.operators.inbox import summary as cards
from insurance_chat.operators.inbox.mood import Mood, mood_of
from tests.slices.operators.inbox.conftest import Desk

PHONE, PASSPORT, LICENSE = "+79161234567", "4512345678", "9911223344"
STATE: dict[str, Any] = {
    "runs": [{"run_id": "r1", "flow": "osago"}],
    "expects": ["vin"],
    "slots": {
        "plate": "А123ВС77",
        "make_model": {"brand": "Hyundai", "model": "Solaris"},
        "owner_full_name": "Петров Иван Сергеевич",
        "owner_birth_date": "1985-05-12",
        "owner_passport": PASSPORT,
        "owner_address": {
            "text": "Казань, улица Баумана, дом 10",
            "region": "Татарстан",
            "city": "Казань",
        },
        "vehicle_document": {"type": "sts", "number": "9911654321"},
        "driver_license": LICENSE,
        "phone": PHONE,
        "email": "petrov@mail.ru",
        "policyholder_is_owner": True,
        "offers": [
            {"id": "a", "company": "Ингосстрах", "price": "7200.50"},
            {"id": "b", "company": "СОГАЗ", "price": None, "note": "отказ"},
        ],
        "offer": "a",
    },
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Flows and slots of the product."""
    return load_catalog()


async def _card(desk: Desk, catalog: Catalog, role: Role = Role.AGENT) -> cards.Summary:
    anna = await desk.staff()
    session = await desk.held(anna, "Мой телефон +7 916 123-45-67", state=STATE)
    reader = anna if role is Role.AGENT else await desk.staff("Ольга Админ", role)
    async with desk.db.unit() as unit:
        return await cards.summary(unit, reader, session, catalog)


async def test_an_agent_learns_who_wants_what_and_what_is_offered(
    desk: Desk, catalog: Catalog
) -> None:
    card = await _card(desk, catalog)
    assert card.client == "Иван П."
    assert card.wants == "оформление ОСАГО"
    assert card.reason == "button"
    assert card.missing == ("VIN",)
    assert card.prefers_voice
    assert [(one.company, one.chosen) for one in card.offers] == [
        ("Ингосстрах", True),
        ("СОГАЗ", False),
    ]
    facts = {fact.title: fact.value for fact in card.facts}
    assert facts["госномер"] == "А123ВС77"
    assert facts["марка и модель"] == "Hyundai Solaris"
    assert facts["ФИО собственника"] == "Иван П."
    assert facts["паспорт собственника"] == "••• 678"
    assert facts["адрес регистрации собственника"] == "Казань, дальше скрыто"
    assert facts["дата рождения собственника"] == "••.••.1985"
    assert card.fills["имя"] == "Иван Сергеевич"
    assert card.fills["компания"] == "Ингосстрах"
    assert card.fills["номер полиса"] == ""


@pytest.mark.parametrize(
    "hidden",
    [
        PHONE,
        PHONE[1:],
        PHONE[2:],
        "4567",
        PASSPORT,
        LICENSE,
        "9911654321",
        "petrov@",
        "Петров",
        "Баумана",
    ],
)
async def test_an_agent_reads_no_phone_document_or_address_in_any_part(
    desk: Desk, catalog: Catalog, hidden: str
) -> None:
    card = asdict(await _card(desk, catalog))
    assert hidden not in json.dumps(card, ensure_ascii=False, default=str)


async def test_an_administrator_reads_all(desk: Desk, catalog: Catalog) -> None:
    card = await _card(desk, catalog, Role.ADMIN)
    facts = {fact.title: fact.value for fact in card.facts}
    assert facts["телефон"] == PHONE
    assert facts["паспорт собственника"] == PASSPORT
    assert facts["дата рождения собственника"] == "12.05.1985"


async def test_who_may_not_see_the_chat_gets_no_card(desk: Desk, catalog: Catalog) -> None:
    anna, boris = await desk.staff(), await desk.staff("Борис Петров")
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError, match="session_not_found"):
            await cards.summary(unit, boris, session, catalog)


@pytest.mark.parametrize(
    ("words", "mood"),
    [
        ([], Mood.CALM),
        (["Здравствуйте, хочу ОСАГО", "Москва"], Mood.CALM),
        (["Не срочно, отвечу вечером"], Mood.CALM),
        (["У меня номер А123ВС77"], Mood.CALM),
        (["Скорее пожалуйста, я тороплюсь"], Mood.IMPATIENT),
        (["Ну что там??"], Mood.IMPATIENT),
        (["Это обман, я буду жаловаться"], Mood.ANGRY),
        (["ВЕРНИТЕ МОИ ДЕНЬГИ НЕМЕДЛЕННО"], Mood.ANGRY),
        (["Сколько можно, вы издеваетесь!", "номер А123ВС77"], Mood.ANGRY),
        (["Вы меня обманули", "Спасибо, теперь понятно"], Mood.CALM),
        (["Обман!", "да", "нет", "Москва", "2018", "123"], Mood.CALM),
    ],
)
def test_mood_follows_the_last_words(words: list[str], mood: Mood) -> None:
    assert mood_of(words) is mood
