"""Settings of the sale."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from insurance_chat.core.settings import ENV


class InsuranceSettings(BaseSettings):
    """Who sells, and how long the service waits for insurers."""

    model_config = ENV

    seller_name: str = Field(
        "ООО «Страховой чат» (демонстрация)",
        description="Кто мы: название организации в существенной информации перед оплатой.",
    )
    seller_status: str = Field(
        "страховой агент", description="Наш статус: страховой агент или страховой брокер."
    )
    seller_contacts: str = Field(
        "напишите «жалоба» в этот чат",
        description="Куда обращаться с жалобой; показывается перед оплатой.",
    )
    quote_deadline_seconds: float = Field(
        40, ge=1, description="Сколько секунд ждать предложений страховых."
    )
    quote_poll_seconds: float = Field(
        0.5, gt=0, description="Как часто спрашивать, пришли ли предложения, секунды."
    )
    issue_alert_minutes: int = Field(
        15, ge=1, description="Через сколько минут после оплаты без полиса звать человека."
    )
