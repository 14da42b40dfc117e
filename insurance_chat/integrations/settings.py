"""Settings of event delivery to other systems."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class IntegrationSettings(BaseSettings):
    """How webhooks are sent."""

    model_config = ENV

    webhook_allow_private_addresses: bool = Field(
        False,
        description="Разрешить вебхуки на внутренние адреса (127.0.0.1, 10.x и подобные) и по http. "
        "Включайте, только если получатель стоит в вашей сети.",
    )
    webhook_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="Сколько секунд ждать ответа получателя вебхука."
    )
    webhook_concurrency: int = Field(
        8, ge=1, le=100, description="Сколько вебхуков один процесс отправляет одновременно."
    )
