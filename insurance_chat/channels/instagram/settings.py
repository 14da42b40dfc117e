"""Settings of Instagram."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class InstagramSettings(BaseSettings):
    """Where the Graph API of Instagram is."""

    model_config = ENV

    instagram_api_url: str = Field(
        "https://graph.instagram.com",
        description="Адрес Instagram Graph API. Меняется, если Meta доступна только через прокси; "
        "http://127.0.0.1:8000/sandbox/graph — учебный.",
    )
    instagram_api_version: str = Field(
        "v24.0",
        pattern=r"^v\d+\.\d+$",
        description="Версия Graph API для Instagram. Meta поддерживает каждую около двух лет.",
    )
    instagram_timeout_seconds: float = Field(
        20.0, gt=0, le=120, description="Сколько секунд ждать ответа Instagram."
    )
