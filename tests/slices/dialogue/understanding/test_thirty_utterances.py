"""The thirty utterances that clients of an insurance chat really write or say."""

from __future__ import annotations

from typing import Any

import pytest

CASES: list[tuple[str, list[str], dict[str, Any]]] = [
    ("Нужна страховка на машыну", ["osago"], {}),
    (
        "осаго скока стоит на солярис 123 лс питер",
        ["osago_estimate"],
        {
            "make_model": {"brand": "Hyundai", "model": "Solaris"},
            "power_hp": 123,
            "region": "Санкт-Петербург",
        },
    ),
    (
        "привет хочу осагу оформить а777ае178 права 7711 123456",
        ["osago"],
        {"plate": "А777АЕ178", "driver_license": "7711123456"},
    ),
    ("Здрасьте полис у меня кончаеться 5 декабря", ["osago"], {"start_date": "2026-12-06"}),
    (
        "a123bc77 это хендай акцент 2008 год",
        ["osago"],
        {"plate": "А123ВС77", "make_model": {"brand": "Hyundai", "model": "Accent"}, "year": 2008},
    ),
    (
        "добрый вечер мне нужна страховка на машину госномер эм три два один кэ ха семьсот семьдесят семь",
        ["osago"],
        {"plate": "М321КХ777"},
    ),
    (
        "вин икс тэ а два один девять ноль один ноль ка ноль один два три четыре пять шесть",
        ["osago"],
        {"vin": "XTA219010K0123456"},
    ),
    (
        "мощность сто шесть лошадей стаж двенадцать лет двадцать восьмого ноября восемьдесят пятого года рождения",
        [],
        {
            "power_hp": 106,
            "driver_experience_start": "2014-11-21",
            "driver_birth_date": "1985-11-28",
        },
    ),
    (
        "вписать меня и жену она ездит с две тысячи пятнадцатого",
        [],
        {
            "drivers_unlimited": False,
            "driver_is_owner": True,
            "add_driver": True,
            "driver_experience_start": "2015-12-31",
        },
    ),
    ("без ограничения на всех чтоб кто хочет ездил", [], {"drivers_unlimited": True}),
    ("а осаго на 3 мес можн? на лето только", ["osago"], {"period_months": 3}),
    ("бпла страховка осаго каско всё вместе сколько", ["unsupported_product"], {}),
    ("я таксую на сво машине надо осаго для такси", ["commercial_use"], {}),
    ("мотик купил ямаха 650 кубов категория а", ["osago"], {}),
    (
        "Номеров ещё нету, птс электронный, 1643 0100 1234 567",
        ["osago"],
        {"vehicle_document": {"type": "epts", "number": "164301001234567"}},
    ),
    ("продлите пж как в прошлом году, номер полиса ххх 0123456789", ["osago"], {}),
    ("продал тачку, как денежку вернуть за полис", ["cancel_policy"], {}),
    ("оплатил а полис не пришол уже час", ["paid_not_issued"], {}),
    (
        "у меня ипотека в сбере остаток два ляма триста, страховка жизни кончается",
        ["mortgage"],
        {"mortgage_bank": "Сбер", "mortgage_balance": "2300000", "mortgage_risks": ["life"]},
    ),
    (
        "нужна страховка для втб остаток четыре миллиона сто двадцать тысяч мне тридцать семь лет мужчина "
        "квартира двушка девяносто шестого года",
        ["mortgage"],
        {
            "mortgage_bank": "ВТБ",
            "mortgage_balance": "4120000",
            "borrower_gender": "M",
            "build_year": 1996,
            "object_kind": "flat",
        },
    ),
    (
        "дом деревянный, печка и газ, тыща девятсот шестьдесят пятый год",
        ["mortgage"],
        {"wooden_floors": True, "build_year": 1965},
    ),
    ("рост сто восемьдесят вес сто десять курю", ["unsupported_product"], {}),
    ("согл на обработку не дам пока не скажете кому передаёте", ["consent_info"], {}),
]
QUESTIONS = [
    "сделай подешевле чё нибудь",
    "моё КБМ одна целая семнадцать, а раньше ноль сорок шесть было, почему",
    "жизнь и квартиру одним полисом можно",
    "а в домрф примут если я у вас куплю",
    "у жены пятнадцать процентов доли ей тоже страховать жизнь?",
]


@pytest.mark.parametrize(("words", "started", "told"), CASES)
async def test_a_first_message_starts_the_right_flow_and_gives_its_facts(
    words: str, started: list[str], told: dict[str, Any], says: Any, look: Any
) -> None:
    flow = None if started else "osago"
    commands = await says(words, flow=flow)
    assert look.flows(commands) == started
    assert look.facts(commands) == told


@pytest.mark.parametrize("words", QUESTIONS)
async def test_a_question_goes_to_the_knowledge_base_in_the_words_of_the_client(
    words: str, says: Any
) -> None:
    (command,) = await says(words, flow=None)
    assert command.type == "ask_question"
    assert command.text == words


async def test_a_refusal_and_a_call_for_a_human_are_heard(says: Any, look: Any) -> None:
    assert look.kinds(await says("не, передумал, это дорого")) == ["cancel_flow"]
    assert look.kinds(await says("давайте человека, бот не понимает")) == ["request_human"]
