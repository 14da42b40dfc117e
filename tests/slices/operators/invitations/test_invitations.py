"""A link brings a client to the agent who made it, and shows nothing to anybody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import sessions
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import EntryKind
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import hash_token
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.invitations import arrival, service
from insurance_chat.operators.invitations.qr import qr_png, qr_svg
from tests.slices.operators.invitations.conftest import Hire, Member, come, invite
from tests.support.chats import open_web_chat


async def operator_of(db: Database, view: SessionView) -> int | None:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select operator_id from contacts where id = %s", (view.contact_id,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0]) if row[0] is not None else None


async def said(db: Database, tenant_id: int, view: SessionView) -> list[str]:
    async with db.unit() as unit:
        lines = await ConversationRepository(unit, tenant_id).entries_after(
            view.conversation_id, 0, 100, (EntryKind.MESSAGE,)
        )
    return [line.body["text"] for line in lines]


def client_of(view: SessionView, tenant_id: int) -> Principal:
    return Principal(tenant_id, Role.USER, conversation_id=view.conversation_id)


async def ordinary(db: Database, tenant_id: int) -> SessionView:
    async with db.unit() as unit:
        return await open_web_chat(unit, tenant_id)


async def stored(db: Database) -> str:
    async with db.pool.connection() as connection:
        cursor = await connection.execute("select i::text from invitations i")
        return "\n".join(row[0] for row in await cursor.fetchall())


async def test_the_client_is_bound_to_the_agent_and_greeted_in_the_agents_name(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    view = await come(db, tenant_id, await invite(db, anna))
    assert view.is_agent_client
    assert await operator_of(db, view) == anna.key
    [greeting] = await said(db, tenant_id, view)
    assert "Вас пригласил страховой агент Анна Соколова" in greeting


async def test_neither_the_token_nor_the_label_can_be_read_in_the_database(
    db: Database, hire: Hire
) -> None:
    token = await invite(db, await hire(), label="Мария с работы")
    assert len(token) >= 22  # 128 bits in base64
    rows = await stored(db)
    assert token not in rows
    assert "Мария" not in rows
    assert hash_token(token) in rows


async def test_a_second_visitor_sees_nothing_of_the_first(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    token = await invite(db, await hire())
    first = await come(db, tenant_id, token)
    second = await come(db, tenant_id, token)
    assert first.id != second.id
    assert first.contact_id != second.contact_id
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="session_not_found"):
            await sessions.get_session(unit, client_of(second, tenant_id), first.id)


async def test_a_revoked_link_brings_nobody_and_keeps_who_came(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    token = await invite(db, anna)
    view = await come(db, tenant_id, token)
    async with db.unit() as unit:
        page = await service.list_invitations(unit, anna.principal, anna.id)
        revoked = await service.revoke(unit, anna.principal, anna.id, page.rows[0].id)
        again = await service.revoke(unit, anna.principal, anna.id, page.rows[0].id)
    assert revoked.state == again.state == "revoked"
    with pytest.raises(ServiceError, match="invitation_not_found"):
        await come(db, tenant_id, token)
    async with db.unit() as unit:
        assert await arrival.welcome(unit, token) is None
    assert await operator_of(db, view) == anna.key


async def test_a_link_that_is_over_brings_nobody(db: Database, tenant_id: int, hire: Hire) -> None:
    token = await invite(db, await hire(), expires_at=utcnow() + timedelta(days=1))
    async with db.unit() as unit:
        assert await arrival.welcome(unit, token) is not None
    async with db.pool.connection() as connection:
        await connection.execute(
            "update invitations set expires_at = now() where token_hash = %s", (hash_token(token),)
        )
    with pytest.raises(ServiceError, match="invitation_not_found"):
        await come(db, tenant_id, token)


async def test_the_link_of_a_blocked_agent_does_not_work(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    token = await invite(db, anna)
    async with db.pool.connection() as connection:
        await connection.execute("update users set blocked_at = now() where id = %s", (anna.key,))
    async with db.unit() as unit:
        assert await arrival.welcome(unit, token) is None
    with pytest.raises(ServiceError, match="invitation_not_found"):
        await come(db, tenant_id, token)


async def test_a_personal_link_is_spent_and_a_common_one_is_not(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    personal = await invite(db, anna)
    common = await invite(db, anna, reusable=True)
    views = [await come(db, tenant_id, personal) for _ in range(service.PERSONAL_OPENINGS)]
    with pytest.raises(ServiceError, match="invitation_not_found"):
        await come(db, tenant_id, personal)
    for _ in range(service.PERSONAL_OPENINGS + 1):
        await come(db, tenant_id, common)
    async with db.unit() as unit:  # who came by it goes on
        await arrival.accept(unit, client_of(views[0], tenant_id), views[0].id, personal)
        page = await service.list_invitations(unit, anna.principal, anna.id)
    states = {row.reusable: (row.state, row.used_count) for row in page.rows}
    assert states == {False: ("spent", 5), True: ("active", 6)}


async def test_two_browsers_at_once_do_not_get_past_the_limit(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    token = await invite(db, await hire())
    tries = [come(db, tenant_id, token) for _ in range(service.PERSONAL_OPENINGS + 3)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    came = [one for one in done if isinstance(one, SessionView)]
    assert len(came) == service.PERSONAL_OPENINGS
    assert len({view.contact_id for view in came}) == service.PERSONAL_OPENINGS


async def test_an_open_chat_is_bound_and_keeps_its_first_agent(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris = await hire(), await hire(name="Борис Петров")
    chat = await ordinary(db, tenant_id)
    assert not chat.is_agent_client
    client = client_of(chat, tenant_id)
    tokens = [await invite(db, anna), await invite(db, boris)]
    for token in (tokens[0], tokens[0], tokens[1], tokens[1]):
        async with db.unit() as unit:
            view = await arrival.accept(unit, client, chat.id, token)
        assert view.is_agent_client
    assert await operator_of(db, chat) == anna.key
    lines = await said(db, tenant_id, chat)
    assert ["Вас пригласил" in lines[0], "уже работает" in lines[1]] == [True, True]
    assert "Анна Соколова" in lines[1]
    assert len(lines) == 2


async def test_nobody_accepts_for_the_client(db: Database, tenant_id: int, hire: Hire) -> None:
    anna = await hire()
    chat = await ordinary(db, tenant_id)
    other = await ordinary(db, tenant_id)
    token = await invite(db, anna)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await arrival.accept(unit, anna.principal, chat.id, token)
        with pytest.raises(ServiceError, match="session_not_found"):
            await arrival.accept(unit, client_of(other, tenant_id), chat.id, token)
    assert await operator_of(db, chat) is None


async def test_another_agent_neither_sees_nor_revokes(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris, chief = await hire(), await hire(), await hire("admin")
    await invite(db, anna, label="Мария")
    async with db.unit() as unit:
        [own] = (await service.list_invitations(unit, anna.principal, anna.id)).rows
        assert own.label == "Мария"
        assert (await service.list_invitations(unit, chief.principal, anna.id)).total == 1
        assert (await service.list_invitations(unit, boris.principal, boris.id)).total == 0
        for refused in (
            service.list_invitations(unit, boris.principal, anna.id),
            service.revoke(unit, boris.principal, anna.id, own.id),
            service.create(unit, boris.principal, anna.id),
            service.create(unit, Principal(tenant_id, Role.USER, conversation_id=1), anna.id),
        ):
            with pytest.raises(ServiceError, match="forbidden"):
                await refused
        with pytest.raises(ServiceError, match="invitation_not_found"):
            await service.revoke(unit, boris.principal, boris.id, own.id)
        assert (await service.revoke(unit, chief.principal, anna.id, own.id)).state == "revoked"


async def test_another_company_neither_sees_nor_uses(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    async with db.unit() as unit:
        elsewhere = await add_tenant(unit, "Другая", uuid4().hex)
    anna, stranger = await hire(), await hire("admin", tenant=elsewhere)
    token = await invite(db, anna)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="agent_not_found"):
            await service.list_invitations(unit, stranger.principal, anna.id)
    with pytest.raises(ServiceError, match="invitation_not_found"):
        await come(db, elsewhere, token)


async def test_the_agent_is_asked_about_companies_once(db: Database, hire: Hire) -> None:
    anna = await hire(only_own_companies=None, companies=["reso"])
    async with db.unit() as unit:
        assert await service.needs_companies_choice(unit, anna.principal, anna.id)
        with pytest.raises(ServiceError, match="companies_choice_needed"):
            await service.create(unit, anna.principal, anna.id)
    await invite(db, anna, only_own_companies=True)
    async with db.unit() as unit:
        assert not await service.needs_companies_choice(unit, anna.principal, anna.id)
    await invite(db, anna)
    await invite(db, anna, only_own_companies=False)
    async with db.unit() as unit:
        page = await service.list_invitations(unit, anna.principal, anna.id)
    assert [row.only_own_companies for row in page.rows] == [False, True, True]


async def _refusal(db: Database, agent: Member, **wishes: object) -> str:
    try:
        await invite(db, agent, **wishes)
    except ServiceError as error:
        return error.code
    return "accepted"


async def test_what_cannot_be_is_refused(db: Database, hire: Hire) -> None:
    anna = await hire()
    yesterday = utcnow() - timedelta(days=1)
    assert await _refusal(db, anna, expires_at=yesterday) == "expiry_wrong"
    assert await _refusal(db, anna, expires_at=yesterday.replace(tzinfo=None)) == "expiry_wrong"
    assert await _refusal(db, anna, label="м" * 121) == "label_wrong"
    assert await _refusal(db, anna, only_own_companies=True) == "companies_empty"
    assert await _refusal(db, anna, label="м" * 120) == "accepted"


async def test_making_and_revoking_are_in_the_audit_log(db: Database, hire: Hire) -> None:
    anna = await hire()
    await invite(db, anna)
    async with db.unit() as unit:
        [row] = (await service.list_invitations(unit, anna.principal, anna.id)).rows
        await service.revoke(unit, anna.principal, anna.id, row.id)
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select action, target from audit_entries where user_id = %s order by id", (anna.key,)
        )
        found = await cursor.fetchall()
    target = f"invitation:{row.id}"
    assert found == [("invitation.created", target), ("invitation.revoked", target)]


def test_the_code_is_a_picture_in_both_formats() -> None:
    link = "https://chat.example.ru/i/" + "x" * 43
    assert qr_png(link).startswith(b"\x89PNG")
    assert b"<svg" in qr_svg(link)
    assert qr_svg(link) != qr_svg(link + "y")
