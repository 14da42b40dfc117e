"""Settings of voice."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class VoiceSettings(BaseSettings):
    """Who hears, who speaks, and limits of both."""

    model_config = SettingsConfigDict(
        env_prefix="VOICE_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    stt: Literal["", "openai", "whisper"] = Field(
        "",
        description="Кто распознаёт голос клиента: openai — любой совместимый адрес, whisper — "
        "на этом компьютере; пусто — голосовые сохраняются, клиента просят написать.",
    )
    stt_url: str = Field(
        "",
        description="Адрес распознавания для VOICE_STT=openai, например https://api.openai.com/v1; "
        "пусто — встроенное учебное.",
    )
    stt_key: SecretStr = Field(SecretStr(""), description="Ключ распознавания.")
    stt_model: str = Field("whisper-1", description="Модель распознавания по адресу VOICE_STT_URL.")
    stt_timeout_seconds: float = Field(
        30.0, gt=0, le=300, description="Сколько секунд ждать распознавания за одну попытку."
    )
    tts: Literal["", "openai", "espeak"] = Field(
        "",
        description="Кто говорит голосом ассистента: openai — любой совместимый адрес, espeak — "
        "программа espeak-ng на этом компьютере; пусто — ответы только текстом.",
    )
    tts_url: str = Field(
        "",
        description="Адрес синтеза речи для VOICE_TTS=openai; пусто — встроенный учебный.",
    )
    tts_key: SecretStr = Field(SecretStr(""), description="Ключ синтеза речи.")
    tts_model: str = Field("tts-1", description="Модель синтеза речи по адресу VOICE_TTS_URL.")
    tts_voice: str = Field(
        "alloy", description="Голос: имя у совместимого адреса; для espeak не используется."
    )
    tts_timeout_seconds: float = Field(
        30.0, gt=0, le=300, description="Сколько секунд ждать синтеза речи за одну попытку."
    )
    attempts: int = Field(
        3, ge=1, le=5, description="Сколько раз пробовать при сбое связи, 429 и ошибке сервера."
    )
    longest_seconds: int = Field(
        300, ge=5, le=3600, description="Самое длинное голосовое сообщение, секунды."
    )
    longest_text: int = Field(
        2000,
        ge=100,
        le=10000,
        description="Самый длинный ответ, который произносится, знаков; длиннее — только текстом.",
    )
    espeak_command: str = Field(
        "espeak-ng", description="Программа espeak-ng: имя или полный путь."
    )
    whisper_model: str = Field(
        "small",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Модель для VOICE_STT=whisper: tiny, base, small, medium, large-v3.",
    )
    model_dir: Path | None = Field(
        None, description="Папка моделей распознавания; пусто — DATA_DIR/voice."
    )
    model_url: str = Field(
        "https://huggingface.co/Systran/faster-whisper-{model}/resolve/main",
        description="Откуда команда voice download берёт файлы модели; {model} — её имя.",
    )
