"""How places and insurers are recognised and how a price is explained."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from insurance_chat.insurance.insurers import all_insurers, find_insurer
from insurance_chat.insurance.osago.tariff.calculator import estimate
from insurance_chat.insurance.osago.tariff.explain import (
    PriceContext,
    explain_estimate,
    explain_price,
)
from insurance_chat.insurance.osago.tariff.territory import (
    all_territories,
    find_territory,
    get_territory,
)
from insurance_chat.insurance.osago.tariff.types import TariffRequest

ON = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "title", "kt"),
    [
        ("в Казани", "Казань", "1.70"),
        ("Московская обл", "Московская область", "1.56"),
        ("обл Московская, г Химки", "Московская область", "1.56"),
        ("осаго скока стоит на солярис 123 лс питер", "Санкт-Петербург", "1.64"),
        ("мск", "Москва", "1.80"),
        ("екб", "Екатеринбург", "1.64"),
        ("нск", "Новосибирск", "2.34"),
        ("ростов", "Ростов-на-Дону", "1.56"),
        ("в Ростове", "Ростов-на-Дону", "1.56"),
        ("Санкт Питербург", "Санкт-Петербург", "1.64"),
        ("Краснадар", "Краснодар", "1.56"),
        ("в Нижнем Новгороде", "Нижний Новгород", "1.56"),
        ("Железногорск Курская область", "Железногорск", "1.00"),
        ("Киров Калужская область", "Калужская область", "0.92"),
        ("Самарская область", "Самарская область", "0.92"),
        ("Самарская обл., г Тольятти", "Тольятти", "1.45"),
        ("Новосибирск, ул. Московская, д 5", "Новосибирск", "2.34"),
        ("ленинградская", "Ленинградская область", "1.24"),
        ("краснодарский", "Краснодарский край", "1.00"),
        ("живу в тумени", "Тюмень", "1.60"),
        ("в Коми", "Республика Коми", "1.00"),
        ("во Владимире", "Владимир", "1.38"),
        ("Ямало-Ненецкий автономный округ", "Ямало-Ненецкий АО", "1.08"),
        ("башкирия", "Республика Башкортостан", "1.00"),
    ],
)
def test_a_place_is_found_however_it_is_written(text: str, title: str, kt: str) -> None:
    found = find_territory(text, ON)
    assert found is not None
    assert (found.title, found.kt) == (title, Decimal(kt))


@pytest.mark.parametrize(
    "text",
    ["", "меня зовут Владимир", "Железногорск", "из Казани в Москву", "Донецк", "Байконур",
     "Запорожская область", "о ком речь", "рост 180 вес 110", "улица Дзержинского", "Алтай",
     "нужна страховка на машыну", "моё КБМ одна целая семнадцать", "Иванов Иван",
     "не, передумал, это дорого", "осаго каско всё вместе сколько", "вот пример расчёта"],
)  # fmt: skip
def test_an_unclear_place_is_asked_again_instead_of_guessed(text: str) -> None:
    assert find_territory(text, ON) is None


@pytest.mark.parametrize("row", all_territories(ON), ids=lambda row: row.key)
def test_every_row_of_the_table_is_found_by_its_own_title_and_subject(row: object) -> None:
    territory = get_territory(row.key, ON)  # type: ignore[attr-defined]
    assert territory is not None
    subject = get_territory(territory.subject, ON)
    assert subject is not None
    text = territory.title if subject == territory else f"{subject.title}, г {territory.title}"
    assert find_territory(text, ON) == territory


def test_novosibirsk_became_cheaper_on_22_june_2026() -> None:
    before = find_territory("Новосибирск", date(2026, 6, 21))
    after = find_territory("Новосибирск", date(2026, 6, 22))
    assert before is not None
    assert after is not None
    assert (before.kt, after.kt) == (Decimal("3.12"), Decimal("2.34"))
    assert find_territory("Новосибирск", date(2025, 12, 8)) is None


def test_only_confirmed_rows_are_called_verified() -> None:
    assert all(
        not row.verified for row in all_territories(ON) if row.source in {"S8-2022", "derived"}
    )
    assert get_territory("surgut", ON).verified  # type: ignore[union-attr]


def test_why_so_expensive_is_answered_by_every_coefficient_in_words() -> None:
    text = explain_price(
        {"КТ": Decimal("1.70"), "kbm": Decimal("1.17"), "km": Decimal("1.2"), "ko": Decimal(1)},
        Decimal("12345.60"),
        PriceContext(company="РЕСО-Гарантия", territory="Казань", power_hp=106),
    )
    assert "12\u00a0345,60\u00a0₽" in text
    assert "«РЕСО-Гарантия»" in text
    assert "(КТ): 1,7 (Казань)" in text
    assert "(КБМ): 1,17." in text
    assert "1 апреля" in text
    assert "106 л. с." in text
    assert "скидк" not in text.lower()
    assert not re.search(r"\d\.\d", text)


def test_advice_is_given_only_where_something_can_fall() -> None:
    text = explain_price({"kbm": Decimal("0.46"), "ks": Decimal("0.5")})
    assert "снижается" not in text
    assert "период использования короче" not in text


def test_an_estimate_is_told_as_a_range_and_never_as_a_promise() -> None:
    text = explain_estimate(estimate(TariffRequest(on=ON)))
    assert text.startswith("Ориентировочно от ")
    assert "Точную цену назовёт страховая" in text
    assert "• место регистрации собственника" in text


@pytest.mark.parametrize(
    ("text", "slug"),
    [("альфа", "alfa"), ("в альфе", "alfa"), ("ресо", "reso"), ("росгос", "rgs"),
     ("в Росгосстрахе", "rgs"), ("у вас есть ингострах?", "ingos"), ("тинькофф", "tinsurance"),
     ("ренесанс", "renins"), ("страховая макс", "maks"), ("Согласие", "soglasie")],
)  # fmt: skip
def test_an_insurer_is_found_as_clients_call_it(text: str, slug: str) -> None:
    found = find_insurer(text)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize(
    "text",
    [
        "",
        "даю согласие на обработку",
        "меня зовут Макс",
        "согаз или вск",
        "альфабанк",
        "авто и страхование",
    ],
)
def test_everyday_words_and_two_companies_are_not_an_insurer(text: str) -> None:
    assert find_insurer(text) is None


def test_there_are_fifteen_main_insurers_with_unique_slugs() -> None:
    companies = all_insurers()
    assert sum(not each.spare for each in companies) == 15
    assert len({each.slug for each in companies}) == len(companies)
