"""Renewal: a ladder only with consent, sent once, in the chat and by e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind
from insurance_chat.core.clock import MOSCOW, moscow_today, utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance import letters, reminders
from insurance_chat.insurance.models import Policy
from insurance_chat.insurance.repository import JobRepository, PolicyRepository, SaleRepository
from tests.support.chats import open_web_chat


@dataclass
class Services:
    """What letters need."""

    db: Database
    files: FileStore
    mail: MailSettings


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    return Services(db, local_file_store(tmp_path, db.cipher), MailSettings())


async def _policy(db: Database, tenant_id: int, expire_at: date) -> tuple[Policy, int]:
    async with db.unit() as unit:
        session = await open_web_chat(unit, tenant_id)
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
                "conversation_id": session.conversation_id,
                "contact_id": session.contact_id,
                "product": "osago",
                "company_code": "reso",
                "number": uuid4().hex[:13],
                "price": 100,
                "start_date": expire_at - timedelta(days=364),
                "expire_at": expire_at,
                "file_key": "plain/00/" + "0" * 40,
                "subject": unit.cipher.seal_json(
                    {"title": "LADA Vesta", "file_size": 1, "email": "client@example.ru"}
                ),
            }
        )
    assert policy is not None
    return policy, session.conversation_id


async def _said(db: Database, tenant_id: int, conversation_id: int) -> list[str]:
    async with db.unit() as unit:
        repository = ConversationRepository(unit, tenant_id)
        lines = await repository.entries_after(conversation_id, 0, 100, (EntryKind.MESSAGE,))
    return [line.body["text"] for line in lines]


async def _mails(db: Database, policy: Policy) -> int:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select count(*) from policy_mails where policy_id = %s", (policy.id,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_the_ladder_stands_45_30_14_7_3_and_1_days_before_the_end(
    db: Database, tenant_id: int
) -> None:
    end = moscow_today() + timedelta(days=100)
    policy, _ = await _policy(db, tenant_id, end)
    async with db.unit() as unit:
        assert await reminders.plan_ladder(unit, tenant_id, policy) == 6
        assert await reminders.plan_ladder(unit, tenant_id, policy) == 6
        planned = await PolicyRepository(unit, tenant_id).reminders(policy.id)
    days = [(end - row.remind_at.astimezone(MOSCOW).date()).days for row, _ in planned]
    assert days == [45, 30, 14, 7, 3, 1]


async def test_steps_of_the_ladder_that_have_passed_are_left_out(
    db: Database, tenant_id: int
) -> None:
    policy, _ = await _policy(db, tenant_id, moscow_today() + timedelta(days=10))
    async with db.unit() as unit:
        assert await reminders.plan_ladder(unit, tenant_id, policy) == 3


async def test_no_means_never(db: Database, tenant_id: int) -> None:
    policy, _ = await _policy(db, tenant_id, moscow_today() + timedelta(days=100))
    async with db.unit() as unit:
        await reminders.plan_ladder(unit, tenant_id, policy)
        await reminders.decline(unit, tenant_id, policy.id)
        planned = await PolicyRepository(unit, tenant_id).reminders(policy.id)
    assert {row.status for row, _ in planned} == {"cancelled"}


async def test_a_due_reminder_is_said_once_and_mailed_once(
    db: Database, tenant_id: int, services: Services
) -> None:
    policy, conversation_id = await _policy(db, tenant_id, moscow_today() + timedelta(days=50))
    async with db.unit() as unit:
        await reminders.plan_ladder(unit, tenant_id, policy)
    async with db.pool.connection() as connection:
        await connection.execute(
            "update reminders set remind_at = now() where policy_id = %s and days_before = 45",
            (policy.id,),
        )
    async with db.unit() as unit:
        due = await JobRepository(unit).fetch_due_reminders_across_tenants(100)
    for reminder in [*due, *due]:
        await letters.remind(services, reminder)
    said = await _said(db, tenant_id, conversation_id)
    assert len(said) == 1
    assert "LADA Vesta" in said[0]
    assert await _mails(db, policy) == 1


async def test_a_cancelled_reminder_says_nothing(
    db: Database, tenant_id: int, services: Services
) -> None:
    policy, conversation_id = await _policy(db, tenant_id, moscow_today() + timedelta(days=50))
    async with db.unit() as unit:
        await reminders.plan_ladder(unit, tenant_id, policy)
        await reminders.decline(unit, tenant_id, policy.id)
        planned = await PolicyRepository(unit, tenant_id).reminders(policy.id)
    await letters.remind(services, planned[0][0].id)
    assert await _said(db, tenant_id, conversation_id) == []


def _admin(tenant_id: int) -> Principal:
    return Principal(tenant_id, Role.ADMIN, user_public_id="a")


@pytest.mark.parametrize(
    ("moment", "recipients", "code"),
    [
        (timedelta(days=-1), ["client"], "reminder_in_past"),
        (timedelta(days=1), [], "recipients_empty"),
    ],
)
async def test_an_impossible_reminder_is_refused(
    db: Database, tenant_id: int, moment: timedelta, recipients: list[str], code: str
) -> None:
    policy, _ = await _policy(db, tenant_id, moscow_today() + timedelta(days=100))
    when: datetime = utcnow() + moment
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match=code):
            await reminders.create(unit, _admin(tenant_id), policy.public_id, when, recipients)


async def test_another_tenant_sees_no_reminders(db: Database, tenant_id: int) -> None:
    policy, _ = await _policy(db, tenant_id, moscow_today() + timedelta(days=100))
    stranger: Any = _admin(tenant_id + 1_000_000)
    async with db.unit() as unit:
        await reminders.plan_ladder(unit, tenant_id, policy)
        assert await reminders.list_reminders(unit, stranger) == []
        with pytest.raises(ServiceError, match="policy_not_found"):
            await reminders.create(
                unit, stranger, policy.public_id, utcnow() + timedelta(days=1), ["client"]
            )
