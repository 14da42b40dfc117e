"""Statements about what came in: stored once, read in order, wiped after some days."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from insurance_chat.channels.ports import RawUpdate
from insurance_chat.channels.types import UPDATES, StoredUpdate
from insurance_chat.core.crypto import Cipher

MOST_AT_ONCE = 100
LONGEST_KEY = 200


def chat_hash(cipher: Cipher, connection_id: int, chat: str) -> str:
    """Keyed name of a chat: a WhatsApp chat is a phone, which is never stored readable."""
    return cipher.lookup(f"{connection_id}:{chat}") if chat else ""


@lru_cache(maxsize=MOST_AT_ONCE)
def _store_sql(count: int) -> str:
    rows = ", ".join(
        f"(%(tenant)s, %(connection)s, %(key{n})s, %(chat{n})s, %(place{n})s, %(body{n})s)"
        for n in range(count)
    )
    return f"""
with fresh as (
  insert into channel_updates (tenant_id, connection_id, key, chat_hash, place, body)
  values {rows} on conflict (connection_id, key) do nothing returning connection_id
), told as (select distinct connection_id from fresh)
select count(*), (select pg_notify('{UPDATES}', connection_id::text) from told) from fresh"""


async def store_updates(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    tenant_id: int,
    connection_id: int,
    updates: Sequence[RawUpdate],
) -> int:
    """Keep updates that were not kept before and wake the reader; returns how many were new."""
    new = 0
    for first in range(0, len(updates), MOST_AT_ONCE):
        some = updates[first : first + MOST_AT_ONCE]
        values: dict[str, Any] = {"tenant": tenant_id, "connection": connection_id}
        for n, update in enumerate(some):
            values |= {
                f"key{n}": update.key[:LONGEST_KEY],
                f"chat{n}": chat_hash(cipher, connection_id, update.chat),
                f"place{n}": update.order,
                f"body{n}": cipher.seal_json(update.body),
            }
        cursor = await connection.execute(_store_sql(len(some)), values)
        row = await cursor.fetchone()
        new += row[0] if row is not None else 0
    return new


async def move_cursor(connection: AsyncConnection[Any], connection_id: int, cursor: int) -> None:
    """Remember up to where an account was polled."""
    await connection.execute(
        "update connections set cursor = %s where id = %s", (cursor, connection_id)
    )


async def due_chats(
    connection: AsyncConnection[Any], connection_id: int, settle_ms: int, file_seconds: int
) -> list[tuple[str, float, float]]:
    """Chats with something to read, oldest first: `(chat, quiet_in, file_in)`.

    `quiet_in` is in how many seconds the chat has been quiet for long enough (0 or less: now),
    `file_in` in how many seconds it no longer waits for a file.

    Args:
        settle_ms: how long a chat has to be quiet.
        file_seconds: how long the rest of a chat waits for a file.
    """
    cursor = await connection.execute(
        "select chat_hash,"
        " extract(epoch from max(received_at) filter (where state = 'new')"
        "  + make_interval(secs => %s) - clock_timestamp())::float,"
        " coalesce(extract(epoch from max(received_at) filter (where state = 'media')"
        "  + make_interval(secs => %s) - clock_timestamp()), 0)::float"
        " from channel_updates where connection_id = %s and state in ('new', 'media')"
        " group by chat_hash having bool_or(state = 'new') order by min(id)",
        (settle_ms / 1000, file_seconds, connection_id),
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def load_updates(
    connection: AsyncConnection[Any], cipher: Cipher, connection_id: int, chat: str
) -> list[StoredUpdate]:
    """What is still to be read in a chat, in the messenger's own order."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select id, key, attempts, state, media, body,"
            " extract(epoch from clock_timestamp() - received_at)::float as waited"
            " from channel_updates where connection_id = %s and chat_hash = %s"
            " and state in ('new', 'media') order by place, id limit 200",
            (connection_id, chat),
        )
        rows = await cursor.fetchall()
    return [
        StoredUpdate(
            row["id"],
            row["key"],
            row["attempts"],
            row["state"] == "media",
            row["waited"],
            cipher.open_json(row["media"]) if row["media"] is not None else None,
            cipher.open_json(row["body"]) if row["body"] is not None else {},
        )
        for row in rows
    ]


async def mark_read(connection: AsyncConnection[Any], ids: Sequence[int], state: str) -> None:
    """These updates are `done`, or were `ignored` because they mean nothing to us."""
    await connection.execute(
        "update channel_updates set state = %s where id = any(%s)", (state, list(ids))
    )


async def mark_failed(
    connection: AsyncConnection[Any], ids: Sequence[int], error: str, most: int
) -> None:
    """Reading these has failed; after so many times they are left alone and the chat goes on."""
    await connection.execute(
        "update channel_updates set attempts = attempts + 1, error = %s,"
        " state = case when attempts + 1 >= %s then 'failed' else state end"
        " where id = any(%s)",
        (error[:300], most, list(ids)),
    )


async def await_media(connection: AsyncConnection[Any], update_id: int) -> bool:
    """From now on the update waits for its file; False when it did already."""
    cursor = await connection.execute(
        "update channel_updates set state = 'media' where id = %s and state = 'new' returning id",
        (update_id,),
    )
    return await cursor.fetchone() is not None


async def load_for_media(
    connection: AsyncConnection[Any], cipher: Cipher, update_id: int
) -> tuple[int, dict[str, Any]] | None:
    """The account and the body of an update that waits for its file; None when it does not."""
    cursor = await connection.execute(
        "select connection_id, body from channel_updates where id = %s and state = 'media'"
        " and body is not null",
        (update_id,),
    )
    row = await cursor.fetchone()
    return (row[0], cipher.open_json(row[1])) if row is not None else None


async def give_media(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    update_id: int,
    cards: Sequence[dict[str, Any]],
) -> None:
    """The files of an update are here (or will never be): it goes on."""
    await connection.execute(
        "with ready as (update channel_updates set state = 'new', media = %s"
        " where id = %s and state = 'media' returning connection_id)"
        " select pg_notify(%s, connection_id::text) from ready",
        (cipher.seal_json(list(cards)), update_id, UPDATES),
    )


async def count_attempt(connection: AsyncConnection[Any], update_id: int) -> int:
    """One more try to fetch the file of an update; returns which."""
    cursor = await connection.execute(
        "update channel_updates set attempts = attempts + 1 where id = %s returning attempts",
        (update_id,),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row is not None else 0


async def forgotten_media_across_tenants(
    connection: AsyncConnection[Any], seconds: float
) -> list[int]:
    """Updates that have waited for their file for too long (the job was lost)."""
    cursor = await connection.execute(
        "select id from channel_updates where state = 'media'"
        " and received_at < now() - make_interval(secs => %s) limit 100",
        (seconds,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def purge_across_tenants(connection: AsyncConnection[Any], days: int) -> int:
    """Wipe bodies of updates that were read some days ago, and drop rows four times as old.

    The key is kept for longer than the body: it is what makes a late repeat harmless.
    """
    cursor = await connection.execute(
        "update channel_updates set body = null, media = null"
        " where received_at < now() - make_interval(days => %s)"
        " and state not in ('new', 'media') and (body is not null or media is not null)",
        (days,),
    )
    await connection.execute(
        "delete from channel_updates where received_at < now() - make_interval(days => %s)"
        " and state not in ('new', 'media')",
        (days * 4,),
    )
    return cursor.rowcount
