"""A bot's token is tried with getMe; the token itself never shows."""

from __future__ import annotations

import httpx
import pytest

from insurance_chat.channels.ports import BotVerdict
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.channels.telegram.token_check import TelegramBotCheck
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

REAL = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


async def tried(token: str, url: str = "") -> BotVerdict:
    with served(create_sandbox_app()) as address:
        settings = TelegramSettings(telegram_api_url=url or f"{address}/telegram")
        async with httpx.AsyncClient() as http:
            return await TelegramBotCheck(settings, http).try_token(token)


async def test_the_bot_of_a_token_is_named() -> None:
    verdict = await tried(f"  {REAL}\n")
    assert verdict == BotVerdict(
        True, "Работает: это бот @practice_123456789_bot.", "practice_123456789_bot"
    )


async def test_a_token_that_telegram_does_not_know_is_refused_in_words() -> None:
    verdict = await tried("123456789:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    assert not verdict.ok
    assert "не знает такого токена" in verdict.words


@pytest.mark.parametrize("wrong", ["", "hello", "12:short", f"{REAL}/../x"])
async def test_what_is_no_token_is_not_sent_anywhere(wrong: str) -> None:
    verdict = await tried(wrong, "http://127.0.0.1:9")
    assert "не похоже на токен" in verdict.words


async def test_telegram_that_cannot_be_reached_is_named_without_the_token() -> None:
    verdict = await tried(REAL, "http://127.0.0.1:9")
    assert "127.0.0.1:9" in verdict.words
    assert "TELEGRAM_API_URL" in verdict.words
    assert REAL not in verdict.words
