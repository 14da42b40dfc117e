"""Settings of Telegram."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class TelegramSettings(BaseSettings):
    """Where the Bot API is and how updates come."""

    model_config = ENV

    telegram_api_url: str = Field(
        "https://api.telegram.org",
        description="Адрес Telegram Bot API. Меняется, если Telegram доступен только через прокси "
        "или свой сервер Bot API; http://127.0.0.1:8000/sandbox/telegram — учебный.",
    )
    telegram_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="Сколько секунд ждать ответа Telegram."
    )
    telegram_mode: Literal["auto", "polling", "webhook"] = Field(
        "auto",
        description="Как приходят сообщения: polling — служба сама спрашивает Telegram, нужен "
        "только выход в интернет; webhook — Telegram стучится на адрес службы (нужен https); "
        "auto — webhook, если у службы есть открытый адрес https, иначе polling.",
    )
    telegram_poll_seconds: int = Field(
        25,
        ge=0,
        le=50,
        description="Сколько секунд один вопрос к Telegram ждёт новых сообщений (при polling).",
    )
