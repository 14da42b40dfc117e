"""Checks of the places where files and backups are kept, and of the last backup."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import psycopg

from insurance_chat.core.backups.repository import RunLog
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.storage import S3Settings, open_place, try_out
from insurance_chat.main.checks import Check
from insurance_chat.main.settings import Settings

LATE = timedelta(hours=26)


async def storage_checks(settings: Settings) -> list[Check]:
    """Files and backups can be written, read back and removed; the last backup is fresh.

    Args:
        settings: with a database address.
    """
    data = settings.core.data_dir
    files, copies, fresh = await asyncio.gather(
        asyncio.to_thread(_tried, "files", "Хранилище файлов", settings.files, data / "files"),
        asyncio.to_thread(
            _tried,
            "backup_storage",
            "Место для копий",
            settings.backups,
            settings.backups.folder or data / "backups",
        ),
        check_last_backup(settings),
    )
    return [files, copies, fresh]


def _tried(name: str, title: str, s3: S3Settings, folder: Path) -> Check:
    prefix = "FILES" if name == "files" else "BACKUP"
    advice = f"Проверьте настройки {prefix}_S3_…, ключ доступа и свободное место."
    try:
        place = open_place(s3, folder)
        try_out(place)
    except ServiceError as problem:
        return Check(name, title, False, name == "files", problem.message, advice)
    return Check(name, title, True, name == "files", place.title)


async def check_last_backup(settings: Settings) -> Check:
    """The last good backup is not older than a day and two hours; one cheap question."""
    title, core = "Резервная копия", settings.core
    if not settings.backups.daily:
        return Check("backup", title, True, False, "ежедневные копии выключены (BACKUP_DAILY)")
    try:
        last = await asyncio.to_thread(RunLog(core.database_url, "").last_good)
    except psycopg.Error:
        return Check("backup", title, True, False, "станет известно, когда ответит база данных")
    if last is None:
        words = f"ещё не было, первая — ночью после {settings.backups.hour}:00 по Москве"
        return Check("backup", title, True, False, words)
    words = f"последняя хорошая {last.astimezone(MOSCOW):%d.%m.%Y %H:%M}"
    advice = "Откройте страницу «Резервные копии»: там причина и кнопка «Создать сейчас»."
    return Check("backup", title, utcnow() - last <= LATE, False, words, advice)
