"""Settings of watched sources: politeness, limits, where folders are, who gets letters."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SourceSettings(BaseSettings):
    """How sites are asked, how much is read at a time, who is told of changes."""

    model_config = SettingsConfigDict(
        env_prefix="SOURCES_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    pause_seconds: float = Field(
        1.0,
        ge=0,
        le=60,
        description="Сколько секунд ждать между обращениями к одному сайту; если сайт просит больше "
        "(Crawl-delay), сервис ждёт больше.",
    )
    max_pages: int = Field(
        50,
        ge=1,
        le=1000,
        description="Сколько документов одного источника смотреть за один раз; остальные — в "
        "следующие разы.",
    )
    max_megabytes: int = Field(
        50, ge=1, le=500, description="Самый большой файл или страница источника, мегабайты."
    )
    timeout_seconds: float = Field(
        60.0, gt=0, le=600, description="Сколько секунд ждать одного ответа сайта."
    )
    folder: Path | None = Field(
        None,
        description="Папка на сервере, внутри которой можно следить за файлами; пусто — "
        "DATA_DIR/sources.",
    )
    alert_email: str = Field(
        "",
        description="Кому писать об изменениях у страховых: адреса через запятую. Администраторам, "
        "чей логин — адрес почты, письмо придёт и так.",
    )
