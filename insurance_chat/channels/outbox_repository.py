"""Statements of sending: what a chat is owed, one row for each part, how far it got.

The log is the outbox: a chat is owed what follows `sent_seq`. The row of a part is written before it
is sent, so a process that dies in between leaves `sending`, and the next one sends it again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from insurance_chat.channels.ports import Progress
from insurance_chat.channels.types import Attempt, Chat, DeadLetter
from insurance_chat.conversations.hot import entry_from_row
from insurance_chat.conversations.types import Entry
from insurance_chat.core.crypto import Cipher

_RANK = "array_position(array['sending', 'failed', 'dead', 'again', 'sent', 'delivered', 'read'], "
# Open screens of staff show how far messages got.
_LOOK = """select pg_notify('feed', c.id || ':' || c.last_seq) from moved
 join channel_chats ch on ch.id = moved.chat_id join conversations c on c.id = ch.conversation_id"""
_OWED = """select ch.id, ch.connection_id, extract(epoch from ch.retry_at - clock_timestamp())::float
 from channel_chats ch join conversations c on c.id = ch.conversation_id
 where ch.connection_id = any(%s) and ch.sent_seq < c.last_seq"""


async def owed_by_conversations(
    connection: AsyncConnection[Any], connections: Collection[int], conversations: Collection[int]
) -> list[tuple[int, int, float | None]]:
    """Chats of these accounts whose conversations have grown: `(chat, account, wait)`.

    Returns:
        `wait` in seconds when a try has failed and the next one has its time.
    """
    cursor = await connection.execute(
        f"{_OWED} and ch.conversation_id = any(%s)", (list(connections), list(conversations))
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def owed_by_connections(
    connection: AsyncConnection[Any], connections: Collection[int]
) -> list[tuple[int, int, float | None]]:
    """All chats of these accounts that are owed something, as `owed_by_conversations` gives them."""
    cursor = await connection.execute(
        f"{_OWED} order by c.updated_at limit 5000", (list(connections),)
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def lines_after(
    connection: AsyncConnection[Any], cipher: Cipher, chat: Chat, limit: int
) -> list[Entry]:
    """Lines of the log that were not handed over yet, oldest first."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and seq > %s order by seq limit %s",
            (chat.conversation_id, chat.sent_seq, limit),
        )
        return [entry_from_row(row, cipher) for row in await cursor.fetchall()]


