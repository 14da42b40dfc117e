"""Takes the knowledge base back from a backup while the service goes on working.

Rows of the backup are loaded into temporary tables first; then one transaction makes the real tables
equal to them. A document that is newer than the backup is not dropped but deleted as an administrator
deletes it, so that its history stays. Every document gets a new revision, and every process indexes
it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from insurance_chat.knowledge.index import CHANNEL

DOCUMENTS, REVISIONS = "kb_documents", "kb_revisions"
# Uploads on their way and open questions are work of the moment, not knowledge; vectors follow their
# passages by themselves.
LEFT_ALONE = frozenset(
    {
        "kb_uploads",
        "kb_unanswered",
        "kb_vectors",
        "kb_vector_orders",
        "update_sources",
        "update_items",
        "update_events",
    }
)

Connection = psycopg.Connection[Any]


def stage(connection: Connection, table: str) -> None:
    """Make an empty temporary copy of a table, with the defaults of columns that a backup lacks."""
    connection.execute(
        sql.SQL("create temporary table {} (like {} including defaults)").format(
            _staged(table), _real(table)
        )
    )


def fill(connection: Connection, table: str, columns: Sequence[str], rows: Iterator[bytes]) -> None:
    """Copy rows, in the text form of `COPY`, into the temporary table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("copy {} ({}) from stdin").format(_staged(table), names)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for row in rows:
            copy.write(row)


def file_keys(connection: Connection, tables: Sequence[str]) -> Collection[str]:
    """Keys of all files that the staged rows name, in whatever column called `…file_key`."""
    keys: set[str] = set()
    for table in tables:
        for column in _columns(connection, table):
            if column.endswith("file_key"):
                query = sql.SQL("select distinct {} from {} where {} is not null").format(
                    sql.Identifier(column), _staged(table), sql.Identifier(column)
                )
                keys.update(row[0] for row in connection.execute(query))
    return keys


def apply(connection: Connection, tables: Sequence[str]) -> int:
    """Make the tables what the staged rows are; call inside a transaction.

    Args:
        tables: those that were staged, parents first.

    Returns:
        How many documents the backup has.
    """
    connection.execute("set local lock_timeout = '30s'")
    locked = sql.SQL(", ").join(map(_real, tables))
    connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(locked))
    for table in reversed(tables):
        if table not in (DOCUMENTS, REVISIONS):
            _drop_newer(connection, table)
    connection.execute(
        sql.SQL(
            "update {documents} set status = 'deleted', deleted_at = now()"
            " where status <> 'deleted' and id not in (select id from {staged})"
        ).format(documents=_real(DOCUMENTS), staged=_staged(DOCUMENTS))
    )
    for table in tables:
        if table != REVISIONS:
            _bring_back(connection, table)
    return _new_revision(connection)


def _drop_newer(connection: Connection, table: str) -> None:
    key = _key(connection, table)
    same = sql.SQL(" and ").join(
        sql.SQL("staged.{0} = kept.{0}").format(sql.Identifier(name)) for name in key
    )
    connection.execute(
        sql.SQL("delete from {} kept where not exists (select from {} staged where {})").format(
            _real(table), _staged(table), same
        )
    )


def _bring_back(connection: Connection, table: str) -> None:
    key, columns = _key(connection, table), _columns(connection, table)
    changes = [
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in columns
        if name not in key
    ]
    action = sql.SQL("do update set ") + sql.SQL(", ").join(changes)
    connection.execute(
        sql.SQL("insert into {} ({}) select {} from {} on conflict ({}) {}").format(
            _real(table),
            _names(columns),
            _names(columns),
            _staged(table),
            _names(key),
            action if changes else sql.SQL("do nothing"),
        )
    )
    if "id" in key:
        connection.execute(
            sql.SQL(
                "select setval(own, greatest((select max(id) from {}), pg_sequence_last_value(own), 1))"
                " from (select pg_get_serial_sequence({}, 'id')::regclass own) found"
                " where own is not null"
            ).format(_real(table), sql.Literal(f"public.{table}"))
        )


def _new_revision(connection: Connection) -> int:
    connection.execute(
        sql.SQL(
            "insert into {0} (tenant_id, revision) select distinct tenant_id, 1 from {1}"
            " on conflict (tenant_id) do update set revision = {0}.revision + 1"
        ).format(sql.Identifier(REVISIONS), sql.Identifier(DOCUMENTS))
    )
    connection.execute(
        sql.SQL(
            "update {documents} set revision = counted.revision from {revisions} counted"
            " where counted.tenant_id = {documents}.tenant_id"
        ).format(documents=sql.Identifier(DOCUMENTS), revisions=sql.Identifier(REVISIONS))
    )
    connection.execute("select pg_notify(%s, '')", (CHANNEL,))
    row = connection.execute(
        sql.SQL("select count(*) from {} where status <> 'deleted'").format(_staged(DOCUMENTS))
    ).fetchone()
    return int(row[0]) if row else 0


def _key(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "select attname from pg_index join pg_attribute on attrelid = indrelid"
        " and attnum = any(indkey) where indisprimary and indrelid = %s::regclass",
        (f"public.{table}",),
    )
    return [row[0] for row in rows]


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
        " and not attisdropped and attgenerated = '' order by attnum",
        (f"public.{table}",),
    )
    return [row[0] for row in rows]


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _real(table: str) -> sql.Identifier:
    return sql.Identifier("public", table)


def _staged(table: str) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"staged_{table}")
