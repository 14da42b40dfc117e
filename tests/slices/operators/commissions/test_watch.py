"""Chats with agents are read for sales outside the service."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.types import Sender
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Role
from insurance_chat.operators.commissions import accrual, ledger
from insurance_chat.operators.commissions.signs import watch
from insurance_chat.operators.commissions.types import Sign, Status
from tests.slices.operators.commissions.conftest import Company


async def test_a_sign_in_a_chat_with_an_agent_waits_for_the_administrator(company: Company) -> None:
    agent = await company.staff()
    chat = await company.chat(led_by=agent)
    await company.say(chat, Sender.AGENT, "Вы перевели оплату?")
    said = await company.say(chat, Sender.USER, "Да, только что")
    await watch.sweep(company.db)
    (entry,) = await company.entries()
    assert (entry.status, entry.sign) == (Status.REVIEW, Sign.PAYMENT_MADE)
    assert (entry.session_id, str(entry.agent_id)) == (chat.id, agent.user_public_id)
    assert entry.amount == 0
    seq = await company.number("select sign_seq from commissions where public_id = %s", entry.id)
    assert seq == said.seq


async def test_each_sign_of_a_chat_is_asked_about_once(company: Company) -> None:
    chat = await company.chat(led_by=await company.staff())
    for text in ("Оплатила", "Да, оплатила!", "Полис готов, спасибо"):
        await company.say(chat, Sender.USER, text)
        await watch.sweep(company.db)
    await watch.sweep(company.db)
    signs = sorted(one.sign for one in await company.entries() if one.sign)
    assert signs == [Sign.PAYMENT_MADE, Sign.POLICY_ISSUED]


async def test_what_was_said_just_before_the_release_is_read_too(company: Company) -> None:
    agent = await company.staff()
    chat = await company.chat(led_by=agent)
    await company.say(chat, Sender.USER, "Деньги перевела вам на карту")
    async with company.db.unit() as unit:
        await claiming.release(unit, agent, chat.id)
    await company.say(chat, Sender.USER, "Полис готов")
    await watch.sweep(company.db)
    assert [one.sign for one in await company.entries()] == [Sign.PAYMENT_MADE]


@pytest.mark.parametrize("led_by", [None, Role.ADMIN])
async def test_chats_that_no_agent_leads_are_not_read(
    company: Company, led_by: Role | None
) -> None:
    leading = await company.staff(led_by) if led_by is not None else None
    chat = await company.chat(led_by=leading)
    await company.say(chat, Sender.USER, "Оплатила")
    await watch.sweep(company.db)
    assert await company.entries() == []


async def test_what_was_said_before_the_agent_came_and_by_the_assistant_does_not_count(
    company: Company,
) -> None:
    agent = await company.staff()
    chat = await company.chat(led_by=agent)
    await company.say(chat, Sender.AI, "Оплата прошла, полис готов.")
    await company.say(chat, Sender.USER, "Оплатила")
    await company.change(
        "update log_entries set created_at = now() - interval '2 days' where conversation_id = %s",
        chat.conversation_id,
    )
    await company.say(chat, Sender.SYSTEM, "Полис оформлен")
    await watch.sweep(company.db)
    assert await company.entries() == []


async def test_talk_about_a_policy_of_the_service_is_no_sign(company: Company) -> None:
    chat = await company.chat(led_by=await company.staff())
    await company.sell(chat)
    await company.say(chat, Sender.USER, "Оплатила, полис пришёл!")
    await watch.sweep(company.db)
    assert [one for one in await company.entries() if one.sign] == []


async def test_a_known_number_is_no_sign_and_a_strange_one_is(company: Company) -> None:
    agent = await company.staff()
    policy = await company.sell(await company.chat())
    chat = await company.chat(led_by=agent)
    await company.say(chat, Sender.AGENT, f"Ваш номер {policy.number}")
    await watch.sweep(company.db)
    assert await company.entries() == []
    await company.say(chat, Sender.AGENT, "Номер полиса XXX 0123456789")
    await watch.sweep(company.db)
    (entry,) = await company.entries()
    assert (entry.sign, entry.policy_number) == (Sign.POLICY_NUMBER, "ХХХ0123456789")


async def test_a_policy_that_comes_minutes_later_answers_the_question(company: Company) -> None:
    chat = await company.chat(led_by=await company.staff())
    await company.say(chat, Sender.USER, "Оплатила")
    await watch.sweep(company.db)
    await company.accrue(await company.sell(chat))
    found = {one.sign: one.status for one in await company.entries()}
    assert found == {Sign.PAYMENT_MADE: Status.CANCELLED, None: Status.ACCRUED}


async def test_a_policy_that_comes_days_later_does_not_excuse_an_old_sign(company: Company) -> None:
    chat = await company.chat(led_by=await company.staff())
    await company.say(chat, Sender.USER, "Оплатила")
    await watch.sweep(company.db)
    await company.change(
        "update commissions set created_at = now() - %s where tenant_id = %s",
        accrual.SAME_SALE + timedelta(minutes=1),
        company.tenant_id,
    )
    await company.accrue(await company.sell(chat))
    assert len(await company.entries(status="review")) == 1


async def test_the_administrator_names_the_sum_or_rejects(company: Company) -> None:
    agent = await company.staff()
    for text in ("Оплатила", "Полис оформили"):
        await company.say(await company.chat(led_by=agent), Sender.USER, text)
    await watch.sweep(company.db)
    right, wrong = await company.entries()
    async with company.db.unit() as unit:
        await ledger.accept(unit, company.admin, right.id, Decimal("850.00"), "Клиент подтвердил")
        await ledger.cancel(unit, company.admin, wrong.id, "Речь о другом")
    now = {one.id: (one.status, one.amount) for one in await company.entries()}
    assert now == {
        right.id: (Status.CONFIRMED, Decimal("850.00")),
        wrong.id: (Status.CANCELLED, Decimal(0)),
    }


@pytest.mark.parametrize("amount", ["0", "-1", "1.001"])
async def test_a_review_needs_a_real_sum(company: Company, amount: str) -> None:
    await company.say(await company.chat(led_by=await company.staff()), Sender.USER, "Оплатила")
    await watch.sweep(company.db)
    (entry,) = await company.entries()
    async with company.db.unit() as unit:
        with pytest.raises(ServiceError, match="amount_wrong"):
            await ledger.accept(unit, company.admin, entry.id, Decimal(amount))
        with pytest.raises(ServiceError, match="needs_amount"):
            await ledger.confirm(unit, company.admin, entry.id)


async def test_a_long_chat_is_read_to_its_end_in_portions(company: Company) -> None:
    chat = await company.chat(led_by=await company.staff())
    for number in range(watch.LINES_AT_ONCE + 5):
        await company.say(chat, Sender.USER, f"Сообщение {number}")
    await company.say(chat, Sender.USER, "Оплатила")
    await watch.sweep(company.db)
    assert await company.entries() == []
    await watch.sweep(company.db)
    assert len(await company.entries()) == 1
