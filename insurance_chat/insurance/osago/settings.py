"""Switches of the OSAGO product."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class OsagoSettings(BaseSettings):
    """How the OSAGO estimate is computed."""

    model_config = ENV

    osago_cap_multiplier: Decimal | None = Field(
        None,
        gt=0,
        description="Предел премии ОСАГО в ориентировочном расчёте: во сколько раз она может превышать "
        "базовую ставку, умноженную на коэффициент территории; пусто — предел не применяется.",
    )
    osago_min_start_days: int = Field(
        4,
        ge=1,
        le=30,
        description="Через сколько дней после покупки полис ОСАГО может начать действовать.",
    )
    osago_max_start_days: int = Field(
        60, ge=5, le=365, description="На сколько дней вперёд можно выбрать начало полиса."
    )
