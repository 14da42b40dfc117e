"""Settings of language models."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class LlmSettings(BaseSettings):
    """The first key, time limits, and what may leave the country."""

    model_config = SettingsConfigDict(
        env_prefix="LLM_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    provider: Literal["openai", "gigachat"] = Field(
        "openai",
        description="Вид модели для LLM_API_KEY: openai — любой совместимый адрес "
        "(OpenAI, DeepSeek, YandexGPT, vLLM, Ollama), gigachat — GigaChat.",
    )
    base_url: str = Field(
        "",
        description="Адрес модели для LLM_API_KEY, например https://api.openai.com/v1; "
        "пусто — встроенная учебная модель, для gigachat — адрес GigaChat.",
    )
    api_key: SecretStr = Field(
        SecretStr(""),
        description="Ключ модели. Пусто — отвечают правила и ключи со страницы «Языковая модель».",
    )
    model: str = Field(
        "", description="Модель для LLM_API_KEY, например gpt-4o-mini или GigaChat-2."
    )
    embedding_model: str = Field(
        "", description="Модель векторов для поиска; пусто — поиск обходится без неё."
    )
    rerank_model: str = Field(
        "", description="Модель пересортировки найденного; пусто — без пересортировки."
    )
    budget_seconds: float = Field(
        12.0,
        gt=0,
        le=120,
        description="Сколько секунд ждать модель вместе со всеми запасными ключами (в потоке — "
        "первых слов); потом отвечают правила.",
    )
    timeout_seconds: float = Field(
        8.0, gt=0, le=120, description="Сколько секунд ждать один ключ, прежде чем взять следующий."
    )
    max_tokens: int = Field(
        1000, ge=16, le=32000, description="Предел длины одного ответа модели, токены."
    )
    calls_keep_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="Сколько дней хранить записи об отдельных вызовах модели; счётчики ключей "
        "по дням остаются.",
    )
    price_input_rub: float = Field(
        0.0,
        ge=0,
        description="Цена модели для отчёта проверки: рублей за миллион токенов вопроса; "
        "0 — неизвестна.",
    )
    price_output_rub: float = Field(
        0.0,
        ge=0,
        description="Цена модели для отчёта проверки: рублей за миллион токенов ответа; "
        "0 — неизвестна.",
    )
    mask_personal_data: bool = Field(
        True,
        description="Заменять телефоны, почту, документы, госномера, карты и имена условными "
        "знаками, когда модель находится не в России.",
    )
    gigachat_auth_url: str = Field(
        "https://ngw.devices.sberbank.ru:9443/api/v2/oauth",
        description="Где GigaChat выдаёт временный доступ.",
    )
    gigachat_scope: str = Field(
        "GIGACHAT_API_PERS",
        description="Вид доступа к GigaChat: GIGACHAT_API_PERS, GIGACHAT_API_B2B или "
        "GIGACHAT_API_CORP.",
    )
    ca_file: Path | None = Field(
        None,
        description="Файл с корневым сертификатом (PEM), которому доверять при соединении с "
        "моделью; GigaChat нужен сертификат Минцифры.",
    )
    cassette: Literal["", "record", "replay"] = Field(
        "",
        description="Для разработчиков: record — записывать обмен с моделью в LLM_CASSETTE_DIR, "
        "replay — отвечать записанным, не выходя в сеть.",
    )
    cassette_dir: Path = Field(
        Path("var/cassettes"), description="Папка записанных обменов с моделью."
    )
    system_prompt: str = Field(
        "", description="Дополнительные указания ассистенту, пока их не задали на странице."
    )
    tone: str = Field("вежливый и деловой, на «вы»", description="Тон ассистента.")
    language: str = Field("русский", description="Язык ответов ассистента.")
    rephrase: bool = Field(
        False,
        description="Менять тон готовых фраз под настройки ассистента; числа, имена, даты, ссылки и "
        "вопросы остаются как есть, согласия, цены и оплата не затрагиваются.",
    )
    temperature: float = Field(
        0.2, ge=0, le=2, description="Насколько модель отступает от самого вероятного ответа."
    )
