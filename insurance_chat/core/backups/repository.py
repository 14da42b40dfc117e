"""SQL of backups: the history, the lock, what a database holds before it is overwritten.

Making and restoring block for minutes in a thread of their own, so they use short connections of
their own; the page reads the history in its Unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import select

from insurance_chat.core.backups.models import BackupRun
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError

LOCK_KEY = 7_412_002
BROKEN_OFF = "Прервано: сервис остановили или он был завершён."


@dataclass(frozen=True, slots=True)
class Target:
    """What a database is like before a restore.

    Args:
        tables: how many it has.
        others: connections of other programs.
    """

    tables: int
    others: int


class RunLog:
    """The history of one installation, written from the thread that does the work.

    Args:
        url: `postgresql://…`.
        place: where the backups go, for people.
    """

    def __init__(self, url: str, place: str) -> None:
        self._url = url
        self._place = place[:300]

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Hold the lock of backups; it ends with the process, on whatever machine that runs.

        Attempts that a killed process left open are closed.

        Raises:
            ServiceError: `backup_busy`.
        """
        with self._connection() as connection:
            row = connection.execute("select pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
            if row is None or not row[0]:
                raise ServiceError(
                    "backup_busy", Kind.CONFLICT, "Сейчас уже идёт работа с резервной копией."
                )
            if self._known(connection):
                connection.execute(
                    "update backup_runs set status = 'failed', finished_at = now(), error = %s"
                    " where status = 'running'",
                    (BROKEN_OFF,),
                )
            try:
                yield
            finally:
                # Closing would free it too, but only once the server has noticed, and the next
                # attempt may be quicker. A connection that is gone has let go by itself.
                with suppress(psycopg.Error):
                    connection.execute("select pg_advisory_unlock(%s)", (LOCK_KEY,))

    def begin(self, kind: str, trigger: str, name: str | None) -> int:
        """Write down that an attempt begins; returns its id."""
        with self._connection() as connection:
            row = connection.execute(
                "insert into backup_runs (kind, trigger, name, place)"
                " values (%s, %s, %s, %s) returning id",
                (kind, trigger, name, self._place),
            ).fetchone()
        assert row is not None
        return int(row[0])

    def end(
        self,
        run: int,
        *,
        size: int | None = None,
        name: str | None = None,
        error: str | None = None,
    ) -> None:
        """Write down how it ended; an error means that it failed."""
        with self._connection() as connection:
            connection.execute(
                "update backup_runs set status = %s, finished_at = now(), size = %s, error = %s,"
                " name = coalesce(%s, name) where id = %s",
                ("failed" if error else "ok", size, error[:600] if error else None, name, run),
            )

    def note_restored(self, name: str, size: int, *, whole: bool) -> None:
        """Write down that a backup was restored.

        Args:
            whole: the history came back too; it knows this backup as one still being written.
        """
        with self._connection() as connection, connection.transaction():
            if whole:
                connection.execute(
                    "update backup_runs set status = 'ok', finished_at = now(), name = %s, size = %s"
                    " where kind = 'backup' and status = 'running'",
                    (name, size),
                )
            connection.execute(
                "insert into backup_runs (kind, trigger, name, place, status, size, finished_at)"
                " values ('restore', 'command', %s, %s, 'ok', %s, now())",
                (name, self._place, size),
            )

    def revision(self) -> str:
        """The migration that the database stands at."""
        with self._connection() as connection:
            row = connection.execute("select max(version_num) from alembic_version").fetchone()
        return str(row[0]) if row else ""

    def database_bytes(self) -> int:
        """Size of the database on its disk."""
        with self._connection() as connection:
            row = connection.execute("select pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def last_size(self) -> int | None:
        """Bytes of the last good backup."""
        with self._connection() as connection:
            row = connection.execute(
                "select size from backup_runs where kind = 'backup' and status = 'ok'"
                " order by id desc limit 1"
            ).fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def last_good(self) -> datetime | None:
        """When the last good backup began; None also before the tables exist."""
        with self._connection() as connection:
            if not self._known(connection):
                return None
            row = connection.execute(
                "select max(started_at) from backup_runs where kind = 'backup' and status = 'ok'"
            ).fetchone()
        return row[0] if row else None

    def target(self) -> Target:
        """Look at a database that a backup is to be restored into."""
        with self._connection() as connection:
            tables = connection.execute(
                "select count(*) from pg_tables where schemaname = 'public'"
            ).fetchone()
            others = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and backend_type = 'client backend'"
            ).fetchone()
        return Target(int(tables[0]) if tables else 0, int(others[0]) if others else 0)

    @staticmethod
    def _known(connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("select to_regclass('backup_runs') is not null").fetchone()
        return bool(row and row[0])

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=10) as connection:
            yield connection


async def fetch_runs(unit: Unit, limit: int) -> list[BackupRun]:
    """The last attempts of all kinds, newest first."""
    rows = await unit.session.scalars(select(BackupRun).order_by(BackupRun.id.desc()).limit(limit))
    return list(rows)


async def fetch_running(unit: Unit) -> BackupRun | None:
    """The attempt that is under way, if any."""
    return await unit.session.scalar(
        select(BackupRun)
        .where(BackupRun.status == "running")
        .order_by(BackupRun.id.desc())
        .limit(1)
    )


async def fetch_last_good(unit: Unit) -> BackupRun | None:
    """The last backup that was written and verified."""
    return await unit.session.scalar(
        select(BackupRun)
        .where(BackupRun.kind == "backup", BackupRun.status == "ok")
        .order_by(BackupRun.started_at.desc())
        .limit(1)
    )


async def fetch_failures(unit: Unit, since: datetime) -> list[datetime]:
    """When the tries of a backup since then failed."""
    rows = await unit.session.scalars(
        select(BackupRun.finished_at).where(
            BackupRun.kind == "backup",
            BackupRun.status == "failed",
            BackupRun.started_at >= since,
            BackupRun.finished_at.is_not(None),
        )
    )
    return [moment for moment in rows if moment is not None]


async def fetch_last_error(unit: Unit) -> str:
    """Why the last backup failed; empty when it did not."""
    run = await unit.session.scalar(
        select(BackupRun).where(BackupRun.kind == "backup").order_by(BackupRun.id.desc()).limit(1)
    )
    return run.error or "" if run is not None and run.status == "failed" else ""
