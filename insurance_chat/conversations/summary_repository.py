"""SQL of the rolling summary; like the hot path on a bare psycopg connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from insurance_chat.conversations.hot import entry_from_row
from insurance_chat.conversations.types import Entry
from insurance_chat.core.crypto import Cipher


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said up to a line of the log; empty while nothing was summed up.

    An empty text with a line means that the client had everything up to it forgotten.
    """

    text: str = ""
    upto_seq: int = 0

    @property
    def forgotten_upto(self) -> int:
        """The last line that no model may see; 0 when nothing was forgotten."""
        return 0 if self.text else self.upto_seq


async def load(connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int) -> Summary:
    """The kept summary of a conversation."""
    cursor = await connection.execute(
        "select body, upto_seq from conversation_summaries where conversation_id = %s",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    return Summary(cipher.open(row[0]), row[1]) if row is not None else Summary()


async def store(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, summary: Summary
) -> None:
    """Keep a summary, sealed, unless a later one is there or the conversation is gone."""
    await connection.execute(
        "insert into conversation_summaries (conversation_id, upto_seq, body)"
        " select id, %s, %s from conversations where id = %s"
        " on conflict (conversation_id) do update set upto_seq = excluded.upto_seq,"
        " body = excluded.body, updated_at = now()"
        " where conversation_summaries.upto_seq < excluded.upto_seq",
        (summary.upto_seq, cipher.seal(summary.text), conversation_id),
    )


async def lines(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    conversation_id: int,
    after_seq: int,
    upto_seq: int,
    limit: int,
) -> list[Entry]:
    """The last messages between two lines of the log, oldest first."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and seq > %s and seq <= %s"
            " and kind = 'message' order by seq desc limit %s",
            (conversation_id, after_seq, upto_seq, limit),
        )
        return [entry_from_row(row, cipher) for row in reversed(await cursor.fetchall())]


async def facts_of(
    connection: AsyncConnection[Any], cipher: Cipher, tenant_id: int, conversation_id: int
) -> dict[str, Any] | None:
    """Facts that the dialogue of a conversation of the tenant knows; None for a foreign one."""
    cursor = await connection.execute(
        "select dialogue from conversations where id = %s and tenant_id = %s",
        (conversation_id, tenant_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    facts: dict[str, Any] = cipher.open_json(row[0]).get("slots", {}) if row[0] is not None else {}
    return facts
