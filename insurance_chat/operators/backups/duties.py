"""The daily backup: begun at its hour, made up when missed, tried again, and told of when it fails."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog

from insurance_chat.accounts.repository import fetch_admin_logins, fetch_first_tenant
from insurance_chat.conversations import incidents
from insurance_chat.core.backups import repository as runs
from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.backups.schedule import alarming, last_due, wanted_now
from insurance_chat.core.backups.settings import BackupSettings
from insurance_chat.core.clock import MOSCOW, format_date, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.mail import MailMessage, MailSettings, recipients, send_mail
from insurance_chat.operators.backups.jobs import MakeBackup, TellOfMissedBackup
from insurance_chat.operators.backups.repository import fetch_installed_at

log = structlog.get_logger()
INCIDENT = "backup_failed"
Result = TypeVar("Result")
_NO_REASON = "Копирование не начиналось: сервис или обработчик очереди был выключен."


async def look_after(db: Database, settings: BackupSettings, now: datetime | None = None) -> None:
    """Order today's backup if it is due and raise the alarm if it is late.

    Args:
        now: the moment to decide for; the present when absent.
    """
    now = now or utcnow()
    async with db.unit() as unit:
        due = await _due(unit, settings, now)
        if due is None:
            return
        last_good, failures = await _history(unit, due)
        if wanted_now(now, due, last_good, failures):
            await unit.defer(MakeBackup(trigger="daily"))
        if alarming(now, due, last_good, failures):
            await _raise_alarm(unit, due)


async def _due(unit: Unit, settings: BackupSettings, now: datetime) -> datetime | None:
    """When today's backup should have begun; None while nothing can be missed yet."""
    installed = await fetch_installed_at(unit)
    due = last_due(now, settings.hour)
    if not settings.daily or installed is None or installed > due:
        return None
    return due


async def _history(unit: Unit, due: datetime) -> tuple[datetime | None, list[datetime]]:
    good = await runs.fetch_last_good(unit)
    return (good.started_at if good is not None else None), await runs.fetch_failures(unit, due)


async def make(db: Database, desk: BackupDesk, trigger: str, now: datetime | None = None) -> None:
    """Make a backup; what went wrong is in the history, and the duty tries again.

    Args:
        trigger: `daily` or `manual`.
        now: the moment to decide for; the present when absent.
    """
    if trigger == "daily":
        async with db.unit() as unit:
            due = await _due(unit, desk.settings, now or utcnow())
            last_good, _ = await _history(unit, due) if due is not None else (None, [])
        if due is None or (last_good is not None and last_good >= due):
            return
    await _told(lambda stop: desk.make(trigger, stop))


async def verify(desk: BackupDesk, backup: str) -> None:
    """Read a backup to its end; the result is in the history."""
    await _told(lambda stop: desk.verify(backup, "manual", stop))


async def _told(work: Callable[[threading.Event], object]) -> None:
    try:
        await in_thread(work)
    except ServiceError as problem:
        log.warning("backup_not_done", code=problem.code, reason=problem.message)


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """Run what blocks in a thread; when the process has to stop, ask it to break off."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(work, stop)
    except asyncio.CancelledError:
        stop.set()
        raise


async def _raise_alarm(unit: Unit, due: datetime) -> None:
    tenant_id = await fetch_first_tenant(unit)
    if tenant_id is None:
        return
    day = due.astimezone(MOSCOW).date()
    reason = await runs.fetch_last_error(unit) or _NO_REASON
    words = f"Резервная копия за {format_date(day)} не сделана. {reason}"
    key = f"backup:{day.isoformat()}"
    told = await incidents.create(
        unit, tenant_id, None, None, INCIDENT, {"text": words}, "system", key=key
    )
    if told is not None:
        await unit.defer(TellOfMissedBackup(day=day.isoformat()))


async def tell(
    db: Database, settings: BackupSettings, mail: MailSettings, base_url: str, day: str
) -> None:
    """Write to the administrators; without a mail server the alarm in the panel is all there is.

    Args:
        base_url: address of the service, for a link.
        day: of the backup that is missing, `2026-11-21`.

    Raises:
        ServiceError: `mail_unavailable` and others; the job is tried again.
    """
    async with db.unit() as unit:
        tenant_id = await fetch_first_tenant(unit)
        logins = await fetch_admin_logins(unit, tenant_id) if tenant_id is not None else []
        reason = await runs.fetch_last_error(unit) or _NO_REASON
    if not mail.smtp_url:
        return
    shown = format_date(datetime.fromisoformat(day).date())
    text = (
        f"Резервная копия за {shown} не сделана.\n\nПричина: {reason}\n\n"
        "Что делать: откройте страницу «Резервные копии», исправьте причину и нажмите «Создать "
        f"сейчас»: {base_url}/staff/admin/backups\n\nСервис продолжает пробовать сам, раз в час."
    )
    for address in recipients(settings.alert_email, logins):
        own = hashlib.sha256(f"{day}:{address}".encode()).hexdigest()[:24]
        letter = MailMessage(
            address, f"Нет резервной копии за {shown}", text, f"<backup-{own}@insurance-chat>"
        )
        await send_mail(mail, letter)
