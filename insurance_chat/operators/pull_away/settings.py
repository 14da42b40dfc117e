"""Settings of the control over agents' messages."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class PullAwaySettings(BaseSettings):
    """What agents may name to clients."""

    model_config = ENV

    pull_away_allowed: str = Field(
        "",
        description="Какие контакты агент может называть клиенту, через запятую: сайты, телефоны, "
        "почта. Сайт сервиса, страховых и горячие линии разрешены и так.",
    )
    pull_away_opinion_seconds: float = Field(
        3.0,
        gt=0,
        le=30,
        description="Сколько секунд сомнительное сообщение агента ждёт второго мнения языковой "
        "модели; потом решают правила.",
    )
