"""A value written in any of the usual ways is read back as the same value."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from insurance_chat.dialogue.understanding.extractors.contact import find_phones
from insurance_chat.dialogue.understanding.extractors.dates import find_dates
from insurance_chat.dialogue.understanding.extractors.documents import find_documents
from insurance_chat.dialogue.understanding.extractors.letters import PLATE_LETTERS
from insurance_chat.dialogue.understanding.extractors.plate import find_plates
from insurance_chat.dialogue.understanding.extractors.vin import find_vins
from insurance_chat.dialogue.understanding.text import Text

TODAY = date(2026, 11, 21)
MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
LATIN = dict(zip(PLATE_LETTERS, "ABEKMHOPCTYX", strict=True))
NAMES = dict(
    zip(
        PLATE_LETTERS,
        ["а", "вэ", "е", "ка", "эм", "эн", "о", "эр", "эс", "тэ", "у", "ха"],
        strict=True,
    )
)
letter = st.sampled_from(PLATE_LETTERS)
region = st.sampled_from(["77", "177", "01", "96", "196", "750"])


@given(
    letter, st.integers(1, 999), letter, letter, region, st.sampled_from(range(5)), st.booleans()
)
def test_a_plate_survives_every_way_of_typing_it(
    first: str, number: int, second: str, third: str, code: str, style: int, lower: bool
) -> None:
    digits = f"{number:03d}"
    value = first + digits + second + third + code
    latin = "".join(LATIN.get(char, char) for char in value)
    written = [
        value,
        latin,
        f"{first}{digits}{second}{third} {code}",
        f"номер {first} {digits} {second}{third} {code}",
        f"госномер: {value}, вот",
    ][style]
    (one,) = find_plates(Text(written.lower() if lower else written))
    assert one.value == value


@given(letter, st.integers(100, 999), letter, letter, region)
def test_a_dictated_plate_is_heard(
    first: str, number: int, second: str, third: str, code: str
) -> None:
    spoken_code = (
        f"ноль {num2words(int(code), lang='ru')}"
        if code[0] == "0"
        else num2words(int(code), lang="ru")
    )
    words = f"номер {NAMES[first]} {num2words(number, lang='ru')} {NAMES[second]} {NAMES[third]} {spoken_code}"
    (one,) = find_plates(Text(words))
    assert one.value == f"{first}{number}{second}{third}{code}"


@given(
    st.text("ABCDEFGHJKLMNPRSTUVWXYZ", min_size=5, max_size=8),
    st.integers(0, 9),
    st.integers(0, 10**8 - 1),
    st.booleans(),
)
def test_a_vin_survives_case_and_cyrillic_letters(
    letters: str, filler: int, tail: int, lower: bool
) -> None:
    value = (letters + str(filler) * 9)[:9] + f"{tail:08d}"
    cyrillic = "".join(
        {"A": "А", "B": "В", "E": "Е", "K": "К", "M": "М", "C": "С", "T": "Т"}.get(c, c)
        for c in value
    )
    (one,) = find_vins(Text(f"вин {cyrillic.lower() if lower else cyrillic}"))
    assert one.value == value


@given(st.dates(date(1940, 1, 1), date(2010, 12, 31)), st.sampled_from(range(7)))
def test_a_birth_date_survives_every_way_of_writing_it(day: date, style: int) -> None:
    month = MONTHS[day.month - 1]
    written = [
        day.strftime("%d.%m.%Y"),
        f"{day.day}/{day.month}/{day.year}",
        day.isoformat(),
        f"{day.day} {month} {day.year} года",
        f"{day.day}-го {month} {day.year}",
        day.strftime("%d-%m-%Y"),
        f"{day.day} {month} {num2words(day.year, lang='ru', to='ordinal')}",
    ][style]
    (one,) = find_dates(Text(f"дата рождения {written}"), TODAY)
    assert one.value == day


@given(st.integers(10**9, 10**10 - 1), st.sampled_from(range(5)))
def test_a_passport_survives_every_spacing(number: int, style: int) -> None:
    digits = str(number)
    written = [
        digits,
        f"{digits[:4]} {digits[4:]}",
        f"{digits[:2]} {digits[2:4]} {digits[4:]}",
        f"серия {digits[:4]} номер {digits[4:]}",
        f"{digits[:4]} № {digits[4:]}",
    ][style]
    (one,) = find_documents(Text(f"паспорт {written}"))
    assert (one.kind, one.value) == ("passport", digits)


@given(st.integers(900_000_0000, 999_999_9999), st.sampled_from(range(5)))
def test_a_phone_survives_every_punctuation(number: int, style: int) -> None:
    tail = str(number)
    written = [
        f"8{tail}",
        f"+7{tail}",
        f"8 ({tail[:3]}) {tail[3:6]}-{tail[6:8]}-{tail[8:]}",
        f"+7 {tail[:3]} {tail[3:6]} {tail[6:8]} {tail[8:]}",
        f"8-{tail[:3]}-{tail[3:6]}-{tail[6:8]}-{tail[8:]}",
    ][style]
    (one,) = find_phones(Text(f"телефон {written}"))
    assert one.value == f"+7{tail}"


@given(st.integers(1, 999_999))
def test_a_number_in_words_is_the_number(number: int) -> None:
    assert Text(num2words(number, lang="ru")).flat == str(number)
