"""Jobs of backups."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job

LOCK = "backup"


class MakeBackup(Job):
    """Make a backup; a `daily` one is skipped when it has been made meanwhile.

    Args:
        trigger: `daily` or `manual`.
    """

    name: ClassVar[str] = "backups.make"
    trigger: str

    @override
    def lock(self) -> str:
        return LOCK


class VerifyBackup(Job):
    """Read a backup to its end."""

    name: ClassVar[str] = "backups.verify"
    backup: str

    @override
    def lock(self) -> str:
        return LOCK


class TellOfMissedBackup(Job):
    """Write to the administrators that there is no backup of a day.

    Args:
        day: of the Moscow calendar, `2026-11-21`.
    """

    name: ClassVar[str] = "backups.tell"
    day: str
