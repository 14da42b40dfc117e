"""How clients name banks, sums, risks and the object: good Russian, bad Russian, spoken numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from insurance_chat.dialogue.understanding.own_types import Wanted, readings
from insurance_chat.dialogue.understanding.text import Text
from insurance_chat.insurance.mortgage.reading import READERS
from insurance_chat.insurance.mortgage.risks_reading import read_risks
from insurance_chat.insurance.products import load_catalog

SLOTS = load_catalog().slots
TODAY = date(2026, 11, 21)


def read(slot: str, words: str) -> list[Any]:
    return [one.value for one in readings(READERS, words, SLOTS[slot], TODAY)][:1]


@pytest.mark.parametrize(
    ("slot", "words", "value"),
    [
        ("mortgage_balance", "2 млн 350 тыс", "2350000"),
        ("mortgage_balance", "2,35 млн", "2350000"),
        ("mortgage_balance", "остаток два ляма триста", "2300000"),
        ("mortgage_balance", "3кк", "3000000"),
        ("mortgage_balance", "2350 тыс", "2350000"),
        ("mortgage_balance", "2 350 000 р", "2350000"),
        ("mortgage_balance", "1234567.89 руб", "1234568"),
        ("mortgage_bank", "сбер", "Сбер"),
        ("mortgage_bank", "ипотека в тинькофф", "Т-Банк"),
        ("mortgage_bank", "дом рф", "Банк ДОМ.РФ"),
        ("mortgage_bank", "Фора-Банк", "Фора-Банк"),
        ("mortgage_uplift", "плюс 10 процентов", "10"),
        ("mortgage_uplift", "без надбавки", "0"),
        ("mortgage_uplift", "не знаю", "unknown"),
        ("mortgage_risks", "только имущество, банк требует", ["property"]),
        ("mortgage_risks", "имущество + жизнь", ["property", "life"]),
        ("mortgage_risks", "жизнь и титул", ["life", "title"]),
        ("mortgage_risks", "все три", ["property", "life", "title"]),
        ("mortgage_risks", "все кроме титула", ["property", "life"]),
        ("mortgage_risks", "без жизни", ["property", "title"]),
        ("object_kind", "двушка", "flat"),
        ("object_kind", "частный дом", "house"),
        ("object_kind", "апартаменты", "apartments"),
        ("borrower_gender", "я мужчина", "M"),
        ("borrower_gender", "жен", "F"),
        ("object_area", "54,2 кв м", "54.2"),
        ("object_area", "площадь 61", "61"),
        ("agreement_number", "договор № 12-345/2021 от 02.04.2021", "12-345/2021"),
        ("agreement_number", "КД-77/19 от 01.06.2024", "КД-77/19"),
        ("agreement_date", "от 2 апреля 2021", "2021-04-02"),
        ("dangerous_kind", "и работа и спорт", ["work", "sport"]),
    ],
)
def test_a_value_is_read_as_it_was_meant(slot: str, words: str, value: Any) -> None:
    assert read(slot, words) == [value]


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        ("mortgage_balance", "паспорт 4510123456"),
        ("mortgage_balance", "не помню"),
        ("agreement_number", "позже"),
        ("agreement_date", "в прошлом году"),
        ("object_area", "большая"),
        ("borrower_gender", "а зачем"),
    ],
)
def test_nothing_is_made_up(slot: str, words: str) -> None:
    assert read(slot, words) in ([], [None])


@pytest.mark.parametrize(
    ("words", "known", "left"),
    [
        ("дорого, давайте без жизни", ["property", "life"], ["property"]),
        ("уберите титул", ["property", "title"], ["property"]),
        ("добавьте жизнь", ["property"], ["property", "life"]),
        ("только жизнь", ["property", "life"], ["life"]),
    ],
)
def test_a_risk_is_put_in_and_taken_away_when_some_are_chosen(
    words: str, known: list[str], left: list[str]
) -> None:
    ask = Wanted(SLOTS["mortgage_risks"], asked=False, alone=False, known=known, today=TODAY)
    assert [one.value for one in read_risks(Text(words), ask)] == [left]
