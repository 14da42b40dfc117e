"""A real database and a real, misbehaving HTTP receiver on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import procrastinate
import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine

from insurance_chat.accounts.models import Tenant
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database, sqlalchemy_url
from insurance_chat.core.principal import Principal, Role
from insurance_chat.integrations import models
from insurance_chat.integrations.settings import IntegrationSettings

TABLES = (Tenant, models.DomainEvent, models.WebhookSubscription, models.WebhookDelivery)


@pytest.fixture(scope="session")
def integrations_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a database of this folder with the tables of this slice and the job queue."""
    folder: Path = tmp_path_factory.mktemp("integrations-db")
    server = EmbeddedPostgres(folder, durable=False)
    url = server.start()
    engine = create_engine(sqlalchemy_url(url))
    Base.metadata.create_all(engine, tables=[model.__table__ for model in TABLES])
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(procrastinate.schema.SchemaManager.get_schema())
    yield url
    server.stop()


@pytest.fixture
async def db(integrations_url: str) -> AsyncIterator[Database]:
    """A database with one tenant, id 1, and nothing else."""
    database = Database(integrations_url, Cipher([b"k" * 32]), pool_size=4)
    await database.open()
    async with database.pool.connection() as connection:
        await connection.execute(
            "truncate tenants, domain_events, webhook_subscriptions, webhook_deliveries,"
            " procrastinate_jobs restart identity cascade"
        )
        await connection.execute("insert into tenants (name, slug) values ('A', 'a'), ('B', 'b')")
    yield database
    await database.close()


@dataclass
class Services:
    """What the handlers get in production from the process."""

    db: Database
    http: httpx.AsyncClient
    integrations: IntegrationSettings


@pytest.fixture
async def services(db: Database) -> AsyncIterator[Services]:
    """Services of a worker that may call loopback."""
    settings = IntegrationSettings(
        webhook_allow_private_addresses=True, webhook_timeout_seconds=2
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Services(db, http, settings)


@pytest.fixture
def admin() -> Principal:
    """The administrator of tenant 1."""
    return Principal(tenant_id=1, role=Role.ADMIN, user_public_id="u-1")


@dataclass
class Look:
    """Plain reads of the tables, and a way to move time."""

    db: Database

    async def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a plain query."""
        async with self.db.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(sql.encode())
            return await cursor.fetchall() if cursor.description else []

    async def deliveries(self) -> list[dict[str, Any]]:
        """All deliveries with the wait until the next attempt, seconds."""
        return await self.query(
            "select *, extract(epoch from next_attempt_at - now())::float as wait"
            " from webhook_deliveries order by id"
        )

    async def let_time_pass(self) -> None:
        """Make every waiting delivery due now."""
        await self.query("update webhook_deliveries set next_attempt_at = now()")


@pytest.fixture
def look(db: Database) -> Look:
    """Reads of the tables behind the service."""
    return Look(db)


@dataclass
class Received:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server that answers as told: a status, `drop`, `hang` or `endless`."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Address for a subscription."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append(Received(head[0].split()[1], headers, body))
            await self._answer(writer, self.answers.pop(0) if self.answers else 200)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, answer: int | str) -> None:
        if answer == "drop":
            return
        if answer == "hang":
            await self.released.wait()
            return
        if answer == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n" + b"x" * 65536)
            await writer.drain()
            await self.released.wait()
            return
        writer.write(
            f"HTTP/1.1 {answer} X\r\nLocation: {self.url}/elsewhere\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
        await writer.drain()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A running receiver."""
    it = Receiver()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0)
    it.port = server.sockets[0].getsockname()[1]
    async with server:
        yield it
        it.released.set()
