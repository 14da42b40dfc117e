"""«Мои клиенты»: own clients only, and nothing by which a client could be reached elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations import contacts, log
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import reminders
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.repository import PolicyRepository, SaleRepository
from insurance_chat.operators.clients import service
from insurance_chat.operators.clients.service import ClientPage
from tests.slices.operators.invitations.conftest import Hire, Member, come, invite
from tests.support.chats import open_web_chat

PHONE = "+7 916 555-44-33"


async def issue(db: Database, tenant_id: int, view: SessionView, **facts: Any) -> Policy:
    """A policy of a client that ends in a hundred days."""
    async with db.unit() as unit:
        sale = await SaleRepository(unit, tenant_id).add_sale(
            {
                "key": uuid4().hex,
                "product": "osago",
                "provider": "polis_online",
                "company_code": "reso",
                "offer_id": "o",
                "offer_price": 100,
                "payload": unit.cipher.seal_json({}),
                "settled": True,
            }
        )
        policy = await PolicyRepository(unit, tenant_id).add_policy(
            {
                "sale_id": sale.id,
                "conversation_id": view.conversation_id,
                "contact_id": view.contact_id,
                "product": "osago",
                "company_code": "reso",
                "number": uuid4().hex[:13],
                "price": 100,
                "start_date": moscow_today(),
                "expire_at": moscow_today() + timedelta(days=100),
                "file_key": "plain/00/" + "0" * 40,
                "subject": unit.cipher.seal_json({"title": "LADA Vesta", "file_size": 1}),
                **facts,
            }
        )
    assert policy is not None
    return policy


async def say(db: Database, tenant_id: int, view: SessionView, text: str) -> None:
    async with db.unit() as unit:
        conversation = await ConversationRepository(unit, tenant_id).by_id(
            view.conversation_id, lock=True
        )
        assert conversation is not None
        await log.append_message(unit, conversation, Sender.USER, {"text": text})


async def visitor(db: Database, tenant_id: int, held_by: Member | None = None) -> SessionView:
    """Somebody who came without an invitation, and whose chat an agent may have held."""
    async with db.unit() as unit:
        view = await open_web_chat(unit, tenant_id)
    if held_by is not None:
        async with db.pool.connection() as connection:
            await connection.execute(
                "insert into handovers (tenant_id, conversation_id, reason, status, claimed_by)"
                " values (%s, %s, 'words', 'ended', %s)",
                (tenant_id, view.conversation_id, held_by.key),
            )
    return view


async def look(db: Database, member: Member, search: str = "", **place: int) -> ClientPage:
    async with db.unit() as unit:
        return await service.list_clients(unit, member.principal, search=search, **place)


async def known(db: Database, tenant_id: int, view: SessionView, name: str) -> None:
    async with db.unit() as unit:
        await contacts.remember(
            unit, tenant_id, view.contact_id, name=name, phone=PHONE, email="ivanova@example.ru"
        )


async def test_an_agent_sees_invited_clients_and_those_of_own_chats_only(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris, chief = await hire(), await hire(), await hire("admin")
    invited = await come(db, tenant_id, await invite(db, anna))
    held = await visitor(db, tenant_id, anna)
    foreign = await come(db, tenant_id, await invite(db, boris))
    nobodys = await visitor(db, tenant_id)
    mine = await look(db, anna)
    assert {(row.session_id, row.invited) for row in mine.rows} == {
        (invited.id, True),
        (held.id, False),
    }
    assert [row.session_id for row in (await look(db, boris)).rows] == [foreign.id]
    everybody = {row.session_id for row in (await look(db, chief)).rows}
    assert {invited.id, held.id, foreign.id} <= everybody
    assert nobodys.id not in everybody


async def test_no_phone_no_surname_and_no_whole_address_reach_the_agent(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    view = await come(db, tenant_id, await invite(db, anna))
    await known(db, tenant_id, view, "Иванова Мария Петровна")
    await say(db, tenant_id, view, f"Звоните {PHONE} или пишите ivanova@example.ru, жду")
    [row] = (await look(db, anna)).rows
    assert row.name == "Мария И."
    assert "example.ru" in row.email
    assert row.last_text.startswith("Звоните")
    shown = str(asdict(row))
    for secret in ("916", "555", "44-33", "ivanova", "Иванова", "Петровна"):
        assert secret not in shown


async def test_clients_are_found_by_name_and_paged_by_the_server(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    token = await invite(db, anna, reusable=True, label="Автосалон")
    views = [await come(db, tenant_id, token) for _ in range(5)]
    await known(db, tenant_id, views[1], "Иванова Мария Петровна")
    await known(db, tenant_id, views[3], "Сидоров Марат")
    found = await look(db, anna, " мАр ")
    assert ([row.name for row in found.rows], found.total) == (["Марат С.", "Мария И."], 2)
    assert (await look(db, anna, "Мария", limit=1)).total == 1
    assert (await look(db, anna, "Пётр")).rows == []
    assert (await look(db, anna, "автосалон")).total == 5
    assert {row.label for row in found.rows} == {"Автосалон"}
    second = await look(db, anna, offset=3, limit=3)
    assert second.total == 5
    assert [row.session_id for row in second.rows] == [views[1].id, views[0].id]


async def test_the_latest_chat_the_policies_and_the_next_reminder_are_shown(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    view = await come(db, tenant_id, await invite(db, anna))
    policy = await issue(db, tenant_id, view)
    async with db.unit() as unit:
        assert await reminders.plan_for_agent(unit, tenant_id, policy) == 6
    await say(db, tenant_id, view, "Спасибо")
    [row] = (await look(db, anna)).rows
    assert row.last_text == "Спасибо"
    [shown] = row.policies
    assert (shown.number, shown.expire_at) == (policy.number, policy.expire_at)
    assert row.remind_at is not None
    assert (policy.expire_at - row.remind_at.date()).days == 45


async def test_policies_bought_without_the_agent_stay_hidden(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    view = await visitor(db, tenant_id, anna)
    with_agent = await issue(db, tenant_id, view)
    elsewhere = await visitor(db, tenant_id)
    async with db.pool.connection() as connection:
        await connection.execute(
            "update conversations set contact_id = %s where id = %s",
            (view.contact_id, elsewhere.conversation_id),
        )
    await issue(db, tenant_id, elsewhere, contact_id=view.contact_id)
    await say(db, tenant_id, elsewhere, "Это не для Анны")
    [row] = (await look(db, anna)).rows
    assert [one.number for one in row.policies] == [with_agent.number]
    assert row.session_id == view.id
    assert "не для Анны" not in row.last_text


async def test_a_client_sees_no_list(db: Database, tenant_id: int) -> None:
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.list_clients(unit, Principal(tenant_id, Role.USER, conversation_id=1))


async def test_the_label_is_a_note_for_the_agent_who_wrote_it(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris = await hire(), await hire()
    view = await come(db, tenant_id, await invite(db, anna, label="Соседка"))
    async with db.pool.connection() as connection:
        await connection.execute(
            "insert into handovers (tenant_id, conversation_id, reason, status, claimed_by)"
            " values (%s, %s, 'words', 'ended', %s)",
            (tenant_id, view.conversation_id, boris.key),
        )
    [own] = (await look(db, anna)).rows
    [held] = (await look(db, boris)).rows
    assert (own.label, held.label) == ("Соседка", "")
    assert (await look(db, boris, "соседка")).rows == []
