"""Settings of the HTTP door."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class ApiSettings(BaseSettings):
    """Limits of the API."""

    model_config = ENV

    chat_sessions_per_minute: int = Field(
        600,
        ge=1,
        description="Сколько чатов в минуту можно открыть с одного адреса. "
        "Считает каждый процесс отдельно.",
    )
    file_link_hours: int = Field(
        24, ge=1, description="Сколько часов действует ссылка на файл из чата."
    )
    upload_megabytes: int = Field(
        20, ge=1, le=100, description="Наибольший размер файла, который принимает чат, МБ."
    )
