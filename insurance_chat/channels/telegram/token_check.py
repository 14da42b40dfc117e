"""Asks Telegram whose a token is.

Source: https://core.telegram.org/bots/api#making-requests and #getme.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from insurance_chat.channels.ports import BotVerdict
from insurance_chat.channels.telegram.settings import TelegramSettings

_TOKEN = re.compile(r"\d{5,20}:[A-Za-z0-9_-]{20,100}")


class TelegramBotCheck:
    """Calls getMe.

    Args:
        settings: address of the Bot API and how long to wait.
        http: the client of the process.
    """

    def __init__(self, settings: TelegramSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def try_token(self, token: str) -> BotVerdict:
        """Ask the messenger whose token this is; nothing is stored or changed."""
        token = token.strip()
        if not _TOKEN.fullmatch(token):
            return BotVerdict(
                False,
                "Это не похоже на токен. Его присылает @BotFather: число, двоеточие и длинная "
                "строка из латинских букв и цифр.",
            )
        base = self._settings.telegram_api_url.rstrip("/")
        try:
            answer = await self._http.get(
                f"{base}/bot{token}/getMe", timeout=self._settings.telegram_timeout_seconds
            )
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            # Never with the error's own text: it carries the address, and the address the token.
            host = base.partition("://")[2].partition("/")[0]
            return BotVerdict(
                False,
                f"Telegram ({host}) не отвечает. Проверьте интернет; если Telegram закрыт, укажите "
                "адрес прокси в настройке TELEGRAM_API_URL.",
            )
        return _read(content)


def _read(content: Any) -> BotVerdict:
    answer = content if isinstance(content, dict) else {}
    bot = answer.get("result")
    if answer.get("ok") is True and isinstance(bot, dict) and bot.get("is_bot"):
        name = str(bot.get("username", ""))
        return BotVerdict(True, f"Работает: это бот @{name}.", name)
    if answer.get("error_code") in (401, 404):
        return BotVerdict(
            False, "Telegram не знает такого токена. Скопируйте его у @BotFather ещё раз целиком."
        )
    reason = str(answer.get("description", "ответ непонятен"))[:200]
    return BotVerdict(False, f"Telegram отказал: {reason}.")
