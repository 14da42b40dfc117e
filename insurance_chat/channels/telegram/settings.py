"""Settings of Telegram."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class TelegramSettings(BaseSettings):
    """Where the Bot API is."""

    model_config = ENV

    telegram_api_url: str = Field(
        "https://api.telegram.org",
        description="Адрес Telegram Bot API. Меняется, если Telegram доступен только через прокси "
        "или свой сервер Bot API; http://127.0.0.1:8000/sandbox/telegram — учебный.",
    )
    telegram_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="Сколько секунд ждать ответа Telegram."
    )
