"""Statements of what agents are told in Telegram: stored once, sent in order, kept for replies."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from insurance_chat.core.crypto import Cipher
from insurance_chat.operators.telegram_desk.types import (
    WAKE,
    Act,
    Drafted,
    Knob,
    Note,
    Stored,
    To,
)

_COLUMNS = """id, account_id, conversation_id, seq, edits_id, external_id, attempts, body,
 coalesce(extract(epoch from retry_at - clock_timestamp()), 0)::float as wait"""
_OWED = "state in ('new', 'sending', 'failed')"


def _body(to: To, note: Note) -> dict[str, Any]:
    body: dict[str, Any] = {"chat": to.chat, "text": note.text}
    if note.knobs:
        body["knobs"] = [[knob.title, knob.act.value, knob.argument] for knob in note.knobs]
    if note.file:
        body["file"] = note.file
    if note.draft:
        body["draft"] = [note.draft.text, note.draft.variant, note.draft.wish]
    return body


def _stored(row: DictRow, cipher: Cipher) -> Stored:
    body = cipher.open_json(row["body"])
    return Stored(
        id=row["id"],
        account_id=row["account_id"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        edits_id=row["edits_id"],
        external_id=row["external_id"],
        attempts=row["attempts"],
        wait=row["wait"],
        chat=body["chat"],
        text=body["text"],
        knobs=tuple(Knob(title, Act(act), arg) for title, act, arg in body.get("knobs") or ()),
        file=body.get("file"),
        draft=Drafted(*body["draft"]) if body.get("draft") else None,
    )


async def add(
    connection: AsyncConnection[Any], cipher: Cipher, to: To, key: str, note: Note
) -> None:
    """An agent is owed a message; a repeat with the same key changes nothing."""
    await connection.execute(
        "with fresh as (insert into desk_messages (tenant_id, connection_id, account_id, key,"
        "  conversation_id, handover_id, seq, edits_id, body)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (connection_id, key) do nothing returning connection_id)"
        " select pg_notify(%s, connection_id::text) from fresh",
        (
            to.tenant_id,
            to.connection_id,
            to.account_id,
            key[:200],
            note.conversation_id,
            note.handover_id,
            note.seq,
            note.edits_id,
            cipher.seal_json(_body(to, note)),
            WAKE,
        ),
    )


async def add_heard(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    to: To,
    key: str,
    conversation_id: int,
    message_id: str,
) -> None:
    """Words of an agent went to this chat, so that a reply to them goes there, too."""
    await connection.execute(
        "insert into desk_messages (tenant_id, connection_id, account_id, key, conversation_id,"
        " body, state, external_id) values (%s, %s, %s, %s, %s, %s, 'heard', %s)"
        " on conflict (connection_id, key) do nothing",
        (
            to.tenant_id,
            to.connection_id,
            to.account_id,
            key[:200],
            conversation_id,
            cipher.seal_json({"chat": to.chat, "text": ""}),
            message_id[:200],
        ),
    )


async def owed(
    connection: AsyncConnection[Any], cipher: Cipher, connection_id: int, limit: int
) -> list[Stored]:
    """What agents of this account are owed, in the order in which it came up."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from desk_messages where connection_id = %s and {_OWED}"
            " order by id limit %s",
            (connection_id, limit),
        )
        return [_stored(row, cipher) for row in await cursor.fetchall()]


async def begin(connection: AsyncConnection[Any], message_id: int) -> bool:
    """Write down that a message is about to be sent; False when it need not be any more."""
    cursor = await connection.execute(
        "update desk_messages set state = 'sending', attempts = attempts + 1"
        f" where id = %s and {_OWED} returning id",
        (message_id,),
    )
    return await cursor.fetchone() is not None


async def finish(
    connection: AsyncConnection[Any], message_id: int, state: str, external_id: str = ""
) -> None:
    """The message is `sent`, `dead` or `dropped`.

    Args:
        external_id: how the messenger calls it.
    """
    await connection.execute(
        "update desk_messages set state = %s, external_id = nullif(%s, '') where id = %s",
        (state, external_id[:200], message_id),
    )


