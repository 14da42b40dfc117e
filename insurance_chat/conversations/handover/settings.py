"""Settings of the queue for a human."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from insurance_chat.conversations.handover.hours import WorkingHours
from insurance_chat.core.settings import ENV


class HandoverSettings(BaseSettings):
    """When agents work and how long a client waits for them."""

    model_config = ENV

    handover_hours: str = Field(
        "",
        description="Когда работают агенты, по московскому времени: «пн-пт 9:00-13:00 14:00-20:00; "
        "сб 10:00-16:00». Пусто — круглосуточно.",
    )
    handover_widen_seconds: int = Field(
        60,
        ge=1,
        description="Через сколько секунд заявку, адресованную одному агенту или агентам одной "
        "компании, увидят все.",
    )
    handover_nobody_minutes: int = Field(
        5, ge=1, description="Через сколько минут ожидания сказать клиенту, что никто не подошёл."
    )
    agent_lost_minutes: int = Field(
        5,
        ge=1,
        description="Через сколько минут без связи с агентом вернуть его чат в очередь.",
    )

    @field_validator("handover_hours")
    @classmethod
    def _readable(cls, value: str) -> str:
        WorkingHours.parse(value)
        return value

    @property
    def hours(self) -> WorkingHours:
        """The schedule, read."""
        return WorkingHours.parse(self.handover_hours)
