"""One unit of work is one transaction; only this file commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.jobs import Job, JobQueue


class Unit:
    """An open transaction with what a service needs inside it."""

    def __init__(self, session: AsyncSession, cipher: Cipher, queue: JobQueue) -> None:
        self.session = session
        self.cipher = cipher
        self._queue = queue

    async def defer(self, job: Job, *, at: datetime | None = None) -> None:
        """Order a job; the order exists only if this transaction commits."""
        await self._queue.defer(await self.driver_connection(), job, at=at)

    async def notify(self, channel: str, payload: str) -> None:
        """Wake listeners after the commit; the table stays the truth."""
        await self.session.execute(
            text("select pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
        )

    async def driver_connection(self) -> AsyncConnection[Any]:
        """The psycopg connection under this transaction."""
        raw = await (await self.session.connection()).get_raw_connection()
        return cast("AsyncConnection[Any]", raw.driver_connection)


class Database:
    """Connections of one process: a session maker for services, a bare pool for the hot path.

    Args:
        url: `postgresql://…`.
        cipher: seals personal data.
        pool_size: connections of each of the two pools.
    """

    def __init__(self, url: str, cipher: Cipher, pool_size: int = 10) -> None:
        self.url = url
        self.cipher = cipher
        self.queue = JobQueue(url)
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged, and parameters are data of clients
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 2},
        )

    async def open(self) -> None:
        """Connect; call once when the process starts."""
        await self.pool.open()

    async def close(self) -> None:
        """Give all connections back."""
        await self.pool.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A transaction that commits when the block ends well and rolls back on any exception."""
        async with self._sessions() as session:
            unit = Unit(session, self.cipher, self.queue)
            async with session.begin():
                yield unit


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver that we use named."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
