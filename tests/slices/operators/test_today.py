"""The administrator's first page: figures of the day and what waits for a decision."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from insurance_chat.conversations import incidents, log, sessions
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.today import service as today
from insurance_chat.operators.today.repository import (
    fetch_source_states_across_tenants,
    fetch_waiting_letters_across_tenants,
)
from tests.support.chats import open_web_chat


@pytest.fixture
def admin(tenant_id: int) -> Principal:
    """The administrator."""
    return Principal(tenant_id, Role.ADMIN)


async def test_the_day_and_the_open_questions_are_counted(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    begun = utcnow() - timedelta(minutes=1)
    async with db.unit() as unit:
        chat = await open_web_chat(unit, tenant_id)
    async with db.unit() as unit:
        conversation = await sessions.find(unit, admin, chat.id, lock=True)
        for sender in (Sender.USER, Sender.USER, Sender.AI):
            await log.append_message(unit, conversation, sender, {"text": "Добрый день"})
        await incidents.report(unit, admin, chat.id, "ai_inaccuracy", {"text": "Неверно"})
    async with db.pool.connection() as connection:
        await connection.execute(
            "insert into users (tenant_id, login, name, role, password_hash) "
            "values (%s, 'new', 'Новый', 'agent', '')",
            (tenant_id,),
        )
        await connection.execute(
            "insert into kb_unanswered (tenant_id, question) values (%s, ''::bytea)", (tenant_id,)
        )
    async with db.unit() as unit:
        figures = await today.figures(unit, admin, begun)
        waits = await today.waiting(unit, admin)
        tomorrow = await today.figures(unit, admin, utcnow() + timedelta(hours=1))
    assert (figures.chats, figures.messages, figures.replies, figures.unanswered) == (1, 2, 1, 1)
    assert (figures.quotes, figures.policies, figures.premium) == (0, 0, Decimal(0))
    assert (waits.incidents, waits.agents, waits.questions, waits.clients) == (1, 1, 1, 0)
    assert tomorrow == today.Today(0, 0, 0, 0, 0, 0, Decimal(0))


async def test_another_company_counts_nothing_of_it(db: Database, tenant_id: int) -> None:
    stranger = Principal(tenant_id + 1000, Role.ADMIN)
    async with db.unit() as unit:
        assert await today.waiting(unit, stranger) == today.Waiting(0, 0, 0, 0, 0, 0, 0, 0, 0)
        figures = await today.figures(unit, stranger, utcnow() - timedelta(days=1))
    assert figures.chats == figures.messages == 0


async def test_an_agent_does_not_read_the_figures(db: Database, tenant_id: int) -> None:
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="Недостаточно прав"):
            await today.figures(unit, Principal(tenant_id, Role.AGENT, user_id=1), utcnow())


async def test_a_source_is_broken_after_three_failures(db: Database, tenant_id: int) -> None:
    async with db.pool.connection() as connection:
        for failures in (0, 2, 3):
            await connection.execute(
                "insert into update_sources (tenant_id, type, url, title, schedule_cron, next_at, "
                "created_by, failures) values (%s, 'page', 'https://x', 'x', '0 6 * * *', now(), 'x', %s)",
                (tenant_id, failures),
            )
    async with db.unit() as unit:
        assert await fetch_source_states_across_tenants(unit) == (3, 1)
        assert await fetch_waiting_letters_across_tenants(unit, timedelta(minutes=10)) == 0
