"""Settings that every process needs: where to listen, where data live, how to log."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)


class CoreSettings(BaseSettings):
    """Addresses, data folder, database and secrets."""

    model_config = ENV

    host: str = Field("127.0.0.1", description="Адрес, на котором слушает сервис.")
    port: int = Field(8000, ge=1, le=65535, description="Порт, на котором слушает сервис.")
    data_dir: Path = Field(
        Path("var"), description="Папка с данными: встроенная база, файлы, ключи."
    )
    cache_dir: Path | None = Field(
        None,
        description="Папка для того, что можно посчитать заново; пусто — DATA_DIR/cache.",
    )
    public_url: str = Field(
        "",
        description="Адрес сервиса, каким его видят клиенты; пусто — http://127.0.0.1:PORT.",
    )
    database_url: str = Field(
        "",
        description="Адрес внешнего PostgreSQL (postgresql://…); пусто — встроенная база.",
    )
    database_pool: int = Field(
        10, ge=2, le=200, description="Сколько соединений с базой держит один процесс."
    )
    secret_key: str = Field(
        "",
        description="Ключ шифрования персональных данных (32 байта, base64); "
        "пусто — создаётся в DATA_DIR/secret.key.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Подробность журнала."
    )
    log_format: Literal["console", "json"] = Field("console", description="Вид журнала.")

    @property
    def cache_folder(self) -> Path:
        """Where things are kept that any start can make again."""
        return (self.cache_dir or self.data_dir / "cache").resolve()

    @property
    def base_url(self) -> str:
        """Public address without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")
