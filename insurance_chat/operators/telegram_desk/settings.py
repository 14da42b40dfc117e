"""Settings of agents in Telegram."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class TelegramDeskSettings(BaseSettings):
    """How long an agent who works from Telegram counts as being at work."""

    model_config = ENV

    telegram_desk_hours: int = Field(
        12,
        ge=1,
        le=48,
        description="Сколько часов после последнего действия в Telegram агент остаётся на линии, если "
        "не ушёл сам.",
    )
    telegram_desk_answer_minutes: int = Field(
        15,
        ge=2,
        description="Сколько минут клиент может ждать слов агента, который ведёт чат из Telegram. "
        "Потом чат возвращается в очередь (ещё через AGENT_LOST_MINUTES).",
    )
