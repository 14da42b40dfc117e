"""Personal data stay at home."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.llm import disguise
from insurance_chat.llm.masking import Mask, mask, restore
from tests.slices.llm.conftest import Desk

PERSONAL = [
    "+7 921 123-45-67",
    "8(921)1234567",
    "89211234567",
    "921 123 45 67",
    "ivan.petrov+osago@mail.example.ru",
    "4012 345678",
    "40 12 № 345678",
    "4012345678",
    "78 УУ 123456",
    "XTA210990Y1234567",
    "А123ВС77",
    "a 123 bc 178",
    "2202 2012 3456 7890",
    "2202201234567890",
    "112-233-445 95",
    "ХХХ 0123456789",
]
HARMLESS = [
    "ОСАГО стоит 5 432,10 ₽ или 12000 рублей",
    "с 21.11.2026 на 12 месяцев",
    "150 л.с., 1600 см3, КБМ 0,46",
    "ответ в статье 14.1 закона № 40-ФЗ",
    "[PHONE_1] и [NAME]",
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(PERSONAL + HARMLESS + ["[PHONE_1]", "[", "]", "Анна Ивановна", "\n"]),
        st.text(max_size=20),
        st.from_regex(r"[\d+() \-\[\]_A-ZА-Я@.]{0,30}", fullmatch=True),
    ),
    max_size=8,
).map(" ".join)
KNOWN = st.lists(st.sampled_from(["Анна Ивановна", "Пётр", "PHONE", "[", "1"]), max_size=3)


@pytest.mark.parametrize("value", PERSONAL)
def test_personal_data_are_hidden_and_come_back(value: str) -> None:
    text = f"Мои данные: {value}, запишите."
    masked, values = mask(text)
    assert value not in masked
    assert len(values) == 1
    assert restore(masked, values) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_prices_dates_and_articles_stay(text: str) -> None:
    assert mask(text) == (text, {})


def test_known_names_are_hidden_in_any_case_and_only_as_words() -> None:
    masked, values = mask("ПЁТР и Петровский. пётр?", ["Пётр"])
    assert "пётр" not in masked.lower().replace("петровский", "")
    assert "Петровский" in masked
    assert restore(masked, values) == "ПЁТР и Петровский. пётр?"


@given(TEXTS, KNOWN)
def test_masking_loses_nothing(text: str, known: list[str]) -> None:
    masked, values = mask(text, known)
    assert restore(masked, values) == text


@given(TEXTS, st.integers(1, 7))
def test_a_stream_is_restored_wherever_it_is_cut(text: str, size: int) -> None:
    hidden = Mask(texts=[text])
    masked = hidden.hide(text)
    shown = disguise.Stream(hidden)
    pieces = [shown.feed(masked[at : at + size]) for at in range(0, len(masked), size)]
    assert "".join(pieces) + shown.end() == text


async def test_a_model_abroad_gets_placeholders_and_the_answer_has_the_data(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa")
    await desk.script(contains="[PHONE_", text="Позвоню на [PHONE_2], [NAME_1]!")
    answer = await desk.model.complete(
        desk.ask("Я Анна, телефон +7 921 123-45-67", known=("Анна",))
    )
    assert answer.text == "Позвоню на +7 921 123-45-67, Анна!"
    (asked,) = await desk.asked()
    assert asked["body"]["messages"][0]["content"] == "Я [NAME_1], телефон [PHONE_2]"


async def test_a_stream_of_a_model_abroad_is_restored(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa")
    await desk.script(chunks=["Пишу на [EM", "AIL_", "1] сейчас"])
    pieces = [piece.text async for piece in desk.model.stream(desk.ask("Почта a@example.com"))]
    assert "".join(pieces) == "Пишу на a@example.com сейчас"


async def test_a_model_in_the_country_or_without_masking_gets_everything(desk: Desk) -> None:
    await desk.key("sk-first-key-aaaa", domestic=True)
    await desk.model.complete(desk.ask("Почта a@example.com"))
    desk.build(desk.settings.model_copy(update={"mask_personal_data": False}))
    await desk.rows("update ai_tokens set domestic = false")
    await desk.model.complete(desk.ask("Почта a@example.com"))
    sent = [one["body"]["messages"][0]["content"] for one in await desk.asked()]
    assert sent == ["Почта a@example.com"] * 2
