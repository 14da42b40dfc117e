"""Addresses as people write and say them, and what happens to an incomplete one."""

from __future__ import annotations

from typing import Any

import pytest

ADDRESS = "owner_address"
OWNER = [
    "vehicle_document", "owner_full_name", "owner_birth_date", "owner_passport", ADDRESS, "policyholder_is_owner",
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "text", "region"),
    [
        ("казань баумана 10 5", "Казань, Баумана, д. 10, кв. 5", "Республика Татарстан"),
        ("г. казань, баумана 10-5", "г. Казань, Баумана, д. 10, кв. 5", "Республика Татарстан"),
        ("казань ул баумана 10 кв 5", "Казань, ул Баумана, д. 10, кв 5", "Республика Татарстан"),
        ("ул баумана 10 кв 5 казань", "Казань, ул Баумана, д. 10, кв 5", "Республика Татарстан"),
        (
            "московская обл химки ленина 3 корп 2 кв 15",
            "Московская обл, Химки, Ленина, д. 3 корп 2, кв 15",
            "Московская область",
        ),
        ("спб невский 25 кв 7", "Санкт-Петербург, Невский, д. 25, кв 7", "Санкт-Петербург"),
        ("село Ивановка, д. 5", "село Ивановка, д. 5", None),
        ("деревня большие пеньки 15", "деревня Большие Пеньки 15", None),
        (
            "проживаю в самаре на улице победы дом 8",
            "Самара, улица Победы, дом 8",
            "Самарская область",
        ),
        (
            "г нижний новгород пр-кт гагарина 25а кв 14",
            "г Нижний Новгород, пр-кт Гагарина, д. 25а, кв 14",
            "Нижегородская область",
        ),
        (
            "тольятти, 40 лет победы 44, 12",
            "Тольятти, 40 Лет Победы, д. 44, кв. 12",
            "Самарская область",
        ),
        ("усть-кут речников 14-3", "Усть-Кут Речников 14-3", None),
        (
            "россия краснодарский край г сочи ул горького дом пять квартира восемь",
            "Краснодарский край, г Сочи, ул Горького, дом 5, квартира 8",
            "Краснодарский край",
        ),
        (
            "прописан в ростове на дону улица пушкинская 10 квартира 5",
            "Ростов-на-Дону, улица Пушкинская, д. 10, квартира 5",
            "Ростовская область",
        ),
        (
            "краснодар ул 8 марта 10 кв 2",
            "Краснодар, ул 8 Марта, д. 10, кв 2",
            "Краснодарский край",
        ),
        (
            "новосибирск красный проспект 5 - 12",
            "Новосибирск, Красный проспект, д. 5, кв. 12",
            "Новосибирская область",
        ),
        (
            "мо г. Видное, Советская 4, 15",
            "Мо, г. Видное, Советская, д. 4, кв. 15",
            "Московская область",
        ),
        (
            "Москва улица Парковая 9-я дом 14 квартира 3",
            "Москва, улица Парковая 9-я, дом 14, квартира 3",
            "Москва",
        ),
        ("владимир горького 50 кв 50", "Владимир Горького 50 кв 50", "Владимирская область"),
        ("Омск,Лермонтова,81,17", "Омск, Лермонтова, д. 81, кв. 17", "Омская область"),
        ("ул ленина 5 кв 3", "ул Ленина, д. 5, кв 3", None),
        ("на ленина 14 живу", "Ленина 14", None),
    ],
)
async def test_any_usual_way_to_write_an_address_is_read(
    words: str, text: str, region: str | None, says: Any, look: Any
) -> None:
    told = look.facts(await says(words, asked=[ADDRESS]))[ADDRESS]
    assert (told["text"], told["region"]) == (text, region)


@pytest.mark.parametrize("words", ["москва", "улица ленина", "г. Казань"])
async def test_a_town_or_a_street_alone_is_refused_once(words: str, says: Any, look: Any) -> None:
    commands = await says(words, asked=[ADDRESS])
    assert look.problems(commands) == {ADDRESS: "address_house"}
    assert look.facts(commands) == {"address_refused": {"slot": ADDRESS, "raw": words}}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("баумана 10", "Казань, Баумана 10"),
        ("улица баумана", "Казань, улица Баумана"),
        ("я же сказал казань", "Казань"),
    ],
)
async def test_the_second_answer_is_taken_with_the_first(
    words: str, text: str, says: Any, look: Any
) -> None:
    known = {"address_refused": {"slot": ADDRESS, "raw": "казань"}}
    commands = await says(words, asked=[ADDRESS], known=known)
    assert look.facts(commands)[ADDRESS]["text"] == text
    assert commands[-1].type == "clear_slot"


async def test_a_refusal_to_answer_is_not_an_address(says: Any, look: Any) -> None:
    known = {"address_refused": {"slot": ADDRESS, "raw": "казань"}}
    assert ADDRESS not in look.facts(await says("не скажу", asked=[ADDRESS], known=known))


async def test_a_car_is_not_an_address_even_when_one_is_asked_for(says: Any, look: Any) -> None:
    told = look.facts(await says("киа рио 2018", asked=OWNER))
    assert ADDRESS not in told
    assert told["year"] == 2018


async def test_everything_about_the_owner_without_punctuation(says: Any, look: Any) -> None:
    told = look.facts(
        await says(
            "стс 9900 123456, петров пётр сергеевич 5 мая 1980 паспорт серия 4512 номер 654321 "
            "казань ул баумана 10 кв 5 да это я",
            asked=OWNER,
        )
    )
    assert told == {
        "vehicle_document": {"type": "sts", "number": "9900123456"},
        "owner_full_name": "Петров Пётр Сергеевич",
        "owner_birth_date": "1980-05-05",
        "owner_passport": "4512654321",
        ADDRESS: {
            "text": "Казань, ул Баумана, д. 10, кв 5",
            "region": "Республика Татарстан",
            "city": "Казань",
        },
        "policyholder_is_owner": True,
    }


async def test_a_passport_after_a_spaced_date_is_no_postal_index(says: Any, look: Any) -> None:
    words = "иванов иван иванович 12 03 1985 4510 123456 пермь куйбышева 50 12"
    told = look.facts(await says(words, asked=OWNER))
    assert told["owner_birth_date"] == "1985-03-12"
    assert told["owner_passport"] == "4510123456"
    assert told[ADDRESS]["text"] == "Пермь, Куйбышева, д. 50, кв. 12"


async def test_the_address_of_a_second_person_may_be_the_same(says: Any, look: Any) -> None:
    first = {"text": "Подольск, Кирова, д. 15", "region": "Московская область", "city": None}
    known = {
        "policyholder_is_owner": False,
        "owner_full_name": "Орлова Нина Петровна",
        ADDRESS: first,
    }
    told = look.facts(
        await says(
            "орлова юлия сергеевна 5.6.1985 паспорт 4611 321321 адрес тот же",
            asked=["policyholder_full_name", "policyholder_passport", "policyholder_address"],
            known=known,
        )
    )
    assert told["policyholder_address"] == first
    assert told["policyholder_full_name"] == "Орлова Юлия Сергеевна"
