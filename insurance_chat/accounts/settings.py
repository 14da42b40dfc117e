"""Settings of staff log-ins."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class AccountsSettings(BaseSettings):
    """How many wrong passwords are allowed, and when an agent counts as gone."""

    model_config = ENV

    login_attempts: int = Field(
        10,
        ge=1,
        description="Сколько раз за 15 минут можно ошибиться в пароле одной учётной записи с одного адреса. "
        "Считает каждый процесс отдельно.",
    )
    login_attempts_per_address: int = Field(
        100,
        ge=1,
        description="Сколько неудачных входов за 15 минут допускается с одного адреса. "
        "Считает каждый процесс отдельно.",
    )
    registrations_per_hour: int = Field(
        30,
        ge=1,
        description="Сколько заявок на регистрацию агента в час принимается с одного адреса. "
        "Считает каждый процесс отдельно.",
    )
    agent_gone_minutes: int = Field(
        5,
        ge=1,
        le=720,
        description="Через сколько минут без признаков жизни агент считается ушедшим: открытых страниц нет, "
        "запросов к API тоже. Пока агент ведёт чат, его статус не меняется.",
    )

    @property
    def gone_after(self) -> timedelta:
        """`agent_gone_minutes` as a length of time."""
        return timedelta(minutes=self.agent_gone_minutes)
