"""Owner, policyholder and several drivers: whose fact it is, and what may be overwritten."""

from __future__ import annotations

from typing import Any

import pytest

OWNER = {
    "owner_full_name": "Иванов Иван Иванович",
    "owner_birth_date": "1985-03-12",
    "owner_passport": "4510123456",
    "owner_address": {"text": "Москва, Ленина, д. 5", "region": "Москва", "city": "Москва"},
}
FIRST = {**OWNER, "driver_full_name": "Иванов Иван Иванович", "driver_birth_date": "1985-03-12"}
DRIVER = ["driver_full_name", "driver_birth_date", "driver_license", "driver_experience_start"]
MARIA = "петрова мария сергеевна 5 мая 1990 ву 77 11 123456 стаж с 10.06.2012"
AS_DRIVER = {
    "driver_full_name": "Петрова Мария Сергеевна",
    "driver_birth_date": "1990-05-05",
    "driver_license": "7711123456",
    "driver_experience_start": "2012-06-10",
}
WAITING = {name.removeprefix("driver_"): value for name, value in AS_DRIVER.items()}


@pytest.mark.parametrize(
    "asked",
    [[], ["start_date"], ["owner_passport", "owner_address"], ["driver_license"], ["policyholder_is_owner"]],
)  # fmt: skip
async def test_a_person_with_a_licence_never_overwrites_the_owner(
    asked: list[str], says: Any, look: Any
) -> None:
    assert look.facts(await says(MARIA, asked=asked, known=OWNER)) == AS_DRIVER


async def test_a_name_without_a_label_does_not_change_a_known_one(says: Any, look: Any) -> None:
    known = {**FIRST, "drivers_unlimited": True}
    told = look.facts(await says("петрова анна ивановна", asked=["confirm"], known=known))
    assert told == {}


async def test_nobody_volunteers_a_policyholder_before_there_is_one(says: Any, look: Any) -> None:
    told = look.facts(await says("иванова анна петровна 01.01.1999", asked=["phone"], known=OWNER))
    assert set(told) == {"driver_full_name", "driver_birth_date"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("не Иванов, а Иванков Иван Иванович", "Иванков Иван Иванович"),
        ("фио неправильно, Иванков Иван Иванович", "Иванков Иван Иванович"),
        ("нет ошибка в отчестве, Викентьевич", "Иванов Иван Викентьевич"),
        ("отчество не Иванович а Петрович", "Иванов Иван Петрович"),
        ("фамилия неправильная Иванков", "Иванков Иван Иванович"),
        ("имя Пётр", "Иванов Пётр Иванович"),
    ],
)
async def test_a_name_is_corrected_whole_or_by_one_word(
    words: str, name: str, says: Any, look: Any
) -> None:
    told = look.facts(await says(words, asked=["confirm"], known=OWNER))
    assert told == {"owner_full_name": name}


@pytest.mark.parametrize(
    "words",
    [
        f"первый иванов иван иванович 12.03.1985 ву 9912 345678 стаж с 2005, второй {MARIA}",
        f"иванов иван иванович 12.03.1985 ву 9912 345678 стаж с 2005 и {MARIA}",
        f"иванов иван иванович 12.03.1985 9912 345678 стаж с 2005 года\n{MARIA}",
    ],
)
async def test_the_second_driver_of_a_message_waits_in_a_list(
    words: str, says: Any, look: Any
) -> None:
    told = look.facts(await says(words, asked=DRIVER, known=OWNER))
    assert told["driver_full_name"] == "Иванов Иван Иванович"
    assert told["driver_license"] == "9912345678"
    assert told["add_driver"] is True
    assert told["more_drivers_facts"] == [WAITING]


async def test_bare_dates_and_numbers_of_two_drivers_are_told_apart(says: Any, look: Any) -> None:
    told = look.facts(
        await says(
            "сидоров олег павлович 01.02.1977 9900 112233 10.06.1999. "
            "сидорова анна ивановна 03.04.1980 9900 445566 11.07.2001",
            asked=DRIVER,
        )
    )
    assert told["driver_experience_start"] == "1999-06-10"
    assert told["more_drivers_facts"] == [
        {
            "full_name": "Сидорова Анна Ивановна",
            "birth_date": "1980-04-03",
            "license": "9900445566",
            "experience_start": "2001-07-11",
        }
    ]


