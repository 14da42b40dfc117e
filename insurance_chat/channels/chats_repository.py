"""Statements about chats of messengers: which conversation, which line is which message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from insurance_chat.channels.types import Chat
from insurance_chat.conversations.handover.repository import OWNER_WROTE
from insurance_chat.core.crypto import Cipher

_CHAT = """select ch.id, ch.tenant_id, ch.connection_id, ch.conversation_id, ch.address, ch.offered,
 ch.sent_seq, ch.blocked_at is not null as blocked, c.public_id, c.contact_id, c.last_seq,
 c.answered_seq, c.state = 'with_agent' as with_agent,
 (extract(epoch from now() - ch.last_in_at) / 3600)::float as silent
 from channel_chats ch join conversations c on c.id = ch.conversation_id"""


def _chat(row: DictRow, cipher: Cipher) -> Chat:
    return Chat(
        id=row["id"],
        tenant_id=row["tenant_id"],
        connection_id=row["connection_id"],
        conversation_id=row["conversation_id"],
        session=row["public_id"],
        contact_id=row["contact_id"],
        sent_seq=row["sent_seq"],
        last_seq=row["last_seq"],
        answered_seq=row["answered_seq"],
        with_agent=row["with_agent"],
        blocked=row["blocked"],
        silent_hours=row["silent"],
        address=cipher.open_json(row["address"]),
        offered=cipher.open_json(row["offered"]) if row["offered"] is not None else None,
    )


async def find_chat(
    connection: AsyncConnection[Any], cipher: Cipher, connection_id: int, address_hash: str
) -> Chat | None:
    """The chat that a messenger calls so."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"{_CHAT} where ch.connection_id = %s and ch.address_hash = %s",
            (connection_id, address_hash),
        )
        row = await cursor.fetchone()
    return _chat(row, cipher) if row is not None else None


async def load_chat(connection: AsyncConnection[Any], cipher: Cipher, chat_id: int) -> Chat | None:
    """A chat as it is now."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"{_CHAT} where ch.id = %s", (chat_id,))
        row = await cursor.fetchone()
    return _chat(row, cipher) if row is not None else None


async def chat_of_session(
    connection: AsyncConnection[Any], cipher: Cipher, tenant_id: int, session: UUID
) -> Chat | None:
    """The chat of a conversation, when it is one of a messenger."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"{_CHAT} where c.public_id = %s and ch.tenant_id = %s", (session, tenant_id)
        )
        row = await cursor.fetchone()
    return _chat(row, cipher) if row is not None else None


async def latest_chat(
    connection: AsyncConnection[Any], cipher: Cipher, connection_id: int
) -> Chat | None:
    """The chat of who wrote to this account last."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"{_CHAT} where ch.connection_id = %s and ch.last_in_at is not null"
            " order by ch.last_in_at desc limit 1",
            (connection_id,),
        )
        row = await cursor.fetchone()
    return _chat(row, cipher) if row is not None else None


async def add_chat(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    tenant_id: int,
    connection_id: int,
    conversation_id: int,
    address_hash: str,
    address: Mapping[str, Any],
) -> None:
    """A chat that was not known before is this conversation from now on."""
    await connection.execute(
        "insert into channel_chats (tenant_id, connection_id, conversation_id, address_hash, address)"
        " values (%s, %s, %s, %s, %s)",
        (tenant_id, connection_id, conversation_id, address_hash, cipher.seal_json(dict(address))),
    )


async def note_incoming(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    chat: Chat,
    address: Mapping[str, Any],
    *,
    by_client: bool,
) -> None:
    """Something has come in: the account lives; a client who writes has not blocked us.

    Args:
        by_client: begins the window of messengers that have one.
    """
    sealed = cipher.seal_json(dict(address)) if dict(address) != chat.address else None
    await connection.execute(
        "with told as (update connections set last_in_at = now() where id = %(connection)s)"
        " update channel_chats set address = coalesce(%(address)s, address),"
        " last_in_at = case when %(client)s then now() else last_in_at end,"
        " blocked_at = case when %(client)s then null else blocked_at end where id = %(chat)s",
        {
            "connection": chat.connection_id,
            "address": sealed,
            "client": by_client,
            "chat": chat.id,
        },
    )


async def remember_message(
    connection: AsyncConnection[Any], chat_id: int, message_id: str, seq: int
) -> None:
    """Which line a messenger's message is, for edits, deletions and quotes."""
    await connection.execute(
        "insert into channel_messages (chat_id, message_id, seq) values (%s, %s, %s)"
        " on conflict (chat_id, message_id) do nothing",
        (chat_id, message_id[:200], seq),
    )


async def seq_of_message(
    connection: AsyncConnection[Any], chat_id: int, message_id: str
) -> int | None:
    """The line that a message is."""
    cursor = await connection.execute(
        "select seq from channel_messages where chat_id = %s and message_id = %s",
        (chat_id, message_id[:200]),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row is not None else None


async def set_blocked(
    connection: AsyncConnection[Any], connection_id: int, address_hash: str, *, blocked: bool
) -> None:
    """The client has forbidden us to write, or allowed it again."""
    await connection.execute(
        "update channel_chats set blocked_at = case when %s then coalesce(blocked_at, now()) end"
        " where connection_id = %s and address_hash = %s",
        (blocked, connection_id, address_hash),
    )


async def skip_lines(connection: AsyncConnection[Any], chat: Chat, seqs: Sequence[int]) -> None:
    """These lines are for our own screens: the messenger's client never sees them."""
    await connection.execute(
        "insert into deliveries (tenant_id, connection_id, chat_id, seq, part, kind, state)"
        " select %s, %s, %s, seq, 0, 'text', 'skipped' from unnest(%s::bigint[]) seq"
        " on conflict (chat_id, seq, part) do nothing",
        (chat.tenant_id, chat.connection_id, chat.id, list(seqs)),
    )


async def silent_owners_across_tenants(
    connection: AsyncConnection[Any], before: datetime
) -> list[tuple[int, int]]:
    """Chats that an owner of an account has taken by writing and then left: `(chat, owner)`."""
    cursor = await connection.execute(
        "select ch.id, n.owner_id from channel_chats ch"
        " join connections n on n.id = ch.connection_id and n.owner_id is not null"
        " join conversations c on c.id = ch.conversation_id"
        "  and c.state = 'with_agent' and c.operator_id = n.owner_id"
        " join handovers h on h.conversation_id = c.id and h.status = 'claimed'"
        "  and h.reason = %s"
        " cross join lateral (select created_at from log_entries l"
        "  where l.conversation_id = c.id and l.kind = 'message' and l.sender = 'agent'"
        "  order by l.seq desc limit 1) said"
        " where said.created_at < %s limit 100",
        (OWNER_WROTE, before),
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]
