"""Looks at a database from outside: does it answer, is its schema current, does the queue move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

_QUEUE = """
select count(*) filter (where jobs.status = 'doing' and (workers.id is null
           or workers.last_heartbeat < now() - interval '60 seconds')),
       count(*) filter (where jobs.status = 'todo'
           and (jobs.scheduled_at is null or jobs.scheduled_at <= now())),
       count(*) filter (where jobs.status = 'failed'),
       extract(epoch from now() - (select max(last_heartbeat) from procrastinate_workers))
from procrastinate_jobs jobs left join procrastinate_workers workers on workers.id = jobs.worker_id
"""


@dataclass(frozen=True)
class QueueState:
    """Numbers of the job queue.

    Args:
        stuck: jobs taken by a worker that has been silent for a minute.
        waiting: jobs that could run now.
        failed: jobs that gave up.
        heartbeat_seconds: since the last sign of life of any worker; None when there is none.
    """

    stuck: int
    waiting: int
    failed: int
    heartbeat_seconds: float | None


@dataclass(frozen=True)
class DatabaseState:
    """What a database says about itself.

    Args:
        version: major version of PostgreSQL.
        vector: the extension pgvector is installed in it or can be.
        revision: the migration that it stands at; None before the first one.
        queue: numbers of the queue; None when its tables are missing.
    """

    version: int
    vector: bool
    revision: str | None
    queue: QueueState | None


async def probe(database_url: str, timeout_seconds: int = 5) -> DatabaseState:
    """Connect and look; nothing is changed.

    Args:
        database_url: `postgresql://…`.
        timeout_seconds: how long to wait for the connection.

    Raises:
        psycopg.Error: the database does not answer or refuses.
    """
    async with await psycopg.AsyncConnection.connect(
        database_url.replace("postgresql+psycopg://", "postgresql://"),
        autocommit=True,
        connect_timeout=timeout_seconds,
    ) as connection:
        version = connection.info.server_version // 10_000
        vector = await _one(
            connection, "select exists (select from pg_available_extensions where name = 'vector')"
        )
        revision = None
        if await _one(connection, "select to_regclass('alembic_version') is not null"):
            revision = await _one(connection, "select max(version_num) from alembic_version")
        queue = None
        if await _one(connection, "select to_regclass('procrastinate_workers') is not null"):
            row = await (await connection.execute(_QUEUE)).fetchone()
            stuck, waiting, failed, heartbeat = row or (0, 0, 0, None)
            silence = None if heartbeat is None else float(heartbeat)
            queue = QueueState(stuck, waiting, failed, silence)
        return DatabaseState(version, bool(vector), revision, queue)


async def _one(connection: psycopg.AsyncConnection, query: LiteralString) -> Any:
    row = await (await connection.execute(query)).fetchone()
    return row[0] if row else None
