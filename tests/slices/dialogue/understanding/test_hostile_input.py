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
async def test_a_bomb_is_harmless_and_does_not_explode(name: str, says: Any) -> None:
    # Seconds of the processor, whatever else the machine does: what explodes takes minutes.
    started = time.process_time()
    assert await says(BOMBS[name], asked=ASKED)
    assert time.process_time() - started < 15


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
