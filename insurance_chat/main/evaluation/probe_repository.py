"""Looking into the database of an evaluation, and changing it behind the product's back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from insurance_chat.core.db.unit import Database


def create_database(server_url: str, name: str) -> str:
    """An empty database on a server; returns its address.

    Args:
        server_url: `postgresql://` address of any database there.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


class Probe:
    """Plain statements over the database of one evaluated service.

    Args:
        db: of the service.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds."""
        async with self._db.pool.connection() as connection:
            cursor = await connection.execute(sql, values)
            return list(await cursor.fetchall())

    async def change(self, sql: str, *values: Any) -> None:
        """Do a statement."""
        async with self._db.pool.connection() as connection:
            await connection.execute(sql, values)

    async def add_tenant(self, slug: str) -> int:
        """A company of its own; returns its inner key."""
        found = await self.rows(
            "insert into tenants (name, slug) values ('Проверка', %s) returning id", slug
        )
        return int(found[0][0])
