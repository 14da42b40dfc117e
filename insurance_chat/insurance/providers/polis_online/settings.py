"""Settings of the client of polis.online."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SANDBOX_LOGIN = "insurance-chat"
SANDBOX_PASSWORD = "sandbox-only-password"  # noqa: S105
SANDBOX_WEBHOOK_SECRET = "sandbox-only-webhook-secret"  # noqa: S105


class PolisOnlineSettings(BaseSettings):
    """Where the aggregator is and who we are there."""

    model_config = SettingsConfigDict(
        env_prefix="POLIS_ONLINE_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    enabled: bool = Field(
        True, description="Продавать через polis.online; false — оформление онлайн выключено."
    )
    url: str = Field("", description="Адрес агрегатора polis.online; пусто — встроенная песочница.")
    login: str = Field("", description="Логин партнёра в polis.online.")
    password: SecretStr = Field(SecretStr(""), description="Пароль партнёра в polis.online.")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Секрет, которым polis.online подписывает уведомления."
    )
    timeout_seconds: float = Field(
        20.0, gt=0, le=120, description="Сколько секунд ждать один ответ polis.online."
    )
    auto_register: bool = Field(
        False,
        description="Регистрировать партнёра самим, если его ещё нет; нужно только песочнице.",
    )

    def for_sandbox(self, url: str) -> PolisOnlineSettings:
        """The same settings aimed at our sandbox, with an account that registers itself.

        Args:
            url: root of the sandbox, e.g. `http://127.0.0.1:8000/sandbox`.
        """
        return self.model_copy(
            update={
                "url": url,
                "login": self.login or SANDBOX_LOGIN,
                "password": SecretStr(self.password.get_secret_value() or SANDBOX_PASSWORD),
                "webhook_secret": SecretStr(
                    self.webhook_secret.get_secret_value() or SANDBOX_WEBHOOK_SECRET
                ),
                "auto_register": True,
            }
        )
