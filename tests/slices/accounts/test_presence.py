"""Who is at work."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from insurance_chat.accounts import agents, auth, presence
from insurance_chat.accounts.agents import AgentStatus, AgentView
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from tests.slices.accounts.conftest import log_in, new_admin, principal_of, register


async def at_work(
    db: Database,
    tenant_id: int,
    admin: Principal,
    status: AgentStatus = AgentStatus.AVAILABLE,
    companies: tuple[str, ...] = (),
) -> tuple[AgentView, Principal]:
    """A new agent who has set a status just now."""
    agent = await register(db, tenant_id, admin, companies=companies)
    me = await principal_of(db, agent)
    async with db.unit() as unit:
        await agents.set_status(unit, me, agent.id, status)
    return agent, me


async def silent(db: Database, agent: AgentView, minutes: float) -> None:
    """The last sign of life was so long ago."""
    async with db.pool.connection() as raw:
        await raw.execute(
            "update users set seen_at = now() - make_interval(secs => %s) where public_id = %s",
            (minutes * 60, agent.id),
        )


async def available(db: Database, tenant_id: int, *companies: str) -> set[str]:
    async with db.unit() as unit:
        found = await presence.available(unit, tenant_id, companies=companies or None)
    return {str(one.id) for one in found}


async def status_of(db: Database, admin: Principal, agent: AgentView) -> AgentStatus:
    async with db.unit() as unit:
        return (await agents.find(unit, admin, agent.id)).status


async def test_only_approved_available_and_living_agents_can_take_a_chat(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    here, _ = await at_work(db, tenant_id, admin)
    busy, _ = await at_work(db, tenant_id, admin, AgentStatus.BUSY)
    gone, _ = await at_work(db, tenant_id, admin)
    await silent(db, gone, 6)
    blocked, _ = await at_work(db, tenant_id, admin)
    waiting = await register(db, tenant_id, None)
    async with db.unit() as unit:
        await agents.set_blocked(unit, admin, blocked.id, blocked=True)
        await agents.set_status(unit, admin, waiting.id, AgentStatus.AVAILABLE)
        other_tenant = await add_tenant(unit, "Другая", uuid4().hex)
    foreign, _ = await at_work(db, other_tenant, await new_admin(db, other_tenant))
    found = await available(db, tenant_id)
    assert str(here.id) in found
    assert found.isdisjoint(str(one.id) for one in (busy, gone, blocked, waiting, foreign))


async def test_companies_narrow_the_choice(db: Database, tenant_id: int, admin: Principal) -> None:
    alfa, _ = await at_work(db, tenant_id, admin, companies=("alfa", "reso"))
    vsk, _ = await at_work(db, tenant_id, admin, companies=("vsk",))
    anyone, _ = await at_work(db, tenant_id, admin)
    found = await available(db, tenant_id, "alfa", "sogaz")
    assert {str(alfa.id), str(anyone.id)} <= found
    assert str(vsk.id) not in found


async def test_who_gives_no_sign_of_life_becomes_offline_but_never_mid_chat(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    gone, _ = await at_work(db, tenant_id, admin)
    busy, _ = await at_work(db, tenant_id, admin, AgentStatus.BUSY)
    talking, talker = await at_work(db, tenant_id, admin)
    here, _ = await at_work(db, tenant_id, admin)
    for agent in (gone, busy, talking):
        await silent(db, agent, 6)
    await silent(db, here, 4)
    assert talker.user_id is not None
    async with db.unit() as unit:
        swept = await presence.sweep_across_tenants(unit, mid_chat=[talker.user_id])
    assert {gone.id, busy.id} <= {one.id for one in swept}
    assert not {talking.id, here.id} & {one.id for one in swept}
    assert await status_of(db, admin, gone) is AgentStatus.OFFLINE
    assert await status_of(db, admin, talking) is AgentStatus.AVAILABLE
    assert await status_of(db, admin, here) is AgentStatus.AVAILABLE
    longer = AccountsSettings(agent_gone_minutes=3).gone_after
    async with db.unit() as unit:
        swept = await presence.sweep_across_tenants(unit, gone_after=longer)
    assert {here.id, talking.id} <= {one.id for one in swept}


async def test_an_open_page_and_a_call_keep_an_agent_at_work(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    paging, me = await at_work(db, tenant_id, admin)
    calling, _ = await at_work(db, tenant_id, admin)
    token = (await log_in(db, calling.login)).access_token
    for agent in (paging, calling):
        await silent(db, agent, 10)
    async with db.unit() as unit:
        await presence.beat(unit, me)
    async with db.unit() as unit:
        await auth.principal_of(unit, token)
    assert {str(paging.id), str(calling.id)} <= await available(db, tenant_id)


async def test_signs_of_life_are_not_written_at_every_call(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent, _ = await at_work(db, tenant_id, admin)
    token = (await log_in(db, agent.login)).access_token

    async def seen(seconds: float) -> timedelta:
        await silent(db, agent, seconds / 60)
        async with db.unit() as unit:
            before = (await agents.find(unit, admin, agent.id)).seen_at
        async with db.unit() as unit:
            await auth.principal_of(unit, token)
        async with db.unit() as unit:
            after = (await agents.find(unit, admin, agent.id)).seen_at
        assert before is not None
        assert after is not None
        return after - before

    assert await seen(10) == timedelta(0)
    assert await seen(45) >= timedelta(seconds=45)
