"""A database of the first version becomes one of today with everything that was in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from insurance_chat.core.db.unit import sqlalchemy_url
from insurance_chat.core.errors import ServiceError
from insurance_chat.main.migrate import alembic_config, migrate

FIRST = "0001"
ROWS = 2
Kept = dict[str, list[dict[str, Any]]]


@pytest.fixture
def first_version(postgres_url: str) -> Iterator[str]:
    """Address of a database at the first revision."""
    name = f"first_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    engine = sa.create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), FIRST)
        connection.commit()
    engine.dispose()
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


def _value(column: sa.Column[Any], number: int) -> Any:
    """A value that a column takes, another one for each row."""
    kind = column.type
    values: tuple[tuple[type, Any], ...] = (
        (sa.Uuid, UUID(int=number + 1)),
        (sa.Boolean, False),
        (sa.DateTime, datetime(2026, 1, 1 + number, tzinfo=UTC)),
        (sa.Date, datetime(2026, 1, 1 + number, tzinfo=UTC).date()),
        (sa.Time, datetime(2026, 1, 1, number, tzinfo=UTC).time()),
        (sa.Float, number + 0.5),
        (sa.Numeric, Decimal(number + 1)),
        (sa.Integer, number + 1),
        (sa.LargeBinary, f"sealed {number}".encode()),
        (JSONB, {"row": number}),
        (sa.JSON, {"row": number}),
        (ARRAY, []),
        (sa.String, f"{number}"),
    )
    return next(value for known, value in values if isinstance(kind, known))


def _fill(url: str) -> Kept:
    """Put rows into every table of ours and say what is in them."""
    engine = sa.create_engine(sqlalchemy_url(url))
    tables = sa.MetaData()
    kept: Kept = {}
    with engine.begin() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            for number in range(ROWS):
                row = {
                    column.name: _value(column, number)
                    for column in table.columns
                    if (not column.nullable or column.foreign_keys)
                    and column.server_default is None
                    and column.identity is None
                    and not any(key.column.table is table for key in column.foreign_keys)
                }
                connection.execute(table.insert().values(row))
            kept[table.name] = _rows(connection, table)
    engine.dispose()
    return kept


def _rows(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    order = list(table.primary_key.columns)
    return [dict(row) for row in connection.execute(table.select().order_by(*order)).mappings()]


def _now(url: str) -> tuple[str, Kept]:
    engine = sa.create_engine(sqlalchemy_url(url))
    tables = sa.MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        version = connection.execute(sa.text("select version_num from alembic_version")).scalar()
        found = {table.name: _rows(connection, table) for table in tables.sorted_tables}
    engine.dispose()
    return str(version), found


def _head() -> str:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    engine.dispose()
    return str(head)


def _check_kept(before: Kept, after: Kept) -> None:
    for table, rows in before.items():
        shared = [
            {name: value for name, value in row.items() if name in old}
            for row, old in zip(after[table], rows, strict=True)
        ]
        assert shared == rows, table


def test_nothing_is_lost_on_the_way_to_todays_version(first_version: str) -> None:
    before = _fill(first_version)
    assert {"tenants", "users", "conversations", "policies"} <= before.keys()
    assert all(len(rows) == ROWS for rows in before.values())
    migrate(first_version)
    version, after = _now(first_version)
    assert version == _head()
    _check_kept(before, after)
    migrate(first_version)  # the second time nothing is left to do
    assert _now(first_version) == (version, after)


def test_a_lock_that_is_not_given_back_ends_the_upgrade_and_loses_nothing(
    first_version: str,
) -> None:
    before = _fill(first_version)
    with psycopg.connect(first_version) as reader:
        reader.execute("lock table tenants in access exclusive mode")
        with pytest.raises(ServiceError, match="database_busy"):
            migrate(first_version, lock_seconds=0.1)
        reader.rollback()
    migrate(first_version, lock_seconds=30)
    version, after = _now(first_version)
    assert version == _head()
    _check_kept(before, after)


def test_every_migration_gives_up_waiting_not_only_the_first(first_version: str) -> None:
    with psycopg.connect(first_version) as reader:
        # One who only reads the table that the third migration changes.
        reader.execute("select count(*) from kb_documents")
        with pytest.raises(ServiceError, match="database_busy"):
            migrate(first_version, lock_seconds=0.1)
        reader.rollback()
    assert _now(first_version)[0] == "0002"  # what could be done is done
    migrate(first_version, lock_seconds=30)
    assert _now(first_version)[0] == _head()


def test_a_database_whose_user_may_not_install_pgvector_is_told_what_to_do(
    first_version: str,
) -> None:
    user = f"limited_{uuid4().hex[:12]}"
    with psycopg.connect(first_version, autocommit=True) as owner:
        owner.execute("drop extension if exists vector")
        owner.execute(f"create role {user} login password 'x'")
        for kind in ("table", "sequence"):
            owner.execute(f"grant all on all {kind}s in schema public to {user}")
        owner.execute(f"grant all on schema public to {user}")
        owned = owner.execute(
            "select format('%s %I', case relkind when 'S' then 'sequence' else 'table' end, relname)"
            " from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')"
            " and not exists (select from pg_depend where objid = pg_class.oid"
            " and deptype in ('a', 'i') and relkind = 'S')"
        ).fetchall()
        for (name,) in owned:
            owner.execute(f"alter {name} owner to {user}")
    url = sa.make_url(first_version).set(username=user, password="x")
    with pytest.raises(ServiceError, match="database_without_vector"):
        migrate(url.render_as_string(hide_password=False))
    with psycopg.connect(first_version, autocommit=True) as owner:
        owner.execute("create extension vector")
    migrate(url.render_as_string(hide_password=False))
    assert _now(first_version)[0] == _head()
    with psycopg.connect(first_version, autocommit=True) as owner:
        owner.execute(f"drop owned by {user}")
        owner.execute(f"drop role {user}")
