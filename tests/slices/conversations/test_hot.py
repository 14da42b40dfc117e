"""The two statements of a turn: what they promise when things happen twice, late or at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.conversations import hot
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.types import (
    ConversationState,
    EntryKind,
    InboundMessage,
    NewEntry,
    Sender,
    Snapshot,
    Stored,
)
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from tests.support.chats import open_web_chat


async def _session(db: Database, tenant_id: int) -> UUID:
    async with db.unit() as unit:
        view = await open_web_chat(unit, tenant_id)
    return view.id


async def _store(
    db: Database, tenant_id: int, session: UUID, text: str, key: str | None = None, **more: Any
) -> Stored:
    message = InboundMessage(more.get("sender", Sender.USER), text=text, client_key=key)
    async with db.pool.connection() as connection:
        return await hot.store_inbound(
            connection,
            db.cipher,
            tenant_id,
            session,
            message,
            lease=more.get("lease", uuid4()),
            queue=db.queue,
        )


async def _commit(db: Database, snapshot: Snapshot, lease: UUID, *, force: bool = False) -> Any:
    reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": "ответ"})
    async with db.pool.connection() as connection:
        return await hot.commit_turn(
            connection,
            db.cipher,
            snapshot,
            lease,
            [reply],
            dialogue={"slots": {"plate": "А123ВС77"}},
            state=ConversationState.DATA_COLLECTION,
            flow_asks=False,
            prefer_voice=False,
            force=force,
            queue=db.queue,
        )


async def test_the_first_message_takes_the_conversation(db: Database, tenant_id: int) -> None:
    lease = uuid4()
    stored = await _store(db, tenant_id, await _session(db, tenant_id), "привет", lease=lease)
    assert stored.snapshot.lease_owner == lease
    assert (stored.entry.seq, stored.snapshot.unread) == (1, 1)


async def test_a_second_message_leaves_the_turn_to_the_first(db: Database, tenant_id: int) -> None:
    session, lease = await _session(db, tenant_id), uuid4()
    await _store(db, tenant_id, session, "привет", lease=lease)
    second = await _store(db, tenant_id, session, "хочу осаго")
    assert second.snapshot.lease_owner == lease
    assert second.snapshot.unread == 2


async def test_a_repeated_key_changes_nothing_and_answers_as_the_first(
    db: Database, tenant_id: int
) -> None:
    session = await _session(db, tenant_id)
    first = await _store(db, tenant_id, session, "привет", "one")
    again = await _store(db, tenant_id, session, "привет", "one")
    assert again.duplicate
    assert again.entry.public_id == first.entry.public_id
    assert again.snapshot.last_seq == 1


async def test_fifty_at_once_get_fifty_numbers(db: Database, tenant_id: int) -> None:
    session = await _session(db, tenant_id)
    stored = await asyncio.gather(
        *(_store(db, tenant_id, session, f"сообщение {n}", f"k{n % 25}") for n in range(50))
    )
    fresh = [one.entry.seq for one in stored if not one.duplicate]
    assert sorted(fresh) == list(range(1, 26))


async def test_a_turn_that_became_stale_is_discarded(db: Database, tenant_id: int) -> None:
    session, lease = await _session(db, tenant_id), uuid4()
    stored = await _store(db, tenant_id, session, "привет", lease=lease)
    await _store(db, tenant_id, session, "и ещё")
    assert await _commit(db, stored.snapshot, lease) is None


async def test_a_forced_turn_leaves_the_later_message_owed(db: Database, tenant_id: int) -> None:
    session, lease = await _session(db, tenant_id), uuid4()
    stored = await _store(db, tenant_id, session, "привет", lease=lease)
    await _store(db, tenant_id, session, "и ещё")
    committed = await _commit(db, stored.snapshot, lease, force=True)
    assert committed.turn_owed


async def test_a_committed_turn_stores_reply_state_and_gives_back_the_lease(
    db: Database, tenant_id: int
) -> None:
    session, lease = await _session(db, tenant_id), uuid4()
    stored = await _store(db, tenant_id, session, "привет", lease=lease)
    committed = await _commit(db, stored.snapshot, lease)
    assert not committed.turn_owed
    assert [entry.seq for entry in committed.entries] == [2]
    after = await _store(db, tenant_id, session, "дальше", lease=uuid4())
    assert after.snapshot.dialogue == {"slots": {"plate": "А123ВС77"}}
    assert after.snapshot.state is ConversationState.DATA_COLLECTION
    assert (after.entry.seq, after.snapshot.unread) == (3, 1)


async def test_a_lost_lease_cannot_commit(db: Database, tenant_id: int) -> None:
    session = await _session(db, tenant_id)
    stored = await _store(db, tenant_id, session, "привет", lease=uuid4())
    assert await _commit(db, stored.snapshot, uuid4(), force=True) is None


async def test_a_reply_is_dropped_when_a_human_came(db: Database, tenant_id: int) -> None:
    session, lease = await _session(db, tenant_id), uuid4()
    stored = await _store(db, tenant_id, session, "привет", lease=lease)
    async with db.pool.connection() as connection:
        await connection.execute(
            "update conversations set handover_epoch = handover_epoch + 1 where public_id = %s",
            (session,),
        )
    assert await _commit(db, stored.snapshot, lease, force=True) is None


async def test_a_message_to_a_human_owes_no_turn(db: Database, tenant_id: int) -> None:
    session = await _session(db, tenant_id)
    async with db.pool.connection() as connection:
        await connection.execute(
            "update conversations set state = 'with_agent' where public_id = %s", (session,)
        )
    stored = await _store(db, tenant_id, session, "здравствуйте")
    assert stored.snapshot.lease_owner is None
    async with db.pool.connection() as connection:
        assert stored.snapshot.conversation_id not in await hot.owed_turns(connection, 1000)


async def test_a_turn_of_a_dead_process_is_taken_over(db: Database, tenant_id: int) -> None:
    stored = await _store(db, tenant_id, await _session(db, tenant_id), "привет")
    conversation_id = stored.snapshot.conversation_id
    async with db.pool.connection() as connection:
        assert await hot.take_lease(connection, db.cipher, conversation_id, uuid4()) is None
        await connection.execute(
            "update conversations set lease_until = now() - interval '1 second' where id = %s",
            (conversation_id,),
        )
        assert conversation_id in await hot.owed_turns(connection, 1000)
        taken = await hot.take_lease(connection, db.cipher, conversation_id, uuid4())
        assert taken is not None
        messages = await hot.unread(connection, db.cipher, taken)
    assert [entry.body["text"] for entry in messages] == ["привет"]


async def test_another_tenant_sees_no_conversation(db: Database, tenant_id: int) -> None:
    session = await _session(db, tenant_id)
    with pytest.raises(ServiceError, match="session_not_found"):
        await _store(db, tenant_id + 1_000_000, session, "привет")


async def test_words_of_clients_are_unreadable_in_the_database(
    db: Database, tenant_id: int
) -> None:
    await _store(db, tenant_id, await _session(db, tenant_id), "паспорт 4510 123456")
    async with db.pool.connection() as connection:
        for table in ("log_entries", "domain_events"):
            cursor = await connection.execute(
                f"select count(*) from {table} where position('4510'::bytea in body) > 0".encode()
            )
            row = await cursor.fetchone()
            assert row == (0,)


async def test_an_open_screen_is_woken_by_another_process(db: Database, tenant_id: int) -> None:
    listener = Listener(db.url)
    hub = FeedHub(db, listener)
    await listener.start()
    session = await _session(db, tenant_id)
    stored = await _store(db, tenant_id, session, "раз")
    async with hub.subscribe(stored.snapshot.conversation_id) as screen:
        await _store(db, tenant_id, session, "два")
        assert await screen.wait(5)
        lines = await hub.read(tenant_id, stored.snapshot.conversation_id, stored.entry.seq)
    await listener.stop()
    assert [line.body["text"] for line in lines] == ["два"]


async def test_a_message_is_owed_to_a_subscriber_and_to_nobody_else(
    db: Database, tenant_id: int
) -> None:
    async with db.pool.connection() as connection:
        for types in ([], ["chat.message.created"], ["policy.issued"]):
            await connection.execute(
                "insert into webhook_subscriptions (tenant_id, url, secret, types)"
                " values (%s, 'https://example.ru/hook', %s, %s)",
                (tenant_id, db.cipher.seal("secret"), types),
            )
        lease = uuid4()
        stored = await _store(db, tenant_id, await _session(db, tenant_id), "привет", lease=lease)
        await _commit(db, stored.snapshot, lease)
        cursor = await connection.execute(
            "select count(*), count(distinct d.domain_event_id) from webhook_deliveries d"
            " join domain_events e on e.id = d.domain_event_id where e.tenant_id = %s",
            (tenant_id,),
        )
        assert await cursor.fetchone() == (4, 2)
        await connection.execute(
            "delete from webhook_subscriptions where tenant_id = %s", (tenant_id,)
        )
