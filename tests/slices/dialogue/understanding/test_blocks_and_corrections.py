"""Several facts in one message, roles of people, corrections and questions in between."""

from __future__ import annotations

from typing import Any

import pytest

OWNER = [
    "owner_full_name",
    "owner_birth_date",
    "owner_passport",
    "owner_address",
    "policyholder_is_owner",
]
DRIVER = ["driver_full_name", "driver_birth_date", "driver_license", "driver_experience_start"]
KNOWN = {
    "plate": "А111АА77",
    "year": 2015,
    "power_hp": 123,
    "make_model": {"brand": "Kia", "model": "Rio"},
    "start_date": "2026-12-01",
    "owner_full_name": "Иванов Иван Иванович",
    "email": "ivan@mail.ru",
    "phone": "+79160000000",
}


async def test_the_owner_is_told_in_one_breath(says: Any, look: Any) -> None:
    commands = await says(
        "Иванов Иван Иванович, 12.03.1985, паспорт 4510 123456, Москва, ул. Ленина, д. 1, кв. 2, "
        "я собственник и страхователь",
        asked=OWNER,
    )
    assert look.facts(commands) == {
        "owner_full_name": "Иванов Иван Иванович",
        "owner_birth_date": "1985-03-12",
        "owner_passport": "4510123456",
        "owner_address": {
            "text": "Москва, ул. Ленина, д. 1, кв. 2",
            "region": "Москва",
            "city": "Москва",
        },
        "policyholder_is_owner": True,
    }
    assert look.kinds(commands) == ["set_slot"] * 5


@pytest.mark.parametrize(
    ("words", "asked", "told"),
    [
        (
            "стс 9900 123456",
            ["vehicle_document"],
            {"vehicle_document": {"type": "sts", "number": "9900123456"}},
        ),
        (
            "права 9912 345678 стаж с 2005 года",
            DRIVER[2:],
            {"driver_license": "9912345678", "driver_experience_start": "2005-12-31"},
        ),
        (
            "с 1 декабря на год, 89161234567, ivan@mail.ru",
            ["start_date", "period_months", "phone", "email"],
            {
                "start_date": "2026-12-01",
                "period_months": 12,
                "phone": "+79161234567",
                "email": "ivan@mail.ru",
            },
        ),
        (
            "петрова мария сергеевна 5 мая 1990 ву 77 11 123456 стаж с 10.06.2012",
            DRIVER,
            {
                "driver_full_name": "Петрова Мария Сергеевна",
                "driver_birth_date": "1990-05-05",
                "driver_license": "7711123456",
                "driver_experience_start": "2012-06-10",
            },
        ),
        (
            "иванов иван иванович 12.03.1985 4510 123456",
            OWNER[:3],
            {
                "owner_full_name": "Иванов Иван Иванович",
                "owner_birth_date": "1985-03-12",
                "owner_passport": "4510123456",
            },
        ),
        (
            "Kia Rio, 2018, 123, Z94CB41AAGR323020",
            ["make_model", "year", "power_hp", "vin"],
            {
                "make_model": {"brand": "Kia", "model": "Rio"},
                "year": 2018,
                "power_hp": 123,
                "vin": "Z94CB41AAGR323020",
            },
        ),
        (
            "иванов иван иванович 12.03.1985 4510 123456 казань ленина 5 кв 7 стс 9900 123456\nда",
            ["vehicle_document", *OWNER],
            {
                "vehicle_document": {"type": "sts", "number": "9900123456"},
                "owner_full_name": "Иванов Иван Иванович",
                "owner_birth_date": "1985-03-12",
                "owner_passport": "4510123456",
                "owner_address": {
                    "text": "Казань, Ленина, д. 5, кв 7",
                    "region": "Республика Татарстан",
                    "city": "Казань",
                },
                "policyholder_is_owner": True,
            },
        ),
        (
            "водитель сидоров петр иванович, собственник петрова анна ивановна",
            [],
            {
                "driver_full_name": "Сидоров Петр Иванович",
                "owner_full_name": "Петрова Анна Ивановна",
            },
        ),
        (
            "машина на маме, она Петрова Анна Ивановна, 01.02.1960",
            ["policyholder_is_owner"],
            {
                "policyholder_is_owner": False,
                "owner_full_name": "Петрова Анна Ивановна",
                "owner_birth_date": "1960-02-01",
            },
        ),
        (
            "нет, жена Петрова Мария Сергеевна",
            ["driver_is_owner"],
            {"driver_is_owner": False, "driver_full_name": "Петрова Мария Сергеевна"},
        ),
    ],
)
async def test_a_block_fills_the_slots_it_speaks_of(
    words: str, asked: list[str], told: dict[str, Any], says: Any, look: Any
) -> None:
    assert look.facts(await says(words, asked=asked)) == told


