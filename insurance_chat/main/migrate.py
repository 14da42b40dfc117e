"""Brings a database to the schema of this version; safe to run by many processes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import procrastinate
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from insurance_chat.core import db
from insurance_chat.core.db.unit import sqlalchemy_url

MIGRATIONS = Path(db.__file__).parent / "migrations"
LOCK_KEY = 7_412_001


def alembic_config(connection: Connection, metadata: Any = None) -> Config:
    """Alembic settings bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def migrate(database_url: str) -> None:
    """Apply all migrations and the job queue's schema.

    An advisory lock makes the second process wait for the first one instead of failing.

    Args:
        database_url: `postgresql://…` of the database to bring up to date.
    """
    engine = create_engine(sqlalchemy_url(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            try:
                _queue_schema(connection)
                command.upgrade(alembic_config(connection), "head")
                connection.commit()
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
