"""Settings of WhatsApp Cloud API."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class WhatsAppSettings(BaseSettings):
    """Where the Graph API of WhatsApp is."""

    model_config = ENV

    whatsapp_api_url: str = Field(
        "https://graph.facebook.com",
        description="Адрес WhatsApp Cloud API. Меняется, если Meta доступна только через прокси; "
        "http://127.0.0.1:8000/sandbox/graph — учебный.",
    )
    whatsapp_api_version: str = Field(
        "v24.0",
        pattern=r"^v\d+\.\d+$",
        description="Версия Graph API для WhatsApp. Meta поддерживает каждую около двух лет.",
    )
    whatsapp_timeout_seconds: float = Field(
        20.0, gt=0, le=120, description="Сколько секунд ждать ответа WhatsApp Cloud API."
    )
