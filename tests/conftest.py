"""One PostgreSQL for the whole run; every module gets a fresh database cloned from a template."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import structlog
from httpx._transports import default as transports
from sqlalchemy import make_url

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.db.unit import Database
from insurance_chat.main import models
from insurance_chat.main.migrate import migrate

TEMPLATE = "template_of_tests"
assert models.Base.metadata.tables  # every slice knows the tables that it refers to
# Trained once for all processes of a run and for the next runs.
os.environ.setdefault("CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "trained"))
LOOPBACK = (
    "127.",
    "::1",
    "localhost",
    "/",
    "\0",
)  # the last two: sockets of this machine, with a file and without


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """No test talks to the outside world."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else str(address)
        if not str(host).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _authorities_are_read_once() -> Iterator[None]:
    """Clients of HTTP share their TLS context: making one takes 20 ms, and there are thousands."""
    patch = pytest.MonkeyPatch()
    patch.setattr(transports, "create_ssl_context", cache(httpx.create_ssl_context))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """An expected failure is logged in a line or two: drawing its traceback costs more than the test."""
    processors = structlog.get_config()["processors"][:-1]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*processors, plain])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a real PostgreSQL; `TEST_DATABASE_URL` names another one.

    Its folder is not pytest's own: another run of pytest by root closes that to everybody else, the
    account of the database included.
    """
    outside = os.environ.get("TEST_DATABASE_URL")
    if outside:
        yield outside
        return
    with tempfile.TemporaryDirectory(prefix="insurance-chat-tests-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data", durable=False)
        url = server.start()
        yield url
        server.stop()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """A migrated database that others are cloned from."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {TEMPLATE} with (force)")
        connection.execute(f"create database {TEMPLATE}")
    migrate(_named(postgres_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """A fresh migrated database for one test module."""
    with cloned(postgres_url, template) as url:
        yield url


@contextmanager
def cloned(postgres_url: str, template: str) -> Iterator[str]:
    """A fresh migrated database, for as long as the block lasts."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    yield _named(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def cipher() -> Cipher:
    """A key for tests."""
    return Cipher([b"k" * 32])


@pytest.fixture(scope="module")
async def db(database_url: str, cipher: Cipher) -> AsyncIterator[Database]:
    """Connections to the module's database."""
    database = Database(database_url, cipher, pool_size=5)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def tenant_id(db: Database) -> int:
    """A tenant of the module's database."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"
