"""Handlers of backups and their periodic duty."""

from __future__ import annotations

from typing import Any

from insurance_chat.core.jobs import handles, periodic
from insurance_chat.operators.backups import duties
from insurance_chat.operators.backups.jobs import MakeBackup, TellOfMissedBackup, VerifyBackup


@periodic("backups.daily", "*/10 * * * *")
async def daily(services: Any) -> None:
    """See whether today's backup is due or late."""
    await duties.look_after(services.db, services.backups.settings)


@handles(MakeBackup, attempts=1)
async def make(job: MakeBackup, services: Any) -> None:
    """Make a backup."""
    await duties.make(services.db, services.backups, job.trigger)


@handles(VerifyBackup, attempts=1)
async def verify(job: VerifyBackup, services: Any) -> None:
    """Verify a backup."""
    await duties.verify(services.backups, job.backup)


@handles(TellOfMissedBackup, wait_seconds=30)
async def tell(job: TellOfMissedBackup, services: Any) -> None:
    """Write to the administrators."""
    base_url = services.settings.core.base_url
    await duties.tell(services.db, services.backups.settings, services.mail, base_url, job.day)
