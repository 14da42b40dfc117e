"""Statements about connected accounts across tenants: by address, leases, what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from insurance_chat.channels.ports import Account, Probe
from insurance_chat.channels.types import ACCOUNTS, Connected, State
from insurance_chat.core.crypto import Cipher

_COLUMNS = """id, public_id, tenant_id, kind, external_id, title, secrets, options, owner_id, state,
 cursor"""
HOOK = "hook"  # under this name the sealed secrets hold the unguessable part of the address


def opened(row: DictRow, cipher: Cipher, base_url: str, channel: str = "") -> Connected:
    """A row with its secrets opened.

    Args:
        base_url: our public address; the webhook's address is made from it.
        channel: how conversations call this messenger.
    """
    secrets = dict(cipher.open_json(row["secrets"]))
    hook = secrets.pop(HOOK)
    account = Account(
        id=row["id"],
        channel=channel,
        external_id=row["external_id"],
        title=row["title"],
        secrets=secrets,
        options=row["options"],
        hook_url=f"{base_url}/hooks/{row['kind']}/{hook}",
    )
    return Connected(
        row["id"],
        row["public_id"],
        row["tenant_id"],
        row["kind"],
        State(row["state"]),
        row["owner_id"],
        row["cursor"],
        account,
    )


async def fetch_by_hook_across_tenants(
    connection: AsyncConnection[Any], kind: str, hook_hash: str
) -> DictRow | None:
    """The account whose unguessable address was called; the address tells the tenant."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from connections"
            " where hook_hash = %s and kind = %s and state <> 'removed'",
            (hook_hash, kind),
        )
        return await cursor.fetchone()


async def fetch_of_kinds_across_tenants(
    connection: AsyncConnection[Any], kinds: Sequence[str]
) -> list[DictRow]:
    """Accounts of some messengers, for the shared addresses that name no account."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from connections where kind = any(%s) and state <> 'removed'"
            " order by id limit 1000",
            (list(kinds),),
        )
        return await cursor.fetchall()


async def fetch_across_tenants(
    connection: AsyncConnection[Any], connection_id: int
) -> DictRow | None:
    """One account as it is now."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"select {_COLUMNS} from connections where id = %s", (connection_id,))
        return await cursor.fetchone()


async def take_leases(
    connection: AsyncConnection[Any], owner: UUID, kinds: Sequence[str], seconds: float
) -> list[int]:
    """Take every account that nobody holds, and keep those that are held; gives all that are ours.

    Args:
        owner: name of this process.
        seconds: for how long, unless renewed.
    """
    cursor = await connection.execute(
        "update connections set lease_owner = %s,"
        " lease_until = clock_timestamp() + make_interval(secs => %s)"
        " where kind = any(%s) and state in ('active', 'waiting', 'failed')"
        " and (lease_owner = %s or lease_until is null or lease_until < clock_timestamp())"
        " returning id",
        (owner, seconds, list(kinds), owner),
    )
    return [row[0] for row in await cursor.fetchall()]


async def release_leases(
    connection: AsyncConnection[Any], owner: UUID, ids: Sequence[int] | None = None
) -> None:
    """Give accounts back at once, so that another process need not wait."""
    await connection.execute(
        "update connections set lease_owner = null, lease_until = null"
        " where lease_owner = %s and (%s::bigint[] is null or id = any(%s::bigint[]))",
        (owner, ids, ids),
    )


async def change_account(
    connection: AsyncConnection[Any],
    connection_id: int,
    options: Mapping[str, Any],
    state: State | None,
    words: str,
) -> None:
    """Keep what a messenger has told about the account, and say so to who works with it.

    Args:
        words: Russian sentence when it is not well; empty takes the last one away.
    """
    await connection.execute(
        "with changed as (update connections set options = options || %s,"
        " state = case when state in ('paused', 'removed') then state else coalesce(%s, state) end,"
        " wants = case when %s = 'active' then '[]' else wants end,"
        " error = %s, error_at = case when %s::text is null then null else now() end"
        " where id = %s returning id)"
        " select pg_notify(%s, id::text) from changed",
        (
            Jsonb(dict(options)),
            state.value if state is not None else None,
            state.value if state is not None else None,
            words[:500] or None,
            words[:500] or None,
            connection_id,
            ACCOUNTS,
        ),
    )


async def note_probe(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    connection_id: int,
    probe: Probe,
    secrets: bytes,
) -> None:
    """Keep what a probe of the account has shown, renewed credentials too.

    Args:
        secrets: sealed, as the account had them when it was asked; newer ones are not overwritten.
    """
    await connection.execute(
        "update connections set probed_at = now(), options = options || %s, wants = %s"
        " where id = %s",
        (Jsonb(dict(probe.options)), Jsonb(list(probe.wants)), connection_id),
    )
    if probe.secrets:
        renewed = cipher.seal_json({**cipher.open_json(secrets), **probe.secrets})
        await connection.execute(
            "with renewed as (update connections set secrets = %s where id = %s and secrets = %s"
            " returning id) select pg_notify(%s, id::text) from renewed",
            (renewed, connection_id, secrets, ACCOUNTS),
        )


async def probed_before_across_tenants(
    connection: AsyncConnection[Any], kinds: Sequence[str], seconds: float, limit: int
) -> list[int]:
    """Accounts that were not probed for some time, the longest first."""
    cursor = await connection.execute(
        "select id from connections where kind = any(%s) and state in ('active', 'waiting', 'failed')"
        " and (probed_at is null or probed_at < now() - make_interval(secs => %s))"
        " order by probed_at nulls first limit %s",
        (list(kinds), seconds, limit),
    )
    return [row[0] for row in await cursor.fetchall()]
