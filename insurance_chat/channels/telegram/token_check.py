"""Asks Telegram whose a token is.

Source: https://core.telegram.org/bots/api#getme.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from insurance_chat.channels.ports import BotVerdict, ChannelError, Failure
from insurance_chat.channels.telegram.api import BotApi
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.core.errors import ServiceError, invalid, unavailable

_TOKEN = re.compile(r"\d{5,20}:[A-Za-z0-9_-]{20,100}")


async def bot_of(api: BotApi, token: str) -> dict[str, Any]:
    """The bot of a token, as the `User` of the Bot API.

    Raises:
        ServiceError: it is no token (`telegram_token_wrong`), Telegram does not know it, or Telegram
            cannot be reached (`telegram_silent`); the message is Russian and never has the token.
    """
    if not _TOKEN.fullmatch(token):
        raise invalid(
            "telegram_token_wrong",
            "Это не похоже на токен. Его присылает @BotFather: число, двоеточие и длинная "
            "строка из латинских букв и цифр.",
            field="token",
        )
    try:
        bot = await api.call(token, "getMe")
    except ChannelError as problem:
        if problem.failure is Failure.ACCOUNT:
            raise invalid(
                "telegram_token_wrong",
                "Telegram не знает такого токена. Скопируйте его у @BotFather ещё раз целиком.",
                field="token",
            ) from None
        raise unavailable("telegram_silent", problem.words) from None
    if not isinstance(bot, dict) or not bot.get("is_bot"):
        raise unavailable("telegram_silent", "Telegram ответил непонятно. Попробуйте ещё раз.")
    return bot


class TelegramBotCheck:
    """Calls getMe.

    Args:
        settings: address of the Bot API and how long to wait.
        http: the client of the process.
    """

    def __init__(self, settings: TelegramSettings, http: httpx.AsyncClient) -> None:
        self._api = BotApi(settings, http)

    async def try_token(self, token: str) -> BotVerdict:
        """Ask the messenger whose token this is; nothing is stored or changed."""
        try:
            bot = await bot_of(self._api, token.strip())
        except ServiceError as refusal:
            return BotVerdict(False, refusal.message)
        name = str(bot.get("username", ""))
        return BotVerdict(True, f"Работает: это бот @{name}.", name)
