"""What the memory costs: a turn that learns nothing asks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import PROCESSING, ConsentText
from insurance_chat.conversations.memory import service as memory
from insurance_chat.core.db.unit import Database
from tests.support.chats import open_web_chat

CONSENT = ConsentText(PROCESSING, "1", "Согласен.")


@contextmanager
def _statements(db: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)


async def test_recalling_is_one_query_and_learning_at_most_four(db: Database) -> None:
    async with db.unit() as unit:
        tenant_id = await add_tenant(unit, "Компания", uuid4().hex)
        chat = await open_web_chat(unit, tenant_id)
        await contacts.give_consent(
            unit, tenant_id, chat.contact_id, chat.conversation_id, "web", CONSENT
        )
    facts = {"car": {"plate": "А123ВС77"}, "name": {"name": "Иванов Иван"}}
    with _statements(db) as seen:
        async with db.unit() as unit:
            await memory.recall(unit, tenant_id, chat.contact_id)
    assert len(seen) == 1
    with _statements(db) as seen:
        async with db.unit() as unit:
            await memory.keep(unit, tenant_id, chat.contact_id, facts, flow="osago", channel="web")
    assert len(seen) <= 4, seen
    with _statements(db) as seen:
        async with db.unit() as unit:
            car = {"car": {"plate": "С065МК78"}}
            await memory.keep(unit, tenant_id, chat.contact_id, car, flow="osago", channel="web")
    assert len(seen) == 2, seen
