"""Settings of the dialogue."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class DialogueSettings(BaseSettings):
    """How turns are run."""

    model_config = ENV

    turns_at_once: int = Field(
        32, ge=1, le=500, description="Сколько ответов один процесс готовит одновременно."
    )
    worker_jobs_at_once: int = Field(
        40, ge=1, le=500, description="Сколько фоновых заданий один процесс выполняет одновременно."
    )
    phrases_dir: str = Field(
        "",
        description="Папка с дополнительными фразами клиентов (*.yml: намерение → список фраз); "
        "пусто — DATA_DIR/phrases.",
    )
