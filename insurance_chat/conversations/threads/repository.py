"""SQL of threads, on the hot path: short statements on a bare connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from sqlalchemy import func, select

from insurance_chat.conversations.hot import entry_from_row
from insurance_chat.conversations.models import Conversation
from insurance_chat.conversations.threads.models import Thread
from insurance_chat.conversations.types import ConversationState, Entry
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit

MOST_LINES = 100
_FIND = """
select t.conversation_id, t.delivered_seq, c.public_id
from threads t join conversations c on c.id = t.conversation_id
where t.tenant_id = %s and t.digest = %s"""
# One statement, so that the lines and `answered_seq` belong together.
_LOOK = """
select c.state, c.flow_asks, c.answered_seq, c.last_seq, e.public_id, e.seq, e.kind, e.sender,
  e.body, e.sound, e.created_at, e.client_key
from conversations c left join lateral (
  select * from log_entries where conversation_id = c.id and seq > %s and seq <= %s
    and kind = 'message' and sender <> 'user' order by seq limit %s
) e on true
where c.id = %s order by e.seq"""
_SETTLE = """
with kept as (
  insert into thread_replies (conversation_id, asked_seq, from_seq, to_seq, state)
  values (%(id)s, %(asked)s, %(from)s, %(to)s, %(state)s)
  on conflict (conversation_id, asked_seq) do nothing
)
update threads set delivered_seq = greatest(delivered_seq, %(to)s)
where conversation_id = %(id)s"""
_REPLY = """
select from_seq, to_seq, state from thread_replies where conversation_id = %s and asked_seq = %s"""
_DELIVER = """
update threads set delivered_seq = %s where conversation_id = %s and delivered_seq < %s"""
LAST = 2**62


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thread lives; `delivered` is the last line that its program was handed."""

    conversation_id: int
    session: UUID
    delivered: int


@dataclass(frozen=True, slots=True)
class Look:
    """A conversation at one moment: what the service has said after some line, oldest first."""

    state: ConversationState
    flow_asks: bool
    answered: int
    entries: list[Entry]
    reached: int

    def has_answered(self, seq: int) -> bool:
        """Whether nothing more comes for the message with this number by itself.

        With a human in the chat the assistant is silent unless a sale waits for the client's word.
        """
        led = self.state is ConversationState.WITH_AGENT and not self.flow_asks
        return led or self.answered >= seq


@dataclass(frozen=True, slots=True)
class Given:
    """What a message was answered with before."""

    from_seq: int
    to_seq: int
    state: ConversationState


async def find(connection: AsyncConnection[Any], tenant_id: int, digest: str) -> Place | None:
    """The conversation of a thread."""
    cursor = await connection.execute(_FIND, (tenant_id, digest))
    row = await cursor.fetchone()
    return Place(row[0], row[2], row[1]) if row is not None else None


async def look(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    conversation_id: int,
    after: int,
    until: int = LAST,
) -> Look | None:
    """What the service said after a line and up to another one; None when the chat is gone."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_LOOK, (after, until, MOST_LINES, conversation_id))
        rows = await cursor.fetchall()
    return _look(rows, cipher) if rows else None


def _look(rows: list[DictRow], cipher: Cipher) -> Look:
    entries = [entry_from_row(row, cipher) for row in rows if row["seq"] is not None]
    first = rows[0]
    full = len(entries) == MOST_LINES
    return Look(
        ConversationState(first["state"]),
        first["flow_asks"],
        first["answered_seq"],
        entries,
        entries[-1].seq if full else first["last_seq"],
    )


async def settle(
    connection: AsyncConnection[Any], conversation_id: int, asked: int, given: Given
) -> None:
    """Remember what a message was answered with, once, and that it was handed over."""
    values = {
        "id": conversation_id,
        "asked": asked,
        "from": given.from_seq,
        "to": given.to_seq,
        "state": given.state.value,
    }
    await connection.execute(_SETTLE, values)


async def reply_to(
    connection: AsyncConnection[Any], conversation_id: int, asked: int
) -> Given | None:
    """What a message was answered with before."""
    cursor = await connection.execute(_REPLY, (conversation_id, asked))
    row = await cursor.fetchone()
    return Given(row[0], row[1], ConversationState(row[2])) if row is not None else None


async def deliver(connection: AsyncConnection[Any], conversation_id: int, seq: int) -> None:
    """The program has been handed everything up to a line."""
    await connection.execute(_DELIVER, (seq, conversation_id, seq))


class ThreadRepository:
    """Threads of one tenant."""

    def __init__(self, unit: Unit, tenant_id: int) -> None:
        self._session = unit.session
        self._tenant_id = tenant_id

    async def lock(self, digest: str) -> None:
        """Let nobody else open this thread until the transaction ends."""
        key = func.hashtext(f"thread:{self._tenant_id}:{digest}")
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def place(self, digest: str) -> Place | None:
        """The conversation of a thread."""
        row = (
            await self._session.execute(
                select(Thread.conversation_id, Conversation.public_id, Thread.delivered_seq)
                .join(Conversation, Conversation.id == Thread.conversation_id)
                .where(Thread.tenant_id == self._tenant_id, Thread.digest == digest)
            )
        ).first()
        return Place(row[0], row[1], row[2]) if row is not None else None

    async def add(self, digest: str, conversation_id: int) -> None:
        """Give a conversation the name that its program uses."""
        self._session.add(
            Thread(tenant_id=self._tenant_id, digest=digest, conversation_id=conversation_id)
        )
        await self._session.flush()
