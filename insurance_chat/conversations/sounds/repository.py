"""SQL of the sound of messages; short statements on a psycopg connection, as in `hot.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from insurance_chat.conversations.hot import entry_from_row
from insurance_chat.conversations.types import PROCESS, Entry, EntryKind, Sender
from insurance_chat.core.crypto import Cipher

# The message is locked first, so that of two writers one finds the sound already there.
_NOTE = """
with line as (
  select id from log_entries
  where conversation_id = %(id)s and public_id = %(message)s and kind = 'message' and sound is null
  for no key update
), conv as (
  update conversations set last_seq = last_seq + 1, updated_at = now()
  where id = %(id)s and exists (select 1 from line) returning id, last_seq
), noted as (
  update log_entries set sound = %(sound)s from line where log_entries.id = line.id
), event as (
  insert into log_entries (public_id, conversation_id, seq, kind, sender, body)
  select %(event)s, conv.id, conv.last_seq, 'voice', 'system', %(body)s from conv
  returning created_at
)
select conv.last_seq, event.created_at,
  pg_notify('feed', conv.id || ':' || conv.last_seq || ':' || %(process)s::text)
from conv, event"""


async def note(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    conversation_id: int,
    message: UUID,
    sound: dict[str, Any],
) -> Entry | None:
    """Write once what was learnt of a message's sound; None when it is known or the message gone.

    Args:
        sound: of `merging`.

    Returns:
        The line of kind `voice` by which screens and channels learn of it; the caller hands it to
        the screens of this process.
    """
    body = {**sound, "messageId": str(message)}
    event = uuid4()
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            _NOTE,
            {
                "id": conversation_id,
                "message": message,
                "sound": cipher.seal_json(sound),
                "event": event,
                "body": cipher.seal_json(body),
                "process": PROCESS,
            },
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return Entry(event, row["last_seq"], EntryKind.VOICE, Sender.SYSTEM, body, row["created_at"])


async def message(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, public_id: UUID
) -> Entry | None:
    """One message of a conversation, with its sound."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and public_id = %s"
            " and kind = 'message'",
            (conversation_id, public_id),
        )
        row = await cursor.fetchone()
    return entry_from_row(row, cipher) if row is not None else None


async def is_first_chat(connection: AsyncConnection[Any], conversation_id: int) -> bool:
    """Whether the person behind a conversation has had no earlier one."""
    cursor = await connection.execute(
        "select not exists (select 1 from conversations earlier, conversations own"
        " where own.id = %s and earlier.contact_id = own.contact_id and earlier.id < own.id)",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
