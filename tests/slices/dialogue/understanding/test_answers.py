"""Yes, no, choices and names of agents depend on what was asked."""

from __future__ import annotations

from typing import Any

import pytest

OFFERS = [
    {"id": "ingos", "title": "Ингосстрах", "price": "10250.40"},
    {"id": "alfa", "title": "АльфаСтрахование", "price": "9812.40"},
    {"id": "rgs", "title": "Росгосстрах", "price": "12000", "aliases": ["ргс"]},
    {"id": "sogl", "title": "Согласие", "price": "9990"},
]


@pytest.mark.parametrize(
    "word",
    ["да", "ага", "Угу", "ок", "конечно", "верно", "+", "👍", "👍🏻", "ну да", "да, давайте"],
)
async def test_yes_answers_the_question(word: str, says: Any, look: Any) -> None:
    assert look.facts(await says(word, asked=["confirm"])) == {"confirm": True}


@pytest.mark.parametrize(
    "word", ["нет", "неа", "не надо", "не", "Нет, спасибо", "👎", "да нет", "не хочу"]
)
async def test_no_answers_the_question(word: str, says: Any, look: Any) -> None:
    assert look.facts(await says(word, asked=["remind_renewal"])) == {"remind_renewal": False}


@pytest.mark.parametrize(
    "words", ["да, но без отчества", "согл на обработку не дам", "хорошо бы подешевле"]
)
async def test_a_yes_with_a_condition_is_not_a_yes(words: str, says: Any, look: Any) -> None:
    assert look.facts(await says(words, asked=["consent"])) == {}
    assert look.facts(await says(words, asked=["confirm"])) == {}


async def test_yes_to_the_offer_of_a_human_calls_one(says: Any) -> None:
    (yes,) = await says("да", flow=None, offered="human")
    assert (yes.type, yes.name) == ("request_human", None)
    (no,) = await says("нет", flow=None, offered="human")
    assert (no.type, no.topic) == ("chitchat", "ack")


async def test_yes_without_a_question_sets_nothing(says: Any, look: Any) -> None:
    assert look.kinds(await says("да", flow=None)) == ["chitchat"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("без ограничений", {"drivers_unlimited": True}),
        ("мультидрайв", {"drivers_unlimited": True}),
        ("только я", {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": False}),
        ("вписать меня", {"drivers_unlimited": False, "driver_is_owner": True}),
        ("я один езжу", {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": False}),
        ("один водитель", {"drivers_unlimited": False, "add_driver": False}),
    ],
)
async def test_the_list_of_drivers_is_told_in_own_words(
    words: str, told: dict[str, Any], says: Any, look: Any
) -> None:
    assert look.facts(await says(words, asked=["drivers_unlimited"])) == told


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("ингосстрах", "ingos"),
        ("давайте альфу", "alfa"),
        ("ргс", "rgs"),
        ("росгострах", "rgs"),
        ("самый дешёвый", "alfa"),
        ("подешевле", "alfa"),
        ("второй", "alfa"),
        ("3", "rgs"),
        ("вариант 1", "ingos"),
        ("последний", "sogl"),
        ("за 9800", "alfa"),
        ("за двенадцать тысяч", "rgs"),
        ("alfa", "alfa"),
    ],
)
async def test_an_offer_is_chosen_by_name_place_or_price(
    words: str, chosen: str, says: Any, look: Any
) -> None:
    commands = await says(words, asked=["offer"], known={"offers": OFFERS})
    assert look.facts(commands) == {"offer": chosen}


async def test_agreement_chooses_no_company_named_like_it(says: Any, look: Any) -> None:
    assert look.facts(await says("согласен", asked=["offer"], known={"offers": OFFERS})) == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("соедините с Ивановой", "Иванова"),
        ("позовите Марию", "Мария"),
        ("хочу поговорить с Анной Смирновой", "Анна Смирнова"),
        ("переключите на оператора", None),
        ("оператор", None),
    ],
)
async def test_a_human_is_called_by_name(words: str, name: str | None, says: Any) -> None:
    (command,) = await says(words)
    assert (command.type, command.name) == ("request_human", name)


@pytest.mark.parametrize(
    ("words", "asked", "problem"),
    [
        ("XTA219010K012345", "vin", "vin_length"),
        ("а123вс", "plate", "plate_region"),
        ("д123вс77", "plate", "plate_letters"),
        ("не знаю", "vin", "not_known"),
        ("паспорт 451012345", "owner_passport", "passport_length"),
        ("89161234", "phone", "phone_length"),
        ("ivan@gmail.ru", "email", "email_domain"),
        ("ivanmail.ru", "email", "email_format"),
        ("Иванов Иван", "owner_full_name", "full_name_patronymic"),
        ("31.02.1990", "owner_birth_date", "date_invalid"),
        ("12.03.2030", "owner_birth_date", "birth_date_future"),
        ("12.03.2018", "driver_birth_date", "birth_date_age"),
        ("01.11.2026", "start_date", "date_past"),
        ("мазда", "make_model", "model_missing"),
        ("на 2 месяца", "period_months", "out_of_range"),
        ("1900", "year", "out_of_range"),
        ("77 УА 123456", "vehicle_document", "document_type"),
        ("птс электронный 1643 0100 1234", "vehicle_document", "epts_length"),
        ("ул ленина", "owner_address", "address_house"),
        ("пермь", "owner_address", "address_house"),
        ("Москва, ул. Ленина", "owner_address", "address_house"),
    ],
)
async def test_a_near_miss_says_what_is_wrong(
    words: str, asked: str, problem: str, says: Any, look: Any
) -> None:
    assert look.problems(await says(words, asked=[asked])) == {asked: problem}


async def test_pressing_and_bare_facts_never_run_the_classifier(client: Any) -> None:
    from insurance_chat.dialogue.understanding.rules import RulesUnderstanding  # noqa: PLC0415

    class Deaf(RulesUnderstanding):
        """Would fail on the first phrase that needs training."""

    deaf = Deaf({"other": ["одна метка: обучение невозможно"]})
    full, client.understanding = client.understanding, deaf
    try:
        for words, asked in [
            ("да", "confirm"),
            ("а777аа77", "plate"),
            ("2018", "year"),
            ("ingos", "offer"),
        ]:
            commands = await client.says(words, asked=[asked], known={"offers": OFFERS})
            assert [command.slot for command in commands] == [asked]
    finally:
        client.understanding = full
