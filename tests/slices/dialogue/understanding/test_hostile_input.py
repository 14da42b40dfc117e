"""Whatever is typed, the understanding answers quickly and never raises."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BOMBS = {
    "one letter": "а" * 100_000,
    "letters and spaces": "а " * 50_000,
    "digits": "1" * 100_000 + "x",
    "digits and spaces": "1 " * 50_000 + "x",
    "digits and dots": "1." * 50_000,
    "dots and dogs": "a.a." * 20_000 + "@",
    "dogs": "@" * 50_000,
    "hyphens": "а-" * 50_000,
    "commas": "не а, а " * 10_000,
    "patronymics": "иванович " * 10_000,
    "numbers in words": "сто двадцать три " * 5_000,
    "streets": "ул ленина д 1 " * 5_000,
    "places": "москва " * 10_000,
    "cars": "тойота " * 10_000,
    "letters of a VIN": "икс тэ а 1 " * 10_000,
    "questions": "а что? " * 10_000,
    "emoji": "😀👍🏽" * 10_000,
    "right to left": "\u202eа777аа77\u202c" * 2_000,
    "markup": "<script>alert('а')</script>" * 3_000,
    "no-break": "\u00a0\u200b\ufeff" * 20_000,
    "surrogates": "\ud800" * 100,
    "quotes": "';DROP TABLE policies;--" * 1_000,
}
ASKED = [
    "plate",
    "vin",
    "owner_full_name",
    "owner_address",
    "owner_birth_date",
    "phone",
    "email",
    "make_model",
    "region",
]


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_harmless_and_quick(name: str, says: Any) -> None:
    started = time.perf_counter()
    commands = await says(BOMBS[name], asked=ASKED)
    assert commands
    assert time.perf_counter() - started < 1.5


@given(words=st.text(max_size=200))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
async def test_any_text_gets_commands(words: str, says: Any) -> None:
    assert await says(words, asked=ASKED)


@given(words=st.text("авекмнорстух абв1234567890 .,-@?!нет да", max_size=80))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
async def test_any_mix_of_letters_and_digits_gets_commands(words: str, says: Any) -> None:
    assert await says(words, asked=ASKED)


async def test_hidden_characters_do_not_hide_a_plate(says: Any, look: Any) -> None:
    assert look.facts(await says("\u202eа7\u200b77аа\u00ad77", asked=["plate"])) == {
        "plate": "А777АА77"
    }


async def test_markup_around_a_plate_is_ignored(says: Any, look: Any) -> None:
    assert look.facts(await says("<b>а777аа77</b>", asked=["plate"])) == {"plate": "А777АА77"}


async def test_nothing_but_files_is_unclear(says: Any, look: Any) -> None:
    assert look.kinds(await says("")) == ["unclear"]


async def test_a_block_is_read_in_a_few_milliseconds(says: Any) -> None:
    words = "Иванов Иван Иванович, 12.03.1985, паспорт 4510 123456, Москва, ул. Ленина, д. 1, кв. 2"
    await says(words, asked=ASKED)
    started = time.perf_counter()
    for _ in range(20):
        await says(words, asked=ASKED)
    # 1-2 ms on an idle core; the bound leaves room for a busy machine
    assert (time.perf_counter() - started) / 20 < 0.015


@pytest.mark.parametrize("name", BOMBS)
async def test_five_hundred_characters_never_take_long(name: str, says: Any) -> None:
    words = BOMBS[name][:500]
    best = 1.0
    for _ in range(3):
        started = time.perf_counter()
        await says(words, asked=ASKED)
        best = min(best, time.perf_counter() - started)
    assert best < 0.05
