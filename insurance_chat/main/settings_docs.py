"""Builds the reference of settings from their classes, so that it cannot fall behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from insurance_chat.main.settings import Settings

_HEAD = """# Настройки

Настройки задаются переменными окружения или строками `ИМЯ=значение` в файле `.env` рядом с программой
(кодировка UTF-8). Переменная окружения важнее строки в `.env`. Ни одна настройка не обязательна: без
них сервис работает с учебными системами. Эту страницу пишет команда
`python -m insurance_chat docs settings`.
"""


_TITLES = {
    "core": "Основное",
    "core.mail": "Почта",
    "core.storage": "Хранилище файлов",
    "core.backups": "Резервные копии",
    "accounts": "Сотрудники",
    "conversations.memory": "Память о клиентах",
    "assistants": "Ассистенты",
    "channels": "Мессенджеры",
    "channels.telegram": "Telegram",
    "channels.whatsapp_cloud": "WhatsApp",
    "channels.instagram": "Instagram",
    "knowledge": "База знаний",
    "knowledge.sources": "Источники базы знаний",
    "dialogue": "Разговор",
    "llm": "Языковая модель",
    "voice": "Голос",
    "insurance": "Продажа",
    "insurance.osago": "ОСАГО",
    "insurance.providers.polis_online": "Страховая система polis.online",
    "integrations": "Вебхуки",
    "operators.pull_away": "Контроль сообщений агентов",
    "operators.telegram_desk": "Агенты в Telegram",
}


def setting_classes() -> Iterator[type[BaseSettings]]:
    """The settings class of every slice, in the order of composition."""
    for field in Settings.model_fields.values():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            yield kind


def environment_name(owner: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """The variable that sets a field, e.g. `SMTP_URL`."""
    alias = field.validation_alias
    prefix = owner.model_config.get("env_prefix", "")
    return (alias if isinstance(alias, str) else f"{prefix}{name}").upper()


def settings_page() -> str:
    """The whole page in Markdown."""
    parts = [_HEAD]
    for owner in setting_classes():
        parts.append(
            f"\n## {_title(owner)}\n\n| имя | по умолчанию | что значит |\n|---|---|---|\n"
        )
        for name, field in owner.model_fields.items():
            cells = (
                f"`{environment_name(owner, name, field)}`",
                _default(field),
                _cell(field.description or "") + _choices(field),
            )
            parts.append(f"| {' | '.join(cells)} |\n")
    return "".join(parts)


def _title(owner: type[BaseSettings]) -> str:
    module = owner.__module__.removeprefix("insurance_chat.").removesuffix(".settings")
    return _TITLES.get(module, module)


def _default(field: FieldInfo) -> str:
    value = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
    if value is PydanticUndefined:
        return "обязательна"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", [], {}, ()):
        return "пусто"
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{_cell(shown)}`"


def _choices(field: FieldInfo) -> str:
    options = [option for option in get_args(field.annotation) if isinstance(option, str)]
    return f" Варианты: {', '.join(f'`{option}`' for option in options)}." if options else ""


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