@pytest.mark.parametrize("words", ["впишите меня и жену", "я и мама", "два водителя я и жена"])
async def test_me_and_somebody_else_are_the_owner_and_one_more(
    words: str, says: Any, look: Any
) -> None:
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=OWNER))
    assert told == {"drivers_unlimited": False, "driver_is_owner": True, "add_driver": True}


async def test_me_and_my_wife_with_her_licence_keeps_hers_for_later(says: Any, look: Any) -> None:
    words = f"впишите меня и жену {MARIA}"
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=OWNER))
    assert told["more_drivers_facts"] == [WAITING]
    assert "driver_license" not in told


async def test_my_licence_first_and_then_that_of_my_wife(says: Any, look: Any) -> None:
    words = f"мои права 9912 345678 стаж с 2005, жена {MARIA}"
    told = look.facts(await says(words, asked=DRIVER[2:], known=FIRST))
    assert told["driver_license"] == "9912345678"
    assert told["more_drivers_facts"] == [WAITING]


async def test_one_more_driver_may_be_told_instead_of_yes(says: Any, look: Any) -> None:
    known = {**FIRST, "driver_license": "9912345678"}
    words = "еще сына, Иванов Пётр Иванович 01.02.2004 9913 555666 стаж с 2023"
    told = look.facts(await says(words, asked=["add_driver"], known=known))
    assert told["add_driver"] is True
    assert told["more_drivers_facts"][0]["license"] == "9913555666"


async def test_a_driver_without_a_licence_is_only_a_yes(says: Any, look: Any) -> None:
    known = {**FIRST, "driver_license": "9912345678"}
    told = look.facts(await says("Иванов Пётр Иванович", asked=["add_driver"], known=known))
    assert told == {"add_driver": True}


async def test_the_policyholder_and_the_owner_in_one_message(says: Any, look: Any) -> None:
    told = look.facts(
        await says(
            "Собственник Иванов Иван Иванович 12.03.1985 паспорт 4510 123456 Москва, Ленина 5 кв 1. "
            "Страхователь Петрова Анна Ивановна 01.02.1990 паспорт 4511 111111 Тула, Мира 3 кв 4",
            asked=["owner_full_name", "owner_birth_date", "owner_passport", "owner_address"],
        )
    )
    assert told["owner_passport"] == "4510123456"
    assert told["policyholder_full_name"] == "Петрова Анна Ивановна"
    assert told["policyholder_passport"] == "4511111111"
    assert told["policyholder_address"]["city"] == "Тула"


async def test_a_flat_number_before_me_is_not_one_driver(says: Any, look: Any) -> None:
    told = look.facts(await says("москва ленина 5 кв 1 я страхователь", asked=["owner_address"]))
    assert "drivers_unlimited" not in told


async def test_an_earlier_answer_is_overruled_by_plain_words(says: Any, look: Any) -> None:
    known = {**OWNER, "policyholder_is_owner": True}
    words = "собственник не я машина мужа"
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=known))
    assert told == {"policyholder_is_owner": False}


async def test_an_unnamed_licence_is_not_mixed_with_the_next_person(says: Any, look: Any) -> None:
    words = "6111 223344 с 2020, отец ковалев петр ильич 1.3.1970 6100 998877 с 1990"
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=OWNER))
    assert told["driver_license"] == "6111223344"
    assert told["more_drivers_facts"][0]["full_name"] == "Ковалев Петр Ильич"
    assert "driver_full_name" not in told


async def test_a_driver_with_the_name_of_the_owner_is_the_owner(says: Any, look: Any) -> None:
    words = "водитель Иванов Иван Иванович 9912 112233 стаж с 2001"
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=OWNER))
    assert told["driver_is_owner"] is True


@pytest.mark.parametrize("words", ["я буду ездить", "только я", "езжу один"])
async def test_me_at_the_wheel_of_another_persons_car_is_the_policyholder(
    words: str, says: Any, look: Any
) -> None:
    me = {"policyholder_full_name": "Орлов Павел Ильич", "policyholder_birth_date": "1996-01-11"}
    known = {**OWNER, **me, "policyholder_is_owner": False}
    told = look.facts(await says(words, asked=["drivers_unlimited"], known=known))
    assert told["driver_is_owner"] is False
    assert told["driver_full_name"] == "Орлов Павел Ильич"
    assert told["driver_birth_date"] == "1996-01-11"
