"""A line is marked by the part of it that is behind; the state of accounts is told on the first page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.accounts.models import User
from insurance_chat.channels import owners
from insurance_chat.channels.marks import service as marks
from insurance_chat.channels.marks.repository import DeliveryRow
from insurance_chat.channels.marks.service import Mark, gather
from insurance_chat.channels.models import ChannelChat, Connection, Delivery
from insurance_chat.conversations import sessions
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.main.service_state import check_channels
from tests.support.chats import open_web_chat


def admin(tenant_id: int) -> Principal:
    """Who may see everything of the tenant."""
    return Principal(tenant_id, Role.ADMIN, user_public_id=str(uuid4()))


async def account(db: Database, tenant_id: int, state: str = "active") -> Connection:
    """A connected account."""
    async with db.unit() as unit:
        row = Connection(
            tenant_id=tenant_id,
            kind="telegram",
            external_id=uuid4().hex,
            title="Telegram @bot",
            hook_hash=hash_token(uuid4().hex),
            secrets=unit.cipher.seal_json({"hook": "x"}),
            state=state,
        )
        unit.session.add(row)
    return row


@pytest.mark.parametrize(
    ("states", "mark"),
    [
        (["read", "read"], Mark("read")),
        (["read", "delivered"], Mark("delivered")),
        (["delivered", "sent"], Mark("sent")),
        (["sent", "sending"], Mark("waits")),
        (["failed", "sent"], Mark("waits", "Не отвечает.")),
        (["again", "dead"], Mark("dead", "Не отвечает.")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value.state,
)
def test_a_line_is_as_far_as_its_last_part(states: list[str], mark: Mark) -> None:
    trouble = ("failed", "dead")
    rows = [DeliveryRow(7, one, "Не отвечает." if one in trouble else "") for one in states]
    assert gather(rows) == {7: mark}
    assert gather(reversed(rows)) == {7: mark}


async def test_marks_belong_to_the_chats_of_messengers(db: Database, tenant_id: int) -> None:
    who, row = admin(tenant_id), await account(db, tenant_id)
    async with db.unit() as unit:
        view = await open_web_chat(unit, tenant_id)
        assert await marks.read(unit, who, view) == marks.Marks()
        chat = ChannelChat(
            tenant_id=tenant_id,
            connection_id=row.id,
            conversation_id=view.conversation_id,
            address_hash="h",
            address=b"",
        )
        unit.session.add(chat)
        await unit.session.flush()
        for seq, state in ((1, "read"), (2, "skipped"), (3, "dead")):
            unit.session.add(
                Delivery(
                    tenant_id=tenant_id,
                    connection_id=row.id,
                    chat_id=chat.id,
                    seq=seq,
                    part=0,
                    kind="text",
                    state=state,
                    error="Клиент запретил писать ему." if state == "dead" else None,
                )
            )
    async with db.unit() as unit:
        seen = await marks.read(unit, who, await sessions.get_session(unit, who, view.id))
        assert seen.account == "Telegram @bot"
        assert seen.lines == {1: Mark("read"), 3: Mark("dead", "Клиент запретил писать ему.")}
        foreign = await marks.read(unit, admin(tenant_id + 1000), view)
        assert foreign == marks.Marks()
        client = Principal(tenant_id, Role.USER, conversation_id=view.conversation_id)
        with pytest.raises(ServiceError, match="forbidden"):
            await marks.read(unit, client, view)


async def test_an_account_that_fails_or_waits_needs_attention(db: Database) -> None:
    services: Any = SimpleNamespace(db=db)
    async with db.pool.connection() as connection:
        await connection.execute("delete from connections")
        cursor = await connection.execute("select id from tenants limit 1")
        found = await cursor.fetchone()
    assert found is not None
    assert (await check_channels(services)).ok
    for state, ok, words in (
        ("active", True, "работают, всего 1"),
        ("removed", True, "работают, всего 1"),
        ("waiting", False, "ждут окончания подключения: 1 из 2"),
        ("failed", False, "не работают: 1 из 3"),
    ):
        await account(db, int(found[0]), state)
        seen = await check_channels(services)
        assert (seen.ok, seen.message) == (ok, words)
        assert seen.ok or "Каналы" in seen.advice


async def test_a_member_of_staff_is_chosen_to_answer_by_hand(db: Database, tenant_id: int) -> None:
    who, row = admin(tenant_id), await account(db, tenant_id)
    desk: Any = SimpleNamespace(db=db)
    async with db.unit() as unit:
        for name, login in (("Борис", "boris"), ("Анна", "anna")):
            unit.session.add(
                User(
                    tenant_id=tenant_id,
                    login=login,
                    name=name,
                    role="agent",
                    password_hash="x",
                    approved_at=row.created_at,
                )
            )
    offered = await owners.choices(desk, who, row.public_id)
    assert [(one.name, one.chosen) for one in offered] == [("Анна", False), ("Борис", False)]
    await owners.choose(desk, who, row.public_id, offered[0].id)
    offered = await owners.choices(desk, who, row.public_id)
    assert [(one.name, one.chosen) for one in offered] == [("Анна", True), ("Борис", False)]
    await owners.choose(desk, who, row.public_id, None)
    assert not any(one.chosen for one in await owners.choices(desk, who, row.public_id))
    with pytest.raises(ServiceError, match="agent_not_found"):
        await owners.choose(desk, who, row.public_id, uuid4())
    with pytest.raises(ServiceError, match="connection_not_found"):
        await owners.choose(desk, admin(tenant_id + 1000), row.public_id, None)
