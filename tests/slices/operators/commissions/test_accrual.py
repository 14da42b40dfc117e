"""From an issued policy to one entry: who owes, how much, once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.selling.repository import SalesSearch
from insurance_chat.operators.commissions import accrual, rules
from insurance_chat.operators.commissions.rules import NewRule
from insurance_chat.operators.commissions.types import Attention, RuleKind, Status
from tests.slices.operators.commissions.conftest import Company

TODAY = moscow_today()


def percent(value: str, **scope: object) -> NewRule:
    fields: dict[str, object] = {"product": None, "company": None, "agent": None}
    given: dict[str, object] = {"valid_from": TODAY - timedelta(days=1), **fields, **scope}
    return NewRule(kind=RuleKind.PERCENT, value=Decimal(value), **given)  # type: ignore[arg-type]


async def add_rule(company: Company, rule: NewRule) -> int:
    async with company.db.unit() as unit:
        return await rules.add(unit, company.admin, rule)


async def test_a_policy_sold_in_a_chat_with_an_agent_is_owed_for(company: Company) -> None:
    agent = await company.staff()
    await add_rule(company, percent("7.5"))
    entry = await company.sold(agent, "7753.93")
    assert (entry.status, entry.attention) == (Status.ACCRUED, None)
    assert (entry.amount, entry.premium) == (Decimal("581.54"), Decimal("7753.93"))
    assert str(entry.agent_id) == agent.user_public_id


async def test_a_policy_of_an_agents_client_is_owed_for_though_the_assistant_sold_it(
    company: Company,
) -> None:
    agent = await company.staff()
    await add_rule(company, percent("10"))
    policy = await company.sell(await company.chat(client_of=agent), "1000.00")
    await company.accrue(policy)
    assert policy.is_agent_client
    assert [(e.agent_id, e.amount) for e in await company.entries()] == [
        (e.agent_id, Decimal("100.00")) for e in await company.entries(agent)
    ]


async def test_who_leads_the_chat_owes_even_for_somebody_elses_client(company: Company) -> None:
    leading, brought = await company.staff(), await company.staff()
    chat = await company.chat(client_of=brought)
    await company.change(
        "update conversations set state = 'with_agent', operator_id = %s where id = %s",
        leading.user_id,
        chat.conversation_id,
    )
    policy = await company.sell(chat)
    assert (policy.operator_id, policy.is_agent_client) == (leading.user_id, True)


async def test_releasing_the_chat_before_the_payment_does_not_free_from_the_debt(
    company: Company,
) -> None:
    agent = await company.staff()
    policy = await company.sell(await company.chat(led_by=agent), released_by=agent)
    assert policy.operator_id == agent.user_id


@pytest.mark.parametrize("role", [None, Role.ADMIN])
async def test_nobody_owes_for_a_sale_of_the_assistant_or_of_an_administrator(
    company: Company, role: Role | None
) -> None:
    leading = await company.staff(role) if role is not None else None
    policy = await company.sell(await company.chat(led_by=leading))
    await company.accrue(policy)
    assert await company.entries() == []


async def test_a_policy_is_booked_once_however_often_it_is_ordered(company: Company) -> None:
    agent = await company.staff()
    await add_rule(company, percent("10"))
    policy = await company.sell(await company.chat(led_by=agent))
    await asyncio.gather(*(company.accrue(policy) for _ in range(5)))
    await company.accrue(policy)
    (entry,) = await company.entries()
    assert entry.amount == Decimal("500.00")


async def test_an_order_is_written_with_the_policy(company: Company) -> None:
    agent = await company.staff()
    policy = await company.sell(await company.chat(led_by=agent))
    ordered = await company.number(
        "select count(*) from procrastinate_jobs"
        " where task_name = 'insurance.policy_issued' and args->>'policy_id' = %s",
        str(policy.id),
    )
    assert ordered == 1


async def test_a_lost_order_is_made_good_by_the_sweep(company: Company) -> None:
    agent = await company.staff()
    await add_rule(company, percent("10"))
    await company.sell(await company.chat(led_by=agent))
    assert await company.entries() == []
    await accrual.sweep(company.db)
    assert [e.amount for e in await company.entries()] == [Decimal("500.00")]
    assert await accrual.sweep(company.db) == 0


async def test_without_a_rule_the_entry_waits_for_the_administrator_and_for_its_rule(
    company: Company,
) -> None:
    agent = await company.staff()
    entry = await company.sold(agent, "2000.00")
    assert (entry.amount, entry.attention) == (Decimal(0), Attention.NO_RULE)
    assert [one.id for one in await company.entries(attention=True)] == [entry.id]
    assert await add_rule(company, percent("50", company="alfa")) == 0
    assert await add_rule(company, percent("5")) == 1
    counted = await company.entry(entry.id)
    assert (counted.amount, counted.attention) == (Decimal("100.00"), None)
    assert await add_rule(company, percent("1", product="osago")) == 0


async def test_a_rule_ends_and_what_was_counted_stays(company: Company) -> None:
    agent = await company.staff()
    await add_rule(company, percent("10"))
    before = await company.sold(agent)
    async with company.db.unit() as unit:
        (rule,) = await rules.list_rules(unit, company.admin)
        await rules.end(unit, company.admin, rule.id, TODAY - timedelta(days=1))
    after = await company.sold(agent)
    assert (before.amount, after.attention) == (Decimal("500.00"), Attention.NO_RULE)
    assert (await company.entry(before.id)).amount == Decimal("500.00")
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="rule_ended"):
            await rules.end(unit, company.admin, rule.id, TODAY)
    assert await add_rule(company, percent("7")) == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (percent("100.01"), "value_wrong"),
        (percent("-1"), "value_wrong"),
        (percent("1.005"), "value_wrong"),
        (percent("NaN"), "value_wrong"),
        (percent("1", product="spaceship"), "product_unknown"),
        (percent("1", company="nobody"), "company_unknown"),
        (percent("1", valid_from=date(1999, 1, 1)), "date_wrong"),
        (percent("1", valid_from=TODAY + timedelta(days=800)), "date_wrong"),
    ],
)
async def test_an_impossible_rule_is_refused(company: Company, rule: NewRule, code: str) -> None:
    with pytest.raises(ServiceError, match=code):
        await add_rule(company, rule)


async def test_the_same_rule_twice_and_a_foreign_agent_are_refused(company: Company) -> None:
    await add_rule(company, percent("10"))
    with pytest.raises(ServiceError, match="rule_exists"):
        await add_rule(company, percent("20"))
    foreign = percent("1", agent=(await company.sold(await company.staff())).policy_id)
    with pytest.raises(ServiceError, match="agent_not_found"):
        await add_rule(company, foreign)


async def test_policies_are_found_by_their_agent(company: Company) -> None:
    agent, other = await company.staff(), await company.staff()
    led = await company.sell(await company.chat(led_by=agent))
    brought = await company.sell(await company.chat(client_of=agent))
    await company.sell(await company.chat(led_by=other))
    await company.sell(await company.chat())

    async def of(who: Principal) -> set[int]:
        async with company.db.unit() as unit:
            search = SalesSearch(unit, company.tenant_id)
            return {row.id for row in await search.policies(agent=UUID(who.user_public_id))}

    assert await of(agent) == {led.id, brought.id}
    assert len(await of(other)) == 1
