"""Contacts are found however they are disguised; numbers of documents are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.conversations.contact_spotting.normal import normalise
from insurance_chat.conversations.contact_spotting.spotting import LIMIT, spot

PHONE = "+79165554433"


@pytest.mark.parametrize(
    "text",
    [
        "8 916 555-44-33",
        "+7(916)555-44-33",
        "9165554433",
        "тел.89165554433",
        "8.916.555.44.33",
        "8 9 1 6 5 5 5 4 4 3 3",
        "8\u200b916\u2060555\u200d44\ufeff33",
        "８９１６５５５４４３３",
        "➑➒➊➏➎➎➎➍➍➌➌",
        "8️⃣9️⃣1️⃣6️⃣5️⃣5️⃣5️⃣4️⃣4️⃣3️⃣3️⃣",
        "٨٩١٦٥٥٥٤٤٣٣",
        "8 9I6 555 44 33",
        "8-nine16-555-44-33",
        "восемь девятьсот шестнадцать пятьсот пятьдесят пять сорок четыре тридцать три",
        "восемь девять один шесть три пятёрки две четвёрки две тройки",
        "вoceмь девятьсoт шестнадцать, 555, 44, тридцать три",
        "плюс семь 916 тире 555 тире 44 тире 33",
    ],
)
def test_a_phone_is_found_in_any_disguise(text: str) -> None:
    before = "Вот: "
    found = spot(f"{before}{text} и всё")
    assert [(one.kind, one.value) for one in found] == [("phone", PHONE)]
    assert found[0].start == len(before) + (4 if text.startswith("тел.") else 0)


def test_places_are_those_of_the_original() -> None:
    text = "Ё🅥 пишу: 8\u200b(девятьсот)\u200b555-35-35, ждy ivan cобака mail тoчка ru!"
    phone, mail = spot(text)
    assert text[phone.start : phone.end] == "8\u200b(девятьсот)\u200b555-35-35"
    assert text[mail.start : mail.end] == "ivan cобака mail тoчка ru"
    assert (phone.value, mail.value) == ("+79005553535", "ivan@mail.ru")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("пишите ivan.polis@mail.ru", "email", "ivan.polis@mail.ru"),
        ("ivan точка polis собака яндекс точка ру", "email", "ivan.polis@yandex.ru"),
        ("agent (at) gmail (dot) com", "email", "agent@gmail.com"),
        ("t . me / ivan_polis", "url", "t.me/ivan_polis"),
        ("vk точка com слэш polis ivan", "url", "vk.com/polis_ivan"),
        ("polis-ivan[.]ru", "url", "polis-ivan.ru"),
        ("https://Polis-Ivan.RU/osago?a=1.", "url", "polis-ivan.ru/osago?a=1"),
        ("сайт полис-казань.рф", "url", "полис-казань.рф"),
        ("@agent_ivan", "username", "@agent_ivan"),
        ("🅥🅚: ivan.polis", "username", "@ivan.polis"),
        ("ник osago собака maria", "username", "@osago@maria"),
        ("т-е-л-е-г-а: petrov_agent", "username", "@petrov_agent"),
        ("карта 2200 0000 0000 0000", "card", "2200000000000000"),
        ("4111111111111111", "card", "4111111111111111"),
        ("юмани 4100 1123 4567", "wallet", "410011234567"),
        ("счёт 40817810099910004312", "wallet", "40817810099910004312"),
        ("+375 29 123-45-67", "phone", "+375291234567"),
    ],
)
def test_other_contacts_are_found(text: str, kind: str, value: str) -> None:
    assert [(one.kind, one.value) for one in spot(text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "Ваш полис ХХХ 9001234567 готов",
        "Полис серия ХХХ номер 9001234567",
        "VIN XTA210990Y1234567, X4XFA39450L123456",
        "СТС 9900 123456, дата 05.10.2023",
        "Права 9916 123456 и 99 16 123456",
        "Паспорт 45 06 123456, код 770-045",
        "СНИЛС 812-233-445 95",
        "ЭПТС 164301000123456",
        "ИНН 9707083893, ОГРН 1027700132195",
        "А777АЕ178, О777ОО777",
        "Остаток 8 900 000 000 ₽",
        "Цены: 7 450, 8 120, 9 300, 10 500 рублей",
        "с 9:00 до 18:00, 89 лошадей, стаж с 2008 года",
        "Период с 2026-12-05 по 2027-12-04",
        "Кузов NZE141-1234567",
        "два миллиона триста сорок тысяч, две тысячи девятнадцатый год",
        "Собака съела полис. Точка на карте, т. е. место ДТП",
        "Готово.Напишите мне,если что",
        "polis_0123456789.pdf",
        "123e4567-e89b-12d3-a456-426614174000",
        "| 16–21 | 2,27 | 1,92 | 1,84 | 1,65 | 1,62 | 1,02 | 8 | 0,95 | 9 |",
        "права девяносто девять шестнадцать сто двадцать три четыреста пятьдесят шесть",
        "звоните с 9:00 до 18:00",
        "Посмотрел по базе. Для ОСАГО и т.д. и т.п.",
    ],
)
def test_documents_dates_and_sums_are_no_contacts(text: str) -> None:
    assert spot(text) == []


def test_a_label_of_a_document_does_not_hide_a_phone() -> None:
    assert [one.value for one in spot("мой полис 8 916 555-44-33")] == [PHONE]
    assert [one.value for one in spot("звоните 9165 554433")] == [PHONE]


@pytest.mark.parametrize("text", ["8 900 123-45-6", "245-67-89", "8 900 123 45 678"])
def test_a_mistyped_number_is_a_phone_when_it_is_called_one(text: str) -> None:
    assert [one.kind for one in spot(f"мой телефон: {text}, Иван")] == ["phone"]
    assert spot(f"в заявке {text} строк") == []


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("Т Е Л Е Г А", "телега"),
        ("BAТCAП", "ватсап"),
        ("в т е л е г р а м е", "в телеграме"),
        ("ⓉⒺⓁⒺ", "tele"),
        ("двадцать-тридцать", "20-30"),
        ("восемь восемьсот", "8 800"),
        ("плюс семь", "+7"),
        ("зал\u0336г\u0336о\u0336", "залго"),
        ("ёжии\u0306", "ежий"),
    ],
)
def test_a_disguise_is_taken_off(raw: str, read: str) -> None:
    assert normalise(raw).text.strip() == read


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault_and_places_fit(text: str) -> None:
    source = normalise(text)
    assert len(source.text) == len(source.starts) == len(source.ends)
    last = 0
    for one in spot(text):
        assert last <= one.start < one.end <= len(text)
        last = one.end


@given(
    st.text(
        alphabet=" 0123456789789+-().,•@aиоO восемь девятьсот ноль точка ru собака mail",
        max_size=120,
    )
)
def test_texts_of_contact_like_pieces_are_read_without_a_fault(text: str) -> None:
    last = 0
    for one in spot(text):
        assert last <= one.start < one.end <= len(text)
        last = one.end


def test_a_very_long_text_is_searched_to_its_end() -> None:
    filler = "Полис готов, проверьте данные. " * (LIMIT // 20)
    text = f"{filler} 8 916 555-44-33 {filler} ivan@mail.ru"
    found = spot(text)
    assert [text[one.start : one.end] for one in found] == ["8 916 555-44-33", "ivan@mail.ru"]
    at_the_seam = "а" * (LIMIT - 8) + " 8 916 555-44-33"
    (one,) = spot(at_the_seam)
    assert at_the_seam[one.start : one.end] == "8 916 555-44-33"
