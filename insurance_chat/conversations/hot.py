"""SQL of the hot path: an inbound message and the end of a turn are one statement each.

Measured: one statement in autocommit costs a third of an ORM transaction with four. The statements
take a psycopg connection, so that a turn which also orders jobs can run them inside a Unit.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow, dict_row

from insurance_chat.conversations.hot_sql import INTAKE, SNAPSHOT, commit_sql
from insurance_chat.conversations.sounds.jobs import HearVoice
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.conversations.types import (
    PROCESS,
    Committed,
    ConversationState,
    Entry,
    EntryKind,
    InboundMessage,
    NewEntry,
    Sender,
    Snapshot,
    Stored,
)
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.errors import not_found
from insurance_chat.core.jobs import JobQueue
from insurance_chat.integrations.jobs import DeliverWebhooks

LEASE_SECONDS = 10


def _snapshot(row: DictRow, cipher: Cipher) -> Snapshot:
    sealed = row["dialogue"]
    return Snapshot(
        conversation_id=row["id"],
        public_id=row["public_id"],
        tenant_id=row["tenant_id"],
        contact_id=row["contact_id"],
        channel=row["channel"],
        state=ConversationState(row["state"]),
        last_seq=row["last_seq"],
        last_inbound_seq=row["last_inbound_seq"],
        answered_seq=row["answered_seq"],
        unread=row["unread"],
        handover_epoch=row["handover_epoch"],
        flow_asks=row["flow_asks"],
        prefer_voice=row["prefer_voice"],
        dialogue=cipher.open_json(sealed) if sealed is not None else None,
        lease_owner=row["lease_owner"],
    )


def _event(
    cipher: Cipher, session: UUID, message: UUID, sender: Sender, body: dict[str, Any]
) -> bytes:
    context = {"sessionId": str(session), "messageId": str(message), "sender": sender.value}
    context |= {key: body[key] for key in ("text", "voiceUrl", "fileUrl") if body.get(key)}
    return cipher.seal(json.dumps(context, ensure_ascii=False))


async def store_inbound(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    tenant_id: int,
    session: UUID,
    message: InboundMessage,
    *,
    lease: UUID | None,
    queue: JobQueue,
) -> Stored:
    """Store a message once and, when nobody is thinking, take the conversation for a turn.

    Args:
        session: public id of the conversation.
        lease: name of the turn that the caller is ready to run; None to only store.

    Raises:
        ServiceError: `session_not_found`.
    """
    public_id, body = uuid4(), message.body()
    parameters = {
        "session": session,
        "tenant": tenant_id,
        "inbound": message.sender is Sender.USER,
        "lease": lease,
        "lease_seconds": LEASE_SECONDS,
        "message": public_id,
        "sender": message.sender.value,
        "key": message.client_key,
        "body": cipher.seal_json(body),
        "process": PROCESS,
        "event0": uuid4(),
        "actor0": message.sender.value,
        "context0": _event(cipher, session, public_id, message.sender, body),
    }
    try:
        row = await _intake(connection, parameters, message, queue)
    except UniqueViolation:
        return await _stored_before(connection, cipher, tenant_id, session, message)
    if row is None:
        raise not_found("session_not_found", "Чат не найден.")
    await _order_webhooks(connection, queue, row)
    entry = Entry(
        public_id,
        row["last_seq"],
        EntryKind.MESSAGE,
        message.sender,
        body,
        row["line_created_at"],
        message.client_key,
    )
    return Stored(entry, duplicate=False, snapshot=_snapshot(row, cipher))


async def _intake(
    connection: AsyncConnection[Any],
    parameters: dict[str, Any],
    message: InboundMessage,
    queue: JobQueue,
) -> DictRow | None:
    if message.voice_key is None or message.sender is not Sender.USER:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(INTAKE, parameters)
            return await cursor.fetchone()
    async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(INTAKE, parameters)
        row = await cursor.fetchone()
        if row is not None and _led_by_a_human(row):
            # No turn will look at it, and the agent wants to read it all the same.
            job = HearVoice(conversation_id=row["id"], message=parameters["message"])
            await queue.defer(connection, job)
        return row


def _led_by_a_human(row: DictRow) -> bool:
    return row["state"] == ConversationState.WITH_AGENT.value and not row["flow_asks"]


async def _stored_before(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    tenant_id: int,
    session: UUID,
    message: InboundMessage,
) -> Stored:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {SNAPSHOT} from conversations where public_id = %s and tenant_id = %s",
            (session, tenant_id),
        )
        row = await cursor.fetchone()
        if row is None:
            raise not_found("session_not_found", "Чат не найден.")
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and client_key = %s",
            (row["id"], message.client_key),
        )
        line = await cursor.fetchone()
    if line is None:
        raise not_found("message_not_found", "Сообщение не найдено.")
    return Stored(entry_from_row(line, cipher), duplicate=True, snapshot=_snapshot(row, cipher))


def entry_from_row(row: DictRow, cipher: Cipher) -> Entry:
    """Read one line of the log."""
    return Entry(
        public_id=row["public_id"],
        seq=row["seq"],
        kind=EntryKind(row["kind"]),
        sender=Sender(row["sender"]),
        body=body_of(cipher, row["body"], row["sound"]),
        created_at=row["created_at"],
        client_key=row["client_key"],
    )


async def take_lease(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, lease: UUID
) -> Snapshot | None:
    """Take a conversation that is owed a turn; None when another turn is at work or none is owed."""
    return await _take(connection, cipher, conversation_id, lease, "turn_owed")


async def take_beside_human(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, lease: UUID
) -> Snapshot | None:
    """Take a conversation in which the agent who leads it does something; None while a turn runs."""
    return await _take(connection, cipher, conversation_id, lease, "state = 'with_agent'")


async def _take(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, lease: UUID, when: str
) -> Snapshot | None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "update conversations set lease_owner = %s,"
            " lease_until = now() + make_interval(secs => %s)"
            f" where id = %s and {when}"
            f" and (lease_until is null or lease_until < now()) returning {SNAPSHOT}",
            (lease, LEASE_SECONDS, conversation_id),
        )
        row = await cursor.fetchone()
    return _snapshot(row, cipher) if row is not None else None


async def reload(
    connection: AsyncConnection[Any], cipher: Cipher, conversation_id: int, lease: UUID
) -> Snapshot | None:
    """Look again at a conversation that this turn still holds."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {SNAPSHOT} from conversations where id = %s and lease_owner = %s",
            (conversation_id, lease),
        )
        row = await cursor.fetchone()
    return _snapshot(row, cipher) if row is not None else None


