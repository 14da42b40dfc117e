"""What clients of whole conversations wrote, one utterance each, in the place where they wrote it."""

from __future__ import annotations

from typing import Any

import pytest

TERMS = ["start_date", "period_months", "phone", "email"]
CAR = ["make_model", "year", "power_hp", "vin"]
DRIVER = ["driver_full_name", "driver_birth_date", "driver_license", "driver_experience_start"]
PRIORA = {"make_model": {"brand": "LADA", "model": "Priora"}, "year": 2011, "plate": "О001ОО77"}


@pytest.mark.parametrize(
    ("words", "asked", "told"),
    [
        ("номера ещё нет", ["plate"], {"no_plate": True}),
        ("номеров пока нету", ["plate"], {"no_plate": True}),
        ("машина новая номера не дали еще", ["plate"], {"no_plate": True}),
        ("не поставил на учет", ["plate"], {"no_plate": True}),
        ("нет у меня номера купил вчера", ["plate"], {"no_plate": True}),
        (
            "номеров нет вин Z94CB41AAGR323020",
            ["plate"],
            {"no_plate": True, "vin": "Z94CB41AAGR323020"},
        ),
        ("нет номер х 100 хх 177", CAR, {"plate": "Х100ХХ177"}),
        (
            "один езжу",
            CAR,
            {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": False},
        ),
        ("petya@yandex.ru", ["send_email"], {"send_email": True, "email": "petya@yandex.ru"}),
        ("на petya@yandex.ru", ["send_email"], {"send_email": True, "email": "petya@yandex.ru"}),
        ("нет, не надо", ["send_email"], {"send_email": False}),
        ("lena собачка майл ру", TERMS, {"email": "lena@mail.ru"}),
        (
            "на полгода 8 916 123 45 67 petya собака yandex точка ru",
            TERMS,
            {"period_months": 6, "phone": "+79161234567", "email": "petya@yandex.ru"},
        ),
        ("год", TERMS, {"period_months": 12}),
        ("полис кончается 5 декабря", ["plate"], {"start_date": "2026-12-06"}),
        ("старый кончается 5 декабря", ["start_date"], {"start_date": "2026-12-06"}),
        ("страховка заканчивается 5.12.2026", TERMS, {"start_date": "2026-12-06"}),
        ("с 5 декабря на год", TERMS, {"start_date": "2026-12-05", "period_months": 12}),
        ("полис закончился 5 ноября", ["phone"], {}),
        ("через неделю", DRIVER[2:], {"start_date": "2026-11-28"}),
        ("с 28 числа", DRIVER[2:], {"start_date": "2026-11-28"}),
        ("5010 222111 с 12 апреля 2004", DRIVER,
         {"driver_license": "5010222111", "driver_experience_start": "2004-04-12"}),
        ("9911 223344 2010", DRIVER[2:],
         {"driver_license": "9911223344", "driver_experience_start": "2010-12-31"}),
        ("права получила в 2019 9923 112233", TERMS,
         {"driver_license": "9923112233", "driver_experience_start": "2019-12-31"}),
        ("6122 334455 стаж 2009", ["drivers_unlimited"],
         {"driver_license": "6122334455", "driver_experience_start": "2009-12-31"}),
        ("орлова нина петровна 1955 год 3 марта", ["owner_full_name", "owner_birth_date"],
         {"owner_full_name": "Орлова Нина Петровна", "owner_birth_date": "1955-03-03"}),
        ("я", ["policyholder_is_owner"], {"policyholder_is_owner": True}),
        ("я он и есть", ["policyholder_is_owner"], {"policyholder_is_owner": True}),
        ("я", ["drivers_unlimited"], {"drivers_unlimited": False, "driver_is_owner": True}),
        ("ну я конечно", ["drivers_unlimited"], {"drivers_unlimited": False, "driver_is_owner": True}),
        ("согласен на все", ["consent"], {"consent": True}),
        ("ладно согласен", ["consent"], {"consent": True}),
        ("1234 ав 77", ["plate"], {"plate": "1234АВ77"}),
        ("1 декабря", ["add_driver"], {"start_date": "2026-12-01"}),
        ("с 05.2006", DRIVER[2:], {"driver_experience_start": "2006-05-31"}),
        ("я 5211 223344 с 12/05/2008", TERMS,
         {"driver_license": "5211223344", "driver_experience_start": "2008-05-12"}),
        ("водителем буду я один стаж с 2007", ["drivers_unlimited"],
         {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": False,
          "driver_experience_start": "2007-12-31"}),
        ("муж ездит", ["drivers_unlimited"], {"drivers_unlimited": False, "driver_is_owner": False}),
        ("не только я еще братан", ["drivers_unlimited"],
         {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": True}),
        ("ездим оба", ["drivers_unlimited"], {"drivers_unlimited": False, "add_driver": True}),
        ("вожу я", ["policyholder_full_name"], {"drivers_unlimited": False, "driver_is_owner": True}),
    ],
)  # fmt: skip
async def test_an_answer_in_the_clients_own_words(
    words: str, asked: list[str], told: dict[str, Any], says: Any, look: Any
) -> None:
    commands = await says(words, asked=asked)
    assert look.facts(commands) == told
    assert look.problems(commands) == {}


async def test_another_car_brings_its_own_year(says: Any, look: Any) -> None:
    words = "киа селтос 2021 149 сил XWEGH813BM0001234"
    told = look.facts(await says(words, asked=["owner_full_name"], known=PRIORA))
    assert told["make_model"] == {"brand": "Kia", "model": "Seltos"}
    assert told["year"] == 2021


async def test_a_year_that_is_not_said_to_be_of_the_car_changes_nothing(
    says: Any, look: Any
) -> None:
    told = look.facts(await says("родился в 1955 год", asked=["owner_birth_date"], known=PRIORA))
    assert "year" not in told


async def test_not_this_car_takes_the_found_one_back(says: Any) -> None:
    (command,) = await says("не эта машина", asked=["owner_full_name"], known=PRIORA)
    assert (command.type, command.slot) == ("clear_slot", "make_model")


async def test_everything_at_once_starts_the_sale_and_loses_nothing(says: Any, look: Any) -> None:
    commands = await says(
        "надо осаго у 777 уу 77 стс 7711 223344 собственник морозов пётр ильич 12.12.1970 паспорт "
        "4500 112233 москва арбат 10 кв 3 я он и есть, вожу сам права 7700 998877 стаж с 1992 "
        "с 10 декабря на год 89031112233 moroz@ya.ru",
        flow=None,
    )
    assert look.flows(commands) == ["osago"]
    assert set(look.kinds(commands)) == {"start_flow", "set_slot"}
    told = look.facts(commands)
    assert told["plate"] == "У777УУ77"
    assert told["vehicle_document"] == {"type": "sts", "number": "7711223344"}
    assert told["owner_passport"] == "4500112233"
    assert told["driver_license"] == "7700998877"
    assert told["driver_experience_start"] == "1992-12-31"
    assert told["start_date"] == "2026-12-10"


@pytest.mark.parametrize(
    "words", ["жалоба", "хочу пожаловаться", "пожаловаться на вас", "у меня претензия к вам"]
)
async def test_a_complaint_goes_to_a_human_as_a_complaint(words: str, says: Any) -> None:
    (command,) = await says(words, flow=None)
    assert (command.type, command.reason) == ("request_human", "complaint")


async def test_a_wish_for_an_operator_is_no_complaint(says: Any) -> None:
    (command,) = await says("позовите оператора", flow=None)
    assert command.reason == "client_asked"


@pytest.mark.parametrize("words", ["ладно оформляй", "оформляй", "беру оформляйте"])
async def test_a_yes_that_wants_the_policy_starts_the_sale(
    words: str, says: Any, look: Any
) -> None:
    assert look.flows(await says(words, flow=None)) == ["osago"]


async def test_what_is_known_already_is_acknowledged(says: Any, look: Any) -> None:
    known = {"policyholder_is_owner": True}
    commands = await says("ну я и страхователь", asked=["drivers_unlimited"], known=known)
    assert look.kinds(commands) == ["chitchat"]


async def test_a_question_of_another_world_is_no_estimate(says: Any, look: Any) -> None:
    assert look.kinds(await says("сколько спутников у юпитера?", asked=["plate"])) == [
        "ask_question"
    ]


async def test_a_question_about_the_plate_is_not_its_absence(says: Any, look: Any) -> None:
    assert look.kinds(await says("а если номера еще нет?", asked=["plate"])) == ["ask_question"]


async def test_the_make_of_a_wrong_car_is_not_the_right_one(says: Any) -> None:
    asked = ["vehicle_document", "owner_full_name", "policyholder_is_owner"]
    (command,) = await says("нет не лада", asked=asked, known=PRIORA)
    assert (command.type, command.slot) == ("clear_slot", "make_model")


async def test_a_no_before_a_new_address_denies_nothing_else(says: Any, look: Any) -> None:
    asked = ["owner_full_name", "owner_address", "policyholder_is_owner"]
    told = look.facts(await says("нет полный адрес самара победы 8-15", asked=asked))
    assert set(told) == {"owner_address"}


@pytest.mark.parametrize(
    ("words", "chosen"), [("а дешевле есть", {}), ("давай что подешевле", {"offer": "b"})]
)
async def test_asking_for_a_lower_price_chooses_nothing(
    words: str, chosen: dict[str, Any], says: Any, look: Any
) -> None:
    offers = [
        {"id": "a", "title": "ВСК", "price": "5000"},
        {"id": "b", "title": "РЕСО", "price": "4000"},
    ]
    assert look.facts(await says(words, asked=["offer"], known={"offers": offers})) == chosen
