"""What the administrator sees of backups and may order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.core.backups import repository as runs
from insurance_chat.core.backups.models import BackupRun
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.operators.backups.jobs import MakeBackup, VerifyBackup

SHOWN = 100


@dataclass(frozen=True, slots=True)
class RunView:
    """One attempt; see `BackupRun` for the values."""

    kind: str
    trigger: str
    status: str
    name: str | None
    size: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """The last attempts.

    Args:
        last_good: the last backup that was written and verified.
        running: what is under way.
        verified: when each backup was last read to its end, by name; making one does that too.
        runs: newest first.
    """

    last_good: RunView | None
    running: RunView | None
    verified: dict[str, datetime]
    runs: list[RunView]


async def history(unit: Unit, principal: Principal) -> History:
    """What happened to backups lately.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_BACKUPS)
    good, running = await runs.fetch_last_good(unit), await runs.fetch_running(unit)
    found = [_view(run) for run in await runs.fetch_runs(unit, SHOWN)]
    verified: dict[str, datetime] = {}
    for run in found:
        if run.status == "ok" and run.name and run.finished_at and run.kind in ("backup", "verify"):
            verified.setdefault(run.name, run.finished_at)
    return History(
        _view(good) if good is not None else None,
        _view(running) if running is not None else None,
        verified,
        found,
    )


async def order(unit: Unit, principal: Principal) -> None:
    """Have a backup made now by the queue.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_BACKUPS)
    await unit.defer(MakeBackup(trigger="manual"))
    await audit.record(unit, principal, "backup.ordered", "backup:")


async def order_check(unit: Unit, principal: Principal, backup: str) -> None:
    """Have a backup read to its end by the queue.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_BACKUPS)
    await unit.defer(VerifyBackup(backup=backup))
    await audit.record(unit, principal, "backup.checked", f"backup:{backup}")


def _view(run: BackupRun) -> RunView:
    return RunView(
        run.kind,
        run.trigger,
        run.status,
        run.name,
        run.size,
        run.error,
        run.started_at,
        run.finished_at,
    )