async def put_off(
    connection: AsyncConnection[Any], message_id: int, seconds: float, *, counts: bool
) -> None:
    """The message could not be sent now.

    Args:
        counts: False when the messenger only asked to wait.
    """
    await connection.execute(
        "update desk_messages set state = 'failed', attempts = attempts - %s,"
        " retry_at = clock_timestamp() + make_interval(secs => %s) where id = %s",
        (0 if counts else 1, seconds, message_id),
    )


async def stop_bot(connection: AsyncConnection[Any], account_id: int) -> None:
    """This person has stopped the bot: nothing is owed to them until they write again."""
    await connection.execute(
        f"update desk_messages set state = 'dropped' where account_id = %s and {_OWED}",
        (account_id,),
    )
    await connection.execute(
        "update desk_accounts set blocked_at = now() where id = %s", (account_id,)
    )


async def message(
    connection: AsyncConnection[Any], cipher: Cipher, account_id: int, message_id: int
) -> Stored | None:
    """A message to this person, whoever presses its button."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from desk_messages where account_id = %s and id = %s",
            (account_id, message_id),
        )
        row = await cursor.fetchone()
    return _stored(row, cipher) if row is not None else None


async def message_called(
    connection: AsyncConnection[Any], cipher: Cipher, account_id: int, external_id: str
) -> Stored | None:
    """The message in this person's chat that the messenger calls so."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from desk_messages where account_id = %s and external_id = %s"
            " order by edits_id nulls first limit 1",
            (account_id, external_id[:200]),
        )
        row = await cursor.fetchone()
    return _stored(row, cipher) if row is not None else None


async def was_told(connection: AsyncConnection[Any], connection_id: int, key: str) -> bool:
    """Whether a message with this key is owed or was sent."""
    cursor = await connection.execute(
        "select 1 from desk_messages where connection_id = %s and key = %s",
        (connection_id, key[:200]),
    )
    return await cursor.fetchone() is not None


async def find_account(connection: AsyncConnection[Any], tenant_id: int, person_hash: str) -> bool:
    """Whether this Telegram account is linked to somebody; asked for every word of every client."""
    cursor = await connection.execute(
        "select 1 from desk_accounts where tenant_id = %s and person_hash = %s",
        (tenant_id, person_hash),
    )
    return await cursor.fetchone() is not None


async def external_of(connection: AsyncConnection[Any], message_id: int) -> str:
    """How the messenger calls a message; empty when it was never sent."""
    cursor = await connection.execute(
        "select coalesce(external_id, '') from desk_messages where id = %s", (message_id,)
    )
    row = await cursor.fetchone()
    return str(row[0]) if row is not None else ""


async def stale_cards(
    connection: AsyncConnection[Any], connection_id: int
) -> list[tuple[int, int, int | None, int, str, str | None]]:
    """Cards of requests that nobody waits with any more.

    Returns:
        `(card, account, chat, request, status of the request, who has taken it)`.
    """
    cursor = await connection.execute(
        "select m.id, m.account_id, m.conversation_id, h.id, h.status, u.name"
        " from desk_messages m join handovers h on h.id = m.handover_id"
        " left join users u on u.id = h.claimed_by"
        " where m.connection_id = %s and m.handover_id is not null and h.status <> 'waiting'"
        " order by m.id limit 200",
        (connection_id,),
    )
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in await cursor.fetchall()]


async def carded(connection: AsyncConnection[Any], account_id: int) -> set[int]:
    """Requests whose cards this person has."""
    cursor = await connection.execute(
        "select handover_id from desk_messages where account_id = %s and handover_id is not null",
        (account_id,),
    )
    return {row[0] for row in await cursor.fetchall()}


async def close_card(connection: AsyncConnection[Any], message_id: int) -> bool:
    """The card is no request any more; True when the agent may have seen it as one."""
    cursor = await connection.execute(
        "update desk_messages set handover_id = null,"
        " state = case when state = 'new' then 'dropped' else state end"
        " where id = %s returning state",
        (message_id,),
    )
    row = await cursor.fetchone()
    return row is not None and row[0] != "dropped"


async def purge_across_tenants(connection: AsyncConnection[Any], days: int) -> None:
    """Delete messages and codes that are too old to be answered or pressed."""
    await connection.execute(
        "delete from desk_messages where created_at < now() - make_interval(days => %s)", (days,)
    )
    await connection.execute("delete from desk_codes where expires_at < now()")
