"""Settings of the knowledge base: how large files may be, how they are read and checked."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KnowledgeSettings(BaseSettings):
    """Limits of files, recognition of scans, the antivirus, addresses that links may lead to."""

    model_config = SettingsConfigDict(
        env_prefix="KB_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    max_file_megabytes: int = Field(
        100, ge=1, le=1000, description="Самый большой файл базы знаний, мегабайты."
    )
    max_pages: int = Field(
        2000, ge=1, le=20000, description="Сколько страниц может быть в одном документе."
    )
    silence_seconds: float = Field(
        120.0,
        gt=0,
        le=3600,
        description="Сколько секунд разбор файла может не продвигаться, прежде чем его остановят.",
    )
    read_minutes: float = Field(
        240.0,
        gt=0,
        le=2880,
        description="Сколько минут самое большее читается один файл вместе с распознаванием.",
    )
    reader_memory_megabytes: int = Field(
        3072, ge=512, le=65536, description="Сколько памяти может занять разбор одного файла."
    )
    tesseract: str = Field(
        "tesseract",
        description="Программа распознавания сканов; путь к ней, если она не в PATH.",
    )
    ocr_languages: str = Field(
        "rus+eng", description="Языки распознавания сканов, как их называет tesseract."
    )
    clamd: str = Field(
        "",
        description="Антивирус ClamAV: tcp://хост:3310 или unix:///путь/clamd.sock; "
        "пусто — файлы не проверяются.",
    )
    fetch_hosts: str = Field(
        "",
        description="Узлы внутренней сети, с которых всё же можно брать документы по ссылке "
        "(через запятую, порт не указывается); остальные внутренние адреса закрыты.",
    )
    vector_seconds: float = Field(
        0.7,
        gt=0,
        le=10,
        description="Сколько секунд поиск ждёт вектор вопроса, если задана LLM_EMBEDDING_MODEL; "
        "потом отвечает без сравнения по смыслу.",
    )
