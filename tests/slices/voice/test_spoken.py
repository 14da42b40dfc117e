"""What a written answer sounds like."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from insurance_chat.voice.number_speech import cardinal, fraction, ordinal_of
from insurance_chat.voice.spoken import speakable

SAID = {
    "Цена 12 345,67 ₽": "Цена двенадцать тысяч триста сорок пять рублей шестьдесят семь копеек",
    "1 ₽, 2 руб., 11 рублей, 21 р.": "один рубль, два рубля, одиннадцать рублей, двадцать один рубль",
    "50 коп.": "пятьдесят копеек",
    "от 5 000–7 000 ₽": "от пять тысяч до семь тысяч рублей",
    "с 05.12.2026": "с пятого декабря две тысячи двадцать шестого года",
    "до 1 января 2027 года": "до первого января две тысячи двадцать седьмого года",
    "23 мая": "двадцать третьего мая",
    "в 14:05": "в четырнадцать ноль пять",
    "в 9:00": "в девять ноль-ноль",
    "скидка 10%": "скидка десять процентов",
    "ставка 12,5 %": "ставка двенадцать целых пять десятых процента",
    "КБМ 0,46": "ка бэ эм ноль целых сорок шесть сотых",
    "2 минуты": "две минуты",
    "+7 900 123-45-67": "плюс семь, девятьсот, сто двадцать три, сорок пять, шестьдесят семь",
    "8 (800) 555-35-05": "восемь, восемьсот, пятьсот пятьдесят пять, тридцать пять, ноль пять",
    "А123ВС196": "а, сто двадцать три, вэ, эс, сто девяносто шесть",
    "Е007КХ77": "е, ноль ноль семь, ка, ха, семьдесят семь",
    "код 007": "код ноль ноль семь",
    "[Правила](https://x.ru/a?b=1)": "Правила",
    "https://pay.example.ru/p/9?x=2": "ссылка есть в сообщении",
    "**Важно**: 90 л. с. 🎉": "Важно: девяносто лошадиных сил",
    "ответ [1]": "ответ",
    "- раз\n- два": "раз.\nдва.",
    "1. Раз\n2. Два": "один: Раз.\nдва: Два.",
    "«Альфа» (СТС)": "Альфа эс тэ эс",
}


@pytest.mark.parametrize("written", SAID, ids=str)
def test_a_text_is_turned_into_words(written: str) -> None:
    said = speakable(written).replace(" .", ".")
    assert said.rstrip(".") == SAID[written].rstrip(".")


def test_a_vin_is_read_sign_by_sign() -> None:
    said = speakable("VIN XTA21093012345678")
    assert said.startswith("вин икс, ти, эй, два, один, ноль, девять")
    assert len(said.removeprefix("вин ").rstrip(".").split(", ")) == 17


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_cardinals_are_those_of_a_dictionary(number: int) -> None:
    assert cardinal(number) == num2words(number, lang="ru")


@given(st.integers(min_value=1, max_value=2999).filter(lambda one: one < 1000 or one >= 1900))
def test_ordinals_have_the_endings_of_a_year(number: int) -> None:
    assert ordinal_of(number).endswith(("ого", "его"))
    assert len(ordinal_of(number)) > 4


@given(st.decimals(min_value=0, max_value=999, places=2))
def test_fractions_name_their_parts(number: Decimal) -> None:
    said = fraction(number)
    assert ("цел" in said) == (number != int(number))


@given(st.text(alphabet="0123456789 .,:%₽-+()АВСабв\n№", max_size=60))
def test_nothing_that_only_eyes_can_read_is_left(written: str) -> None:
    assert not re.search(r"[0-9₽%№]", speakable(written))
