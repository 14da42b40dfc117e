"""Brings a database to the schema of this version; safe to run by many processes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import procrastinate
from alembic import command
from alembic.config import Config
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege, LockNotAvailable
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from insurance_chat.core import db
from insurance_chat.core.db.unit import sqlalchemy_url
from insurance_chat.core.errors import unavailable

MIGRATIONS = Path(db.__file__).parent / "migrations"
LOCK_KEY = 7_412_001
LOCK_SECONDS = 10.0
BUSY = (
    "База данных занята, поэтому обновить её не удалось; данные целы. Остановите другие копии "
    "сервиса и долгие запросы к базе и запустите снова."
)
NO_VECTOR = (
    "В PostgreSQL нет расширения pgvector, поэтому обновить базу не удалось; данные целы. Установите "
    "pgvector 0.8 или новее и от имени администратора базы выполните в ней "
    "«create extension vector», затем запустите снова."
)


def alembic_config(
    connection: Connection, metadata: Any = None, lock_seconds: float = LOCK_SECONDS
) -> Config:
    """Alembic settings bound to an open connection.

    Args:
        metadata: tables that the database is compared with.
        lock_seconds: how long one statement of a migration waits for a lock.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    config.attributes["lock_seconds"] = lock_seconds
    return config


def migrate(database_url: str, lock_seconds: float = LOCK_SECONDS) -> None:
    """Apply all migrations and the job queue's schema.

    An advisory lock makes the second process wait for the first one instead of failing.

    Args:
        database_url: `postgresql://…` of the database to bring up to date.
        lock_seconds: how long one statement waits for a table that somebody else uses; everybody who
            comes later waits behind it.

    Raises:
        ServiceError: `database_busy` when a table stayed in use; what was applied before stays, and
            the next call goes on from there. `database_without_vector` when pgvector is neither
            installed nor may be installed by this user.
    """
    engine = create_engine(sqlalchemy_url(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            try:
                _queue_schema(connection)
                command.upgrade(alembic_config(connection, lock_seconds=lock_seconds), "head")
                connection.commit()
            except OperationalError as problem:
                if isinstance(problem.orig, LockNotAvailable):
                    raise unavailable("database_busy", BUSY) from problem
                raise
            except DBAPIError as problem:
                absent = isinstance(problem.orig, FeatureNotSupported | InsufficientPrivilege)
                if absent and "extension" in str(problem.orig):
                    raise unavailable("database_without_vector", NO_VECTOR) from problem
                raise
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
    finally:
        engine.dispose()


def _queue_schema(connection: Connection) -> None:
    # Applying the queue's schema twice raises, so look first.
    known = connection.execute(text("select to_regclass('procrastinate_jobs')")).scalar()
    if known is None:
        schema = procrastinate.schema.SchemaManager.get_schema()
        connection.exec_driver_sql(schema.replace("%", "%%"))
    connection.commit()
