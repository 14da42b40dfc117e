"""Settings of the memory."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class MemorySettings(BaseSettings):
    """How long a client is remembered."""

    model_config = ENV

    memory_days: int = Field(
        400,
        ge=1,
        description="Сколько дней помнить клиента (имя, машину, контакты, пожелания), если он "
        "больше ничего о себе не сообщил. По умолчанию чуть больше года: чтобы узнать его при "
        "продлении полиса. Полисы, оплаты и согласия хранятся отдельно.",
    )
