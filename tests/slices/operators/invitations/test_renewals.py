"""Renewals: the agent hears of own clients' policies, whatever the client wishes for themself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import letters, reminders
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.repository import JobRepository, PolicyRepository
from tests.slices.operators.invitations.conftest import Hire, Member, come, invite
from tests.slices.operators.invitations.test_clients import issue, visitor


@dataclass
class Services:
    """What sending needs."""

    db: Database
    files: FileStore
    mail: MailSettings


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    return Services(db, local_file_store(tmp_path, db.cipher), MailSettings())


async def planned(db: Database, tenant_id: int, policy: Policy) -> set[tuple[str, tuple[str, ...]]]:
    async with db.unit() as unit:
        rows = await PolicyRepository(unit, tenant_id).reminders(policy.id)
    return {(row.status, tuple(row.recipients)) for row, _ in rows}


async def shown(db: Database, member: Member, status: str = "") -> list[str]:
    async with db.unit() as unit:
        page = await overview.list_reminders(unit, member.principal, status=status)
    assert page.total == len(page.rows)
    return [row.number for row in page.rows]


async def make_due(db: Database, policy: Policy) -> None:
    async with db.pool.connection() as connection:
        await connection.execute(
            "update reminders set remind_at = now() where policy_id = %s and days_before = 45",
            (policy.id,),
        )


async def send_due(services: Services) -> None:
    async with services.db.unit() as unit:
        due = await JobRepository(unit).fetch_due_reminders_across_tenants(100)
    for reminder in due:
        await letters.remind(services, reminder)


async def events(db: Database, kind: str) -> list[dict[str, Any]]:
    async with db.pool.connection() as connection:
        cursor = await connection.execute("select body from domain_events where type = %s", (kind,))
        return [db.cipher.open_json(row[0]) for row in await cursor.fetchall()]


async def own_policy(db: Database, tenant_id: int, agent: Member) -> Policy:
    policy = await issue(db, tenant_id, await come(db, tenant_id, await invite(db, agent)))
    async with db.unit() as unit:
        await reminders.plan_for_agent(unit, tenant_id, policy)
    return policy


async def test_both_are_reminded_when_the_client_agrees(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    policy = await own_policy(db, tenant_id, await hire())
    assert await planned(db, tenant_id, policy) == {("pending", ("agent",))}
    async with db.unit() as unit:
        assert await reminders.plan_ladder(unit, tenant_id, policy) == 6
    assert await planned(db, tenant_id, policy) == {("pending", ("client", "agent"))}


async def test_no_of_the_client_leaves_the_agents_reminders(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    policy = await own_policy(db, tenant_id, await hire())
    async with db.unit() as unit:
        await reminders.plan_ladder(unit, tenant_id, policy)
        await reminders.decline(unit, tenant_id, policy.id)
    assert await planned(db, tenant_id, policy) == {("pending", ("agent",))}


async def test_a_policy_without_an_agent_reminds_no_agent(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna = await hire()
    policy = await issue(db, tenant_id, await visitor(db, tenant_id, anna))
    async with db.unit() as unit:
        assert await reminders.plan_for_agent(unit, tenant_id, policy) == 0
        await reminders.plan_ladder(unit, tenant_id, policy)
    assert await planned(db, tenant_id, policy) == {("pending", ("client",))}
    assert await shown(db, anna) == []


async def test_the_agent_who_issued_is_told_rather_than_the_one_who_invited(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris = await hire(), await hire()
    view = await come(db, tenant_id, await invite(db, anna))
    policy = await issue(db, tenant_id, view, operator_id=boris.key)
    async with db.unit() as unit:
        await reminders.plan_for_agent(unit, tenant_id, policy)
    assert len(await shown(db, boris)) == 6
    assert await shown(db, anna) == []


async def test_a_due_reminder_waits_in_the_workspace_until_it_is_dealt_with(
    db: Database, tenant_id: int, hire: Hire, services: Services
) -> None:
    anna, boris, chief = await hire(), await hire(), await hire("admin")
    policy = await own_policy(db, tenant_id, anna)
    assert await shown(db, anna, "due") == []
    await make_due(db, policy)
    await send_due(services)
    assert await shown(db, anna, "due") == [policy.number]
    assert await shown(db, boris, "due") == []
    assert policy.number in await shown(db, chief, "due")
    [event] = await events(db, "policy.renewal.due")
    assert (event["agentId"], event["policyId"]) == (str(anna.id), str(policy.public_id))
    async with db.unit() as unit:
        page = await overview.list_reminders(unit, anna.principal, status="due")
        with pytest.raises(ServiceError, match="reminder_not_found"):
            await reminders.set_handled(unit, boris.principal, page.rows[0].id, done=True)
        await reminders.set_handled(unit, anna.principal, page.rows[0].id, done=True)
    assert await shown(db, anna, "due") == []


async def test_an_agent_neither_reads_nor_cancels_reminders_of_others(
    db: Database, tenant_id: int, hire: Hire
) -> None:
    anna, boris = await hire(), await hire()
    policy = await own_policy(db, tenant_id, anna)
    client = Principal(tenant_id, Role.USER, conversation_id=policy.conversation_id)
    async with db.unit() as unit:
        own = await reminders.list_reminders(unit, anna.principal)
        assert {one.policy_id for one in own} == {policy.public_id}
        assert await reminders.list_reminders(unit, boris.principal) == []
        assert len(await reminders.list_reminders(unit, client)) == 6
        with pytest.raises(ServiceError, match="reminder_not_found"):
            await reminders.set_status(unit, boris.principal, own[0].id, "cancelled")
        await reminders.set_status(unit, anna.principal, own[0].id, "cancelled")
    assert ("cancelled", ("agent",)) in await planned(db, tenant_id, policy)
