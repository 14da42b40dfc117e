"""The settings of this process in plain words; secrets are never shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from insurance_chat.web.markup import Markup, join, tag

_SECRET = re.compile(r"key|password|secret|token", re.IGNORECASE)
_TITLES = {
    "core": "Основное",
    "files": "Хранилище файлов",
    "backups": "Резервные копии",
    "mail": "Почта",
    "accounts": "Сотрудники",
    "api": "Адреса и лимиты API",
    "handover": "Передача агенту",
    "memory": "Память о клиентах",
    "dialogue": "Разговор",
    "llm": "Языковая модель",
    "insurance": "Продажа",
    "osago": "ОСАГО",
    "polis_online": "Страховая система polis.online",
    "integrations": "Вебхуки",
    "knowledge": "База знаний",
    "sources": "Источники обновлений",
    "pull_away": "Контроль сообщений агентов",
    "channels": "Мессенджеры",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "instagram": "Instagram",
    "telegram_desk": "Агенты в Telegram",
    "voice": "Голос",
    "sandbox": "Учебные системы",
}


def configured(settings: object) -> Markup:
    """Every setting with its value now and the name by which it is changed.

    Args:
        settings: the composed settings; parts that are not settings classes are left out.
    """
    advice = tag(
        "p",
        "Настройка меняется строкой ",
        tag("code", "ИМЯ=значение"),
        " в файле ",
        tag("code", ".env"),
        " рядом с программой или переменной окружения. После этого перезапустите сервис.",
        class_="lead",
    )
    names = type(settings).model_fields if isinstance(settings, BaseModel) else vars(settings)
    parts = [(name, getattr(settings, name)) for name in names]
    blocks = [_part(name, part) for name, part in parts if isinstance(part, BaseSettings)]
    return join(advice, *blocks)


def _part(name: str, part: BaseSettings) -> Markup:
    prefix = str(part.model_config.get("env_prefix") or "")
    rows = [
        tag(
            "div",
            tag("dt", tag("code", f"{prefix}{field}".upper())),
            tag(
                "dd",
                tag("b", _value(field, getattr(part, field))),
                tag("p", info.description or ""),
            ),
        )
        for field, info in type(part).model_fields.items()
    ]
    return tag(
        "details",
        tag("summary", tag("b", _TITLES.get(name, name))),
        tag("dl", *rows, class_="details"),
        class_="branch",
    )


def _value(field: str, value: object) -> str:
    if value is None or value in ("", [], {}):
        return "не задано"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if _SECRET.search(field) and not isinstance(value, int | float):
        return "задано"
    shown = str(value)
    if "://" in shown:
        parts = urlsplit(shown)
        if parts.username or parts.password or parts.query:
            # An address may carry a log-in, and some services put a key into the query.
            shown = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"
    return shown
