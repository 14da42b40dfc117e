"""From a choice in a chat with an agent, through the insurer, to a confirmed commission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import REGISTRY
from insurance_chat.core.money import to_kopecks
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import sales
from insurance_chat.insurance.jobs import PolicyIssued
from insurance_chat.insurance.providers.ports import Providers
from insurance_chat.operators.commissions import tasks
from insurance_chat.operators.commissions.types import Sign, Status
from tests.slices.insurance.test_saga import Shop, product, sandbox_url, shop  # noqa: F401
from tests.slices.operators.commissions.conftest import Company
from tests.slices.operators.commissions.test_accrual import add_rule, percent

assert tasks  # registers the handlers


@dataclass
class _Services:
    db: Database
    providers: Providers


async def _run(services: _Services, name: str, job: object = 0) -> None:
    await REGISTRY[name].handler(job, services)


@pytest.mark.parametrize("released", [False, True])
async def test_a_sale_with_an_agent_becomes_a_confirmed_commission(
    shop: Shop,  # noqa: F811
    released: bool,
) -> None:
    company = Company(shop.db, shop.tenant_id, Principal(shop.tenant_id, Role.ADMIN))
    company.admin = await company.staff(Role.ADMIN)
    agent = await company.staff()
    await add_rule(company, percent("10"))
    chat = await company.chat(led_by=agent)
    offer = next(one for one in await shop.offers() if one.company_code == "reso")
    start = (moscow_today() + timedelta(days=5)).isoformat()
    async with shop.db.unit() as unit:
        sale = await sales.begin(
            unit,
            shop.tenant_id,
            offer,
            "polis_online",
            {"title": "Hyundai Solaris", "start_date": start},
            product=shop.product,
            key=uuid4().hex,
            conversation_id=chat.conversation_id,
            contact_id=chat.contact_id,
        )
    sale = await shop.confirm(await shop.advance(sale))
    if released:
        async with shop.db.unit() as unit:
            await claiming.release(unit, agent, chat.id)
    await shop.pay(sale)
    sale = await shop.advance(sale)
    assert sale.state == "issued"

    services = _Services(shop.db, shop.saga._providers)
    job = await company.number(
        "select (args->>'policy_id')::bigint from procrastinate_jobs"
        " where task_name = 'insurance.policy_issued' order by id desc limit 1"
    )
    for _ in range(2):
        await _run(services, PolicyIssued.name, PolicyIssued(policy_id=job))
    (entry,) = await company.entries(agent)
    assert (entry.status, entry.premium) == (Status.ACCRUED, sale.price)
    assert sale.price is not None
    assert entry.amount == to_kopecks(sale.price / 10)
    await _run(services, "commissions.reconcile")
    assert (await company.entry(entry.id)).status is Status.CONFIRMED


async def test_the_minutes_duty_books_what_was_lost_and_reads_the_chats(
    shop: Shop,  # noqa: F811
) -> None:
    company = Company(shop.db, shop.tenant_id, Principal(shop.tenant_id, Role.ADMIN))
    company.admin = await company.staff(Role.ADMIN)
    agent = await company.staff()
    await company.sell(await company.chat(led_by=agent), "1000.00")
    await company.say(await company.chat(led_by=agent), Sender.USER, "Оплатила вам на карту")
    await _run(_Services(shop.db, shop.saga._providers), "commissions.sweep")
    found = {(one.sign, one.premium) for one in await company.entries()}
    assert found == {(None, Decimal("1000.00")), (Sign.PAYMENT_MADE, None)}