async def line(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, seq: int
) -> Entry | None:
    """One line of the log."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and seq = %s",
            (conversation_id, seq),
        )
        row = await cursor.fetchone()
    return entry_from_row(row, cipher) if row is not None else None


async def begin_part(
    connection: AsyncConnection[Any], chat: Chat, seq: int, part: int, kind: str
) -> Attempt | None:
    """Write down that a part is about to be sent; None when it was dealt with before."""
    cursor = await connection.execute(
        "insert into deliveries (tenant_id, connection_id, chat_id, seq, part, kind, attempts)"
        " values (%s, %s, %s, %s, %s, %s, 1) on conflict (chat_id, seq, part) do update"
        " set state = 'sending', attempts = deliveries.attempts + 1, updated_at = now()"
        " where deliveries.state in ('sending', 'failed', 'again')"
        " returning id, public_id, attempts",
        (chat.tenant_id, chat.connection_id, chat.id, seq, part, kind),
    )
    row = await cursor.fetchone()
    return Attempt(row[0], str(row[1]), row[2]) if row is not None else None


async def was_sent(connection: AsyncConnection[Any], chat: Chat, seq: int) -> bool:
    """Whether all of a line was dealt with before: it is not for the messenger."""
    cursor = await connection.execute(
        "select 1 from deliveries where chat_id = %s and seq = %s and state = 'skipped'",
        (chat.id, seq),
    )
    return await cursor.fetchone() is not None


async def finish_part(
    connection: AsyncConnection[Any], chat: Chat, attempt: Attempt, seq: int, external_id: str
) -> None:
    """The messenger has taken the part and calls it so."""
    await connection.execute(
        "with sent as (update deliveries set state = 'sent', external_id = %(external)s,"
        "  error = null, updated_at = now() where id = %(id)s),"
        " told as (update connections set last_out_at = now() where id = %(connection)s)"
        " insert into channel_messages (chat_id, message_id, seq) select %(chat)s, %(external)s,"
        " %(seq)s where %(external)s <> '' on conflict (chat_id, message_id) do nothing",
        {
            "external": external_id[:200],
            "id": attempt.id,
            "connection": chat.connection_id,
            "chat": chat.id,
            "seq": seq,
        },
    )


async def put_off(
    connection: AsyncConnection[Any],
    chat: Chat,
    attempt: Attempt,
    words: str,
    seconds: float,
    *,
    counts: bool,
) -> None:
    """The part could not be sent now: the chat waits.

    Args:
        counts: False when the messenger only asked to wait.
    """
    await connection.execute(
        "with failed as (update deliveries set state = 'failed', error = %s, updated_at = now(),"
        " attempts = attempts - %s where id = %s)"
        " update channel_chats set retry_at = clock_timestamp() + make_interval(secs => %s)"
        " where id = %s",
        (words[:300], 0 if counts else 1, attempt.id, seconds, chat.id),
    )


async def bury(connection: AsyncConnection[Any], attempt: Attempt, words: str) -> None:
    """The part will not be sent unless a person wants it."""
    await connection.execute(
        "update deliveries set state = 'dead', error = %s, updated_at = now() where id = %s",
        (words[:300], attempt.id),
    )


async def block(connection: AsyncConnection[Any], chat: Chat) -> None:
    """The messenger says that this client does not want us."""
    await connection.execute(
        "update channel_chats set blocked_at = coalesce(blocked_at, now()) where id = %s",
        (chat.id,),
    )


async def block_by_message(
    connection: AsyncConnection[Any], connection_id: int, external_id: str
) -> None:
    """The client of this message does not want us, as the messenger tells afterwards."""
    await connection.execute(
        "update channel_chats ch set blocked_at = coalesce(ch.blocked_at, now()) from deliveries d"
        " where d.connection_id = %s and d.external_id = %s and ch.id = d.chat_id",
        (connection_id, external_id),
    )


async def advance(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    chat: Chat,
    seq: int,
    offered: Sequence[Sequence[str]] | None = None,
) -> None:
    """Everything up to this line has been dealt with.

    Args:
        offered: choices that a bare number answers now; None leaves the last ones, an empty list
            takes them away.
    """
    await connection.execute(
        "update channel_chats set sent_seq = greatest(sent_seq, %(seq)s), retry_at = null,"
        " offered = case when %(keep)s then offered else %(offered)s end where id = %(chat)s",
        {
            "seq": seq,
            "keep": offered is None,
            "offered": cipher.seal_json([list(one) for one in offered]) if offered else None,
            "chat": chat.id,
        },
    )


async def note_status(
    connection: AsyncConnection[Any],
    connection_id: int,
    external_id: str,
    progress: Progress,
    words: str,
    key: str = "",
) -> None:
    """A messenger tells how far a message got; it never goes back, and fails only from `sent`.

    Args:
        key: what the adapter was given to send; finds a message whose answer was lost on the way, so
            that it is not sent again.
    """
    if key:
        await connection.execute(
            "update deliveries set external_id = %s, state = 'sent', updated_at = now()"
            " where public_id = %s::uuid and connection_id = %s and external_id is null"
            " and state in ('sending', 'failed', 'again')",
            (external_id[:200], key, connection_id),
        )
    if progress is Progress.FAILED:
        await connection.execute(
            "with moved as (update deliveries set state = 'dead', error = %s, updated_at = now()"
            " where connection_id = %s and external_id = %s and state = 'sent' returning chat_id)"
            f" {_LOOK}",
            (words[:300] or "Мессенджер не доставил сообщение.", connection_id, external_id),
        )
        return
    await connection.execute(
        "with moved as (update deliveries set state = %s, updated_at = now()"
        f" where connection_id = %s and external_id = %s and {_RANK}state) < {_RANK}%s)"
        f" returning chat_id) {_LOOK}",
        (progress.value, connection_id, external_id, progress.value),
    )


async def dead_letters(
    connection: AsyncConnection[Any], tenant_id: int, offset: int, limit: int
) -> tuple[list[DeadLetter], int]:
    """Parts that did not reach their client, newest first, and how many there are."""
    cursor = await connection.execute(
        "select d.public_id, n.public_id, c.public_id, d.seq, d.kind, coalesce(d.error, ''),"
        " d.updated_at, count(*) over () from deliveries d"
        " join connections n on n.id = d.connection_id"
        " join channel_chats ch on ch.id = d.chat_id"
        " join conversations c on c.id = ch.conversation_id"
        " where d.tenant_id = %s and d.state = 'dead' order by d.created_at desc, d.id desc"
        " offset %s limit %s",
        (tenant_id, offset, limit),
    )
    rows = await cursor.fetchall()
    return [DeadLetter(*row[:7]) for row in rows], rows[0][7] if rows else 0


async def wish_again(
    connection: AsyncConnection[Any], tenant_id: int, public_id: UUID
) -> tuple[int, UUID] | None:
    """A person wants a dead part to be sent again: `(account, session)`; None when it is not dead."""
    cursor = await connection.execute(
        "update deliveries d set state = 'again', attempts = 0, updated_at = now()"
        " from channel_chats ch join conversations c on c.id = ch.conversation_id"
        " where d.public_id = %s and d.tenant_id = %s and d.state = 'dead' and ch.id = d.chat_id"
        " returning d.connection_id, c.public_id",
        (public_id, tenant_id),
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row is not None else None


async def drop_dead(
    connection: AsyncConnection[Any], tenant_id: int, public_id: UUID
) -> UUID | None:
    """A person has seen that a part did not arrive and leaves it at that; gives the session."""
    cursor = await connection.execute(
        "update deliveries d set state = 'skipped', updated_at = now()"
        " from channel_chats ch join conversations c on c.id = ch.conversation_id"
        " where d.public_id = %s and d.tenant_id = %s and d.state = 'dead' and ch.id = d.chat_id"
        " returning c.public_id",
        (public_id, tenant_id),
    )
    row = await cursor.fetchone()
    return row[0] if row is not None else None


async def wished_again(
    connection: AsyncConnection[Any], connections: Collection[int]
) -> list[tuple[int, int, int, int]]:
    """Parts that a person wants to be sent again: `(chat, account, line, part)`."""
    cursor = await connection.execute(
        "select d.chat_id, d.connection_id, d.seq, d.part from deliveries d"
        " join channel_chats ch on ch.id = d.chat_id"
        " where d.connection_id = any(%s) and d.state in ('sending', 'failed', 'again')"
        " and (d.state = 'again' or d.seq <= ch.sent_seq) order by d.id limit 100",
        (list(connections),),
    )
    return [(row[0], row[1], row[2], row[3]) for row in await cursor.fetchall()]


async def counts(connection: AsyncConnection[Any], tenant_id: int) -> dict[int, tuple[int, int]]:
    """For each account: parts that a person has to look at, chats it has."""
    cursor = await connection.execute(
        "select n.id, (select count(*) from deliveries d where d.connection_id = n.id"
        "  and d.tenant_id = n.tenant_id and d.state = 'dead'),"
        " (select count(*) from channel_chats ch where ch.connection_id = n.id)"
        " from connections n where n.tenant_id = %s and n.state <> 'removed'",
        (tenant_id,),
    )
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}
