"""«Напоминания» of the administrator: narrowed, sorted and paged by the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from insurance_chat.core.clock import MOSCOW, moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderPage

TODAY = moscow_today()


@pytest.fixture(scope="module")
async def admin(db: Database, tenant_id: int) -> Principal:
    """The administrator of a company with three policies and a reminder of each."""
    subject = db.cipher.seal_json({"title": "LADA Vesta", "file_size": 1, "email": "a@example.ru"})
    async with db.pool.connection() as connection:
        for number in (1, 2, 3):
            await connection.execute(
                "with sale as (insert into sales (tenant_id, key, product, provider, company_code, "
                "offer_id, offer_price, payload) values (%(tenant)s, %(key)s, 'osago', 'x', 'alfa', "
                "'o', 1, '') returning id), policy as (insert into policies (tenant_id, sale_id, "
                "product, company_code, number, price, start_date, expire_at, file_key, subject) "
                "select %(tenant)s, id, 'osago', 'alfa', %(key)s, 1, %(today)s, %(end)s, 'f', "
                "%(subject)s from sale returning id) insert into reminders (tenant_id, policy_id, "
                "remind_at, recipients, status) select %(tenant)s, id, "
                "(%(end)s::date - 7 + time '10:00') at time zone 'Europe/Moscow', "
                "'{client,agent}', %(status)s from policy",
                {
                    "tenant": tenant_id,
                    "key": f"XXX {number}",
                    "today": TODAY,
                    "end": TODAY + timedelta(days=10 * number),
                    "status": "cancelled" if number == 3 else "pending",
                    "subject": subject,
                },
            )
    return Principal(tenant_id, Role.ADMIN)


async def found(db: Database, admin: Principal, **wanted: str | date | int | None) -> ReminderPage:
    async with db.unit() as unit:
        return await overview.list_reminders(unit, admin, **wanted)  # type: ignore[arg-type]


def numbers(page: ReminderPage) -> list[str]:
    return [row.number for row in page.rows]


async def test_the_list_is_sorted_by_either_date_both_ways(db: Database, admin: Principal) -> None:
    assert numbers(await found(db, admin)) == ["XXX 1", "XXX 2", "XXX 3"]
    assert numbers(await found(db, admin, order="-at")) == ["XXX 3", "XXX 2", "XXX 1"]
    assert numbers(await found(db, admin, order="-end")) == ["XXX 3", "XXX 2", "XXX 1"]


async def test_it_is_narrowed_by_state_number_and_moscow_dates(
    db: Database, admin: Principal
) -> None:
    assert numbers(await found(db, admin, status="pending")) == ["XXX 1", "XXX 2"]
    assert numbers(await found(db, admin, number=" xxx 2 ")) == ["XXX 2"]
    day = TODAY + timedelta(days=13)
    assert numbers(await found(db, admin, since=day, until=day)) == ["XXX 2"]


async def test_a_page_counts_all_and_says_what_will_be_sent(db: Database, admin: Principal) -> None:
    page = await found(db, admin, limit=1, offset=1)
    assert page.total == 3
    [row] = page.rows
    assert row.remind_at.astimezone(MOSCOW).hour == 10
    assert "XXX 2" in row.text
    assert (row.in_chat, row.by_mail) == (False, True)
