"""What is kept of a client between chats, for whom, and what forgetting leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import contacts, sessions
from insurance_chat.conversations.contacts import PROCESSING, ConsentText
from insurance_chat.conversations.fold import fold
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.memory import tasks
from insurance_chat.conversations.memory.settings import MemorySettings
from insurance_chat.conversations.memory.types import VOICE, Memory
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from tests.support.chats import open_web_chat

CONSENT = ConsentText(PROCESSING, "1", "Согласен.")
CAR = {"plate": "А123ВС77", "make_model": {"brand": "Kia", "model": "Rio"}}
NAME = {"name": {"name": "Иванов Иван Иванович"}}
SPARED = ("told_policy",)


@dataclass
class Client:
    """One person with a chat on the site."""

    db: Database
    tenant_id: int
    chat: SessionView

    async def agrees(self) -> None:
        async with self.db.unit() as unit:
            await contacts.give_consent(
                unit,
                self.tenant_id,
                self.chat.contact_id,
                self.chat.conversation_id,
                "web",
                CONSENT,
            )

    async def tells(self, **topics: dict[str, Any]) -> None:
        async with self.db.unit() as unit:
            await memory.keep(
                unit, self.tenant_id, self.chat.contact_id, topics, flow="osago", channel="web"
            )

    async def known(self) -> Memory:
        async with self.db.unit() as unit:
            return await memory.recall(unit, self.tenant_id, self.chat.contact_id)

    async def forgets_all(self) -> None:
        async with self.db.unit() as unit:
            await memory.forget_all(
                unit,
                self.tenant_id,
                self.chat.contact_id,
                chat=self.chat.conversation_id,
                session=str(self.chat.id),
                spared=SPARED,
            )

    async def rows(self, query: str, *values: Any) -> list[Any]:
        async with self.db.pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()


@pytest.fixture
async def client(db: Database) -> Client:
    return await _arrives(db)


async def _arrives(db: Database, tenant_id: int | None = None) -> Client:
    async with db.unit() as unit:
        tenant_id = tenant_id or await add_tenant(unit, "Компания", uuid4().hex)
        chat = await open_web_chat(unit, tenant_id)
    return Client(db, tenant_id, chat)


async def test_facts_about_a_person_are_kept_only_with_consent(client: Client) -> None:
    await client.tells(car=CAR, **NAME)
    assert not (await client.known()).topics
    await client.agrees()
    await client.tells(car=CAR, **NAME)
    known = await client.known()
    assert known.value("car", "plate") == "А123ВС77"
    assert known.value("name", "name") == "Иванов Иван Иванович"
    source = known.topics["car"].source
    assert (source.flow, source.channel, source.on) == ("osago", "web", moscow_today())


async def test_how_to_answer_is_kept_without_consent_and_text_is_no_memory(client: Client) -> None:
    await client.tells(voice={"prefer_voice": True})
    assert (await client.known()).prefers_voice
    await client.tells(voice={"prefer_voice": False})
    assert not (await client.known()).topics


async def test_another_car_replaces_the_whole_car(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR)
    await client.tells(car={"plate": "С065МК78"}, phone={"phone": "+79001234567"})
    known = await client.known()
    assert known.topics["car"].values == {"plate": "С065МК78"}
    assert known.value("phone", "phone") == "+79001234567"


async def test_what_is_kept_cannot_be_read_in_the_database(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR, **NAME)
    for query in ("select body from contact_memories", "select profile from contacts"):
        stored = b"".join(row[0] for row in await client.rows(query) if row[0])
        assert stored
        assert b"Kia" not in stored
        assert "Иван".encode() not in stored


async def test_nobody_sees_the_memory_of_another_client_or_company(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR)
    neighbour = await _arrives(client.db, client.tenant_id)
    assert not (await neighbour.known()).topics
    stranger = await _arrives(client.db)
    async with client.db.unit() as unit:
        seen = await memory.recall(unit, stranger.tenant_id, client.chat.contact_id)
    assert not seen.topics
    await neighbour.forgets_all()
    assert (await client.known()).topics


async def test_one_topic_is_forgotten_and_the_others_stay(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR, **NAME)
    async with client.db.unit() as unit:
        session = str(client.chat.id)
        await memory.forget(unit, client.tenant_id, client.chat.contact_id, {"name"}, session)
    assert set((await client.known()).topics) == {"car"}
    profile = await client.rows(
        "select profile from contacts where id = %s", client.chat.contact_id
    )
    assert profile == [(None,)]


async def test_forgetting_reaches_the_other_chats_and_is_audited(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR, **NAME)
    other = await _same_person(client)
    before = {
        "slots": {"plate": "А123ВС77", "told_policy": 7},
        "runs": [{"run_id": "1", "flow": "osago"}],
    }
    async with client.db.pool.connection() as connection:
        await connection.execute(
            "update conversations set dialogue = %s, email = %s where id = %s",
            (
                client.db.cipher.seal_json(before),
                client.db.cipher.seal("ivan@example.ru"),
                other.conversation_id,
            ),
        )
        await connection.execute(
            "insert into conversation_summaries (conversation_id, upto_seq, body)"
            " values (%s, 1, %s)",
            (other.conversation_id, client.db.cipher.seal("Иван и его Kia")),
        )
    await client.forgets_all()
    sealed, email, last = (
        await client.rows(
            "select dialogue, email, last_seq from conversations where id = %s",
            other.conversation_id,
        )
    )[0]
    assert client.db.cipher.open_json(sealed) == {"slots": {"told_policy": 7}}
    assert email is None
    assert last == 1
    line = await client.rows(
        "select body from log_entries where conversation_id = %s", other.conversation_id
    )
    changes = client.db.cipher.open_json(line[0][0])["changes"]
    assert fold([before, changes]) == {"slots": {"told_policy": 7}}
    summed = await client.rows(
        "select body, upto_seq from conversation_summaries where conversation_id = %s",
        other.conversation_id,
    )
    assert [(client.db.cipher.open(body), upto) for body, upto in summed] == [("", last - 1)]
    assert not (await client.known()).topics
    audit = await client.rows(
        "select action, user_id, target, details from audit_entries where tenant_id = %s",
        client.tenant_id,
    )
    assert [row[:3] for row in audit] == [("memory.forgotten", None, f"session:{client.chat.id}")]
    assert client.db.cipher.open_json(audit[0][3]) == {"topics": ["all"]}


async def _same_person(client: Client) -> SessionView:
    async with client.db.unit() as unit:
        chat = await open_web_chat(unit, client.tenant_id)
    async with client.db.pool.connection() as connection:
        await connection.execute(
            "update conversations set contact_id = %s where id = %s",
            (client.chat.contact_id, chat.conversation_id),
        )
    return chat


async def test_records_survive_forgetting(client: Client) -> None:
    await client.agrees()
    await client.tells(car=CAR)
    await client.forgets_all()
    assert await client.rows(
        "select 1 from consents where contact_id = %s and withdrawn_at is null",
        client.chat.contact_id,
    )


async def test_the_wish_for_voice_follows_a_known_client_into_the_next_chat(
    client: Client,
) -> None:
    staff = Principal(client.tenant_id, Role.ADMIN)
    opened: list[SessionView] = []
    for _ in range(3):
        async with client.db.unit() as unit:
            view, _token = await sessions.create_session(
                unit,
                client.tenant_id,
                staff,
                channel="telegram",
                channel_user_id="42",
                prefer_voice=False,
                email=None,
            )
        opened.append(view)
        wish = len(opened) == 1
        async with client.db.unit() as unit:
            await sessions.set_preferences(unit, staff, view.id, prefer_voice=wish, email=None)
    assert [view.prefer_voice for view in opened] == [False, True, False]
    assert len({view.contact_id for view in opened}) == 1


async def test_a_client_of_whom_nothing_new_was_learnt_is_forgotten_in_the_end(
    client: Client,
) -> None:
    await client.agrees()
    await client.tells(car=CAR, **NAME)
    fresh = await _arrives(client.db, client.tenant_id)
    await fresh.tells(voice={"prefer_voice": True})
    services = SimpleNamespace(
        db=client.db, settings=SimpleNamespace(memory=MemorySettings(memory_days=30))
    )
    await _age(client, timedelta(days=29))
    await tasks.forget_the_old(services)
    assert set((await client.known()).topics) == {"car", "name"}
    await _age(client, timedelta(days=2))
    await tasks.forget_the_old(services)
    assert not (await client.known()).topics
    assert VOICE in (await fresh.known()).topics


async def _age(client: Client, by: timedelta) -> None:
    async with client.db.pool.connection() as connection:
        await connection.execute(
            "update contact_memories set updated_at = updated_at - %s where contact_id = %s",
            (by, client.chat.contact_id),
        )
