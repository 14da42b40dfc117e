"""Settings of messengers in common; each messenger has its own besides."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class ChannelSettings(BaseSettings):
    """How messages of messengers are gathered, kept and given back to the assistant."""

    model_config = ENV

    channel_settle_ms: int = Field(
        600,
        ge=0,
        le=3000,
        description="Сколько миллисекунд ждать следующего сообщения клиента в мессенджере, прежде чем "
        "отвечать: несколько сообщений подряд получают один ответ.",
    )
    channel_update_days: int = Field(
        7,
        ge=1,
        le=90,
        description="Сколько дней хранить исходные сообщения мессенджеров (зашифрованы; нужны, чтобы "
        "разобраться в сбое).",
    )
    owner_silence_minutes: int = Field(
        30,
        ge=1,
        le=1440,
        description="Через сколько минут молчания хозяина аккаунта, который ответил клиенту сам, чат "
        "снова ведёт ассистент.",
    )
    channel_file_megabytes: int = Field(
        20,
        ge=1,
        le=100,
        description="Самый большой файл, который принимается от клиента в мессенджере, мегабайты.",
    )
    channel_file_wait_seconds: int = Field(
        20,
        ge=1,
        le=300,
        description="Сколько секунд следующие сообщения чата ждут, пока загрузится присланный файл.",
    )
