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
    api_key: str = Field(
        "",
        description="Ключ для программ, которые обращаются к /api/chat. Без ключа этот адрес открыт, "
        "только пока сервис слушает на 127.0.0.1.",
    )
    chat_api_keys: str = Field(
        "",
        description="Ещё ключи для /api/chat через запятую. С именем, «сайт:ключ», беседы "
        "принадлежат имени и переживают смену ключа.",
    )
    api_key_header: str = Field(
        "X-API-Key",
        pattern=r"^[A-Za-z0-9-]{1,60}$",
        description="В каком заголовке программа передаёт ключ.",
    )
    chat_api_per_minute: int = Field(
        600,
        ge=1,
        description="Сколько запросов к /api/chat в минуту можно с одним ключом (без ключа — с одного "
        "адреса). Считает каждый процесс отдельно.",
    )
    chat_api_thread_per_minute: int = Field(
        60,
        ge=1,
        description="Сколько запросов к /api/chat в минуту можно в одной беседе. Считает каждый "
        "процесс отдельно.",
    )
    chat_reply_seconds: float = Field(
        60.0,
        gt=0,
        le=600,
        description="Сколько секунд запрос к /api/chat ждёт ответа. Опоздавший ответ не теряется: "
        "его получит следующий запрос.",
    )
    chat_debug: bool = Field(
        False, description="Включить POST /api/debug: он возвращает то, что получил."
    )