async def renew_leases(connection: AsyncConnection[Any], held: dict[int, UUID]) -> None:
    """Keep the turns of this process alive while they think."""
    await connection.execute(
        "update conversations set lease_until = now() + make_interval(secs => %s)"
        " where id = any(%s) and lease_owner = any(%s)",
        (LEASE_SECONDS, list(held), list(held.values())),
    )


async def release_lease(
    connection: AsyncConnection[Any], conversation_id: int, lease: UUID
) -> None:
    """Give the conversation back without an answer; the turn stays owed."""
    await connection.execute(
        "update conversations set lease_owner = null, lease_until = now() + interval '2 seconds'"
        " where id = %s and lease_owner = %s",
        (conversation_id, lease),
    )


async def owed_turns(connection: AsyncConnection[Any], limit: int) -> list[int]:
    """Conversations that nobody is answering although a turn is owed (a process died)."""
    cursor = await connection.execute(
        "select id from conversations where turn_owed"
        " and (lease_until is null or lease_until < now()) order by turn_owed_at limit %s",
        (limit,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def unread(
    connection: AsyncConnection[Any], cipher: Cipher, snapshot: Snapshot
) -> list[Entry]:
    """Messages of the client after the last answer, oldest first."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and seq > %s and seq <= %s"
            " and kind = 'message' and sender = 'user' order by seq limit 50",
            (snapshot.conversation_id, snapshot.answered_seq, snapshot.last_seq),
        )
        return [entry_from_row(row, cipher) for row in await cursor.fetchall()]


async def history(
    connection: AsyncConnection[Any], cipher: Cipher, snapshot: Snapshot, limit: int
) -> list[Entry]:
    """The last answered messages, oldest first: a bounded window for the understanding."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from log_entries where conversation_id = %s and seq <= %s"
            " and kind = 'message' order by seq desc limit %s",
            (snapshot.conversation_id, snapshot.answered_seq, limit),
        )
        return [entry_from_row(row, cipher) for row in reversed(await cursor.fetchall())]


async def commit_turn(
    connection: AsyncConnection[Any],
    cipher: Cipher,
    snapshot: Snapshot,
    lease: UUID,
    entries: list[NewEntry],
    *,
    dialogue: dict[str, Any],
    state: ConversationState | None,
    flow_asks: bool,
    prefer_voice: bool,
    force: bool,
    queue: JobQueue,
) -> Committed | None:
    """Append what the turn decided, if nothing has changed since the snapshot.

    Args:
        flow_asks: a human leads the chat, and a sale waits for the client's own word.
        force: accept that messages came meanwhile; they stay unread and are owed another turn.

    Returns:
        What was written; None when the turn must be discarded.
    """
    messages = [entry for entry in entries if entry.kind is EntryKind.MESSAGE]
    parameters: dict[str, Any] = {
        "id": snapshot.conversation_id,
        "lease": lease,
        "epoch": snapshot.handover_epoch,
        "seen": snapshot.last_seq,
        "force": force,
        "answered": snapshot.last_inbound_seq,
        "dialogue": cipher.seal_json(dialogue),
        "state": state.value if state is not None else None,
        "flow_asks": flow_asks,
        "prefer_voice": prefer_voice,
        "count": len(entries),
        "process": PROCESS,
    }
    for n, entry in enumerate(entries):
        parameters |= {
            f"id{n}": entry.public_id,
            f"kind{n}": entry.kind.value,
            f"sender{n}": entry.sender.value,
            f"body{n}": cipher.seal_json(entry.body),
        }
    for n, said in enumerate(messages):
        parameters |= {
            f"event{n}": uuid4(),
            f"actor{n}": said.sender.value,
            f"context{n}": _event(
                cipher, snapshot.public_id, said.public_id, said.sender, said.body
            ),
        }
    query = commit_sql(len(entries), len(messages))
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        row = await cursor.fetchone()
    if row is None:
        return None
    await _order_webhooks(connection, queue, row)
    first = row["last_seq"] - len(entries) + 1
    written = [
        Entry(entry.public_id, first + n, entry.kind, entry.sender, entry.body, row["written_at"])
        for n, entry in enumerate(entries)
    ]
    return Committed(bool(row["turn_owed"]), written)


async def _order_webhooks(connection: AsyncConnection[Any], queue: JobQueue, row: DictRow) -> None:
    # The deliveries themselves are stored already; should the process die here, the sweep of the
    # integrations slice finds them.
    for event in row["owed_events"] or ():
        await queue.defer(connection, DeliverWebhooks(event=event))


async def fetch_client_across_tenants(
    connection: AsyncConnection[Any], token_hash: str
) -> tuple[int, int, UUID] | None:
    """Whose token this is: `(tenant_id, conversation_id, public_id)`.

    The one look-up that cannot name a tenant, because the token is what tells it.
    """
    cursor = await connection.execute(
        "select tenant_id, id, public_id from conversations where access_token_hash = %s"
        " union all select c.tenant_id, c.id, c.public_id from return_links r"
        " join conversations c on c.id = r.conversation_id where r.access_token_hash = %s",
        (token_hash, token_hash),
    )
    row = await cursor.fetchone()
    return (row[0], row[1], row[2]) if row is not None else None
