"""Settings of backups."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from insurance_chat.core.settings import ENV
from insurance_chat.core.storage import S3Settings


class BackupSettings(S3Settings):
    """When backups are made, where they go, how many are kept and who hears of a failure."""

    model_config = SettingsConfigDict(**{**ENV, "env_prefix": "BACKUP_"})

    daily: bool = Field(True, description="Делать резервную копию каждый день.")
    hour: int = Field(
        3, ge=0, le=23, description="В котором часу по Москве делать ежедневную копию."
    )
    folder: Path | None = Field(
        None,
        description="Папка для резервных копий, лучше на другом диске; пусто — DATA_DIR/backups. "
        "Не нужна, если задан BACKUP_S3_BUCKET.",
    )
    keep_daily: int = Field(7, ge=1, le=366, description="Сколько последних дней хранить копии.")
    keep_weekly: int = Field(4, ge=0, le=520, description="За сколько недель хранить по копии.")
    keep_monthly: int = Field(12, ge=0, le=240, description="За сколько месяцев хранить по копии.")
    alert_email: str = Field(
        "",
        description="Кому писать, если копия не сделана: адреса через запятую. Администраторам, "
        "чей логин — адрес почты, письмо придёт и так.",
    )