async def test_a_licence_out_of_the_blue_makes_the_person_a_driver(says: Any, look: Any) -> None:
    told = look.facts(await says("петрова мария сергеевна 5 мая 1990 ву 77 11 123456"))
    assert told == {
        "driver_full_name": "Петрова Мария Сергеевна",
        "driver_birth_date": "1990-05-05",
        "driver_license": "7711123456",
    }


async def test_unread_messages_are_read_together(says: Any, look: Any) -> None:
    commands = await says(
        "у меня киа рио 2017 года, 100 лс", "екатеринбург", "а сколько будет стоить?", flow=None
    )
    assert look.flows(commands) == ["osago_estimate"]
    assert look.facts(commands) == {
        "make_model": {"brand": "Kia", "model": "Rio"},
        "year": 2017,
        "power_hp": 100,
        "region": "Екатеринбург",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("нет, год 2018", {"year": 2018}),
        ("не 123 а 132 лс", {"power_hp": 132}),
        ("не 2015, а 2016", {"year": 2016}),
        ("ошибся, номер а777аа77", {"plate": "А777АА77"}),
        ("да но телефон другой 89161112233", {"phone": "+79161112233"}),
        ("точнее мощность 98", {"power_hp": 98}),
    ],
)
async def test_a_correction_changes_the_fact_and_confirms_nothing(
    words: str, told: dict[str, Any], says: Any, look: Any
) -> None:
    commands = await says(words, asked=["confirm"], known=KNOWN)
    assert look.facts(commands) == told
    assert look.kinds(commands) == ["set_slot"]


@pytest.mark.parametrize(
    ("words", "slot"),
    [
        ("номер не тот", "plate"),
        ("почта не та", "email"),
        ("отчество другое", "owner_full_name"),
        ("хочу поменять дату начала", "start_date"),
        ("неправильная мощность", "power_hp"),
    ],
)
async def test_a_wrong_fact_without_the_right_one_is_cleared(
    words: str, slot: str, says: Any
) -> None:
    (command,) = await says(words, asked=["confirm"], known=KNOWN)
    assert (command.type, command.slot) == ("clear_slot", slot)


async def test_a_question_in_the_middle_of_the_sale_is_answered_too(says: Any, look: Any) -> None:
    commands = await says("а777аа77, а что такое кбм?", asked=["plate"])
    assert look.facts(commands) == {"plate": "А777АА77"}
    assert commands[-1].text == "а что такое кбм?"


async def test_a_year_inside_a_question_is_not_the_year_of_the_car(says: Any, look: Any) -> None:
    commands = await says("с 2024 года нужна диагностическая карта?", asked=["year"])
    assert look.kinds(commands) == ["ask_question"]


async def test_a_plate_out_of_the_blue_starts_the_sale(says: Any, look: Any) -> None:
    commands = await says("а777аа77", flow=None)
    assert look.flows(commands) == ["osago"]
    assert look.facts(commands) == {"plate": "А777АА77"}


async def test_a_greeting_comes_before_the_request(says: Any, look: Any) -> None:
    assert look.kinds(await says("Здравствуйте! Хочу осаго", flow=None)) == [
        "chitchat",
        "start_flow",
    ]


async def test_facts_of_another_product_do_not_leak_into_the_sale(says: Any, look: Any) -> None:
    commands = await says("нужно каско на киа рио 2018 года", flow=None)
    assert look.facts(commands) == {}
