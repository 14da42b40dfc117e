"""The audit log: what is written, who reads it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import agents, audit, profile
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.accounts.audit import AuditView
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from tests.slices.accounts.conftest import PASSWORD, log_in, new_admin, principal_of, register

PHONE = "8 (916) 123-45-67"


async def about(db: Database, admin: Principal, agent: UUID) -> list[AuditView]:
    """Entries about an agent, oldest first."""
    async with db.unit() as unit:
        page = await audit.list_entries(unit, admin, target=f"agent:{agent}", limit=100)
    return page.rows[::-1]


async def test_everything_that_is_done_to_an_agent_is_written(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, None, phone=PHONE)
    async with db.unit() as unit:
        await agents.approve(unit, admin, agent.id)
        await agents.approve(unit, admin, agent.id)
        await agents.set_companies(unit, admin, agent.id, ["alfa"])
        await agents.set_status(unit, admin, agent.id, AgentStatus.BUSY)
        await agents.set_blocked(unit, admin, agent.id, blocked=True)
        await agents.set_blocked(unit, admin, agent.id, blocked=False)
        await agents.set_password(unit, admin, agent.id, "another-good-password")
    rows = await about(db, admin, agent.id)
    assert [row.action.removeprefix("agent.") for row in rows] == [
        "applied",
        "approved",
        "companies_changed",
        "status_changed",
        "blocked",
        "unblocked",
        "password_changed",
    ]
    assert [row.user for row in rows] == ["Анна", *["Главный"] * 6]
    assert rows[0].target_name == "Анна"
    assert rows[2].details == {"companies": ["alfa"]}
    assert "123" not in repr([row.details for row in rows])


async def test_log_ins_are_written_with_where_they_came_from(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    await log_in(db, agent.login)
    with pytest.raises(ServiceError, match="credentials_wrong"):
        await log_in(db, agent.login, "wrong-password-here")
    right, wrong = (await about(db, admin, agent.id))[-2:]
    assert (right.action, right.user) == ("login.succeeded", "Анна")
    assert right.details == {"address": "10.0.0.1", "door": "api"}
    assert (wrong.action, wrong.user) == ("login.failed", None)
    assert wrong.details["reason"] == "credentials_wrong"


async def test_an_unknown_log_in_is_written_without_the_name_that_was_typed(
    db: Database, admin: Principal
) -> None:
    with pytest.raises(ServiceError, match="credentials_wrong"):
        await log_in(db, "my-password-by-mistake")
    async with db.unit() as unit:
        page = await audit.list_entries(unit, admin, target=audit.UNKNOWN)
    assert page.total == 1
    assert "mistake" not in repr(page.rows)


async def test_the_log_is_read_by_administrators_of_the_same_tenant_only(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    me = await principal_of(db, agent)
    async with db.unit() as unit:
        elsewhere = await add_tenant(unit, "Другая", uuid4().hex)
    other = await new_admin(db, elsewhere)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await audit.list_entries(unit, me)
        with pytest.raises(ServiceError, match="forbidden"):
            await audit.list_actions(unit, me)
        assert (await audit.list_entries(unit, other)).total == 0
        assert await audit.list_actions(unit, other) == []


async def test_filters_and_pages(db: Database, tenant_id: int, admin: Principal) -> None:
    boss = await new_admin(db, tenant_id)
    for _ in range(3):
        await register(db, tenant_id, boss)
    assert boss.user_public_id is not None
    mine = UUID(boss.user_public_id)
    now = utcnow()
    async with db.unit() as unit:
        all_three = await audit.list_entries(unit, admin, user=mine, action="agent.registered")
        second = await audit.list_entries(unit, admin, user=mine, offset=1, limit=1)
        later = await audit.list_entries(unit, admin, user=mine, since=now + timedelta(hours=1))
        before = await audit.list_entries(unit, admin, user=mine, until=now + timedelta(hours=1))
        other = await audit.list_entries(unit, admin, user=mine, action="agent.blocked")
        assert "agent.registered" in await audit.list_actions(unit, admin)
    assert (all_three.total, len(all_three.rows)) == (3, 3)
    assert (second.total, second.rows) == (3, [all_three.rows[1]])
    assert (later.total, before.total, other.total) == (0, 3, 0)


async def test_a_person_changes_their_own_profile(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent = await register(db, tenant_id, admin)
    me = await principal_of(db, agent)
    async with db.unit() as unit:
        await profile.save(unit, me, name=" Анна  Соколова ", phone=PHONE, companies=["vsk"])
        await profile.choose_companies_scope(unit, me, only_own=True)
        shown = await profile.mine(unit, me)
    assert (shown.agent.name, shown.phone) == ("Анна Соколова", "+79161234567")
    assert (shown.agent.companies, shown.agent.only_own_companies) == (["vsk"], True)
    with pytest.raises(ServiceError, match="password_wrong"):
        async with db.unit() as unit:
            await profile.change_password(unit, me, "not-mine-at-all", "a-good-new-one", limiter)
    async with db.unit() as unit:
        await profile.change_password(unit, me, PASSWORD, "a-good-new-one", limiter)
    assert await log_in(db, agent.login, "a-good-new-one")
    written = [row.action for row in await about(db, admin, agent.id)]
    assert "agent.profile_changed" in written
    assert written[-2:] == ["agent.password_changed", "login.succeeded"]


async def test_a_phone_is_sealed_and_read_by_the_administrator_only(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin, phone=PHONE)
    colleague = await principal_of(db, await register(db, tenant_id, admin))
    async with db.unit() as unit:
        assert (await agents.list_phones(unit, admin))[agent.id] == "+79161234567"
        with pytest.raises(ServiceError, match="forbidden"):
            await agents.list_phones(unit, colleague)
        with pytest.raises(ServiceError, match="forbidden"):
            await agents.find(unit, colleague, agent.id)
        assert "phone" not in repr(await agents.find(unit, admin, agent.id))
    async with db.pool.connection() as raw:
        row = await (
            await raw.execute("select phone from users where public_id = %s", (agent.id,))
        ).fetchone()
    assert row is not None
    assert b"9161234567" not in bytes(row[0])


@pytest.mark.parametrize(
    "typed", ["123", "позвоните мне", "+0 916 123 45 67", "8916123456789012345"]
)
async def test_what_is_no_phone_is_refused(
    db: Database, tenant_id: int, admin: Principal, typed: str
) -> None:
    with pytest.raises(ServiceError, match="phone_wrong"):
        await register(db, tenant_id, admin, phone=typed)
