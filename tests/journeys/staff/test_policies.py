"""Policies and reminders on the screens of staff."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from insurance_chat.accounts.repository import fetch_users_by_login_across_tenants
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.files import local_file_store
from insurance_chat.core.principal import Role
from insurance_chat.insurance import reminders
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.repository import PolicyRepository, SaleRepository
from tests.journeys.staff.conftest import Office

PDF = b"%PDF-1.4\n% a policy\n%%EOF\n"


@pytest.fixture(scope="module")
async def number(office: Office, cipher: Cipher) -> str:
    """The number of a policy that begins tomorrow and has a ladder of reminders."""
    key = await local_file_store(office.data_dir / "files", cipher).put(PDF, sealed=True)
    start = moscow_today() + timedelta(days=1)
    async with office.db.unit() as unit:
        sale = await SaleRepository(unit, office.tenant_id).add_sale(
            {
                "key": uuid4().hex,
                "product": "osago",
                "provider": "polis_online",
                "company_code": "alfa",
                "offer_id": "1",
                "offer_price": Decimal("7753.93"),
                "payload": cipher.seal_json({}),
            }
        )
        repository = PolicyRepository(unit, office.tenant_id)
        policy = await repository.add_policy(
            {
                "sale_id": sale.id,
                "product": "osago",
                "company_code": "alfa",
                "number": "ХХХ0123456789",
                "price": Decimal("7753.93"),
                "start_date": start,
                "expire_at": start + timedelta(days=364),
                "file_key": key,
                "subject": cipher.seal_json({"title": "Lada Granta", "file_size": len(PDF)}),
                "operator_id": await _agent(unit),
            }
        )
        assert policy is not None
        await reminders.plan_ladder(unit, office.tenant_id, policy)
    return "ХХХ0123456789"


async def _agent(unit: Unit) -> int:
    """The agent who has sold it: agents see only policies that concern them."""
    found = await fetch_users_by_login_across_tenants(unit, "agent")
    return found[0].id


async def test_an_agent_finds_a_policy_and_downloads_it(
    office: Office, desktop: Page, number: str
) -> None:
    await office.log_in(desktop, Role.AGENT, "/workspace/policies")
    await desktop.get_by_label("Номер полиса").fill("345678")
    await desktop.get_by_role("button", name="Показать").click()
    row = desktop.locator("tbody tr")
    await expect(row).to_contain_text("7\u00a0753,93\u00a0₽")
    await expect(row).to_contain_text("Ещё не начался")
    address = await row.get_by_role("link", name=f"Скачать PDF полиса {number}").get_attribute(
        "href"
    )
    answer = await desktop.request.get(f"{office.url}{address}")
    assert await answer.body() == PDF
    assert answer.headers["content-type"] == "application/pdf"
    await desktop.context.clear_cookies()
    stranger = await desktop.request.get(answer.url, max_redirects=0)
    assert stranger.status == 303


async def test_a_policy_that_is_not_there_is_not_found_in_words(
    office: Office, desktop: Page, number: str
) -> None:
    await office.log_in(desktop, Role.AGENT, "/workspace/policies?number=000")
    await expect(desktop.get_by_text("Таких полисов нет")).to_be_visible()
    await desktop.get_by_role("link", name="Сбросить").click()
    await expect(desktop.get_by_text(number)).to_be_visible()


async def test_a_reminder_is_cancelled_after_a_question(
    office: Office, desktop: Page, number: str
) -> None:
    await office.log_in(desktop, Role.AGENT, "/workspace/reminders")
    buttons = desktop.get_by_role("button", name=f"Отменить напоминание о полисе {number}")
    await expect(buttons).to_have_count(6)
    await buttons.first.click()
    dialog = desktop.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await desktop.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(buttons).to_have_count(6)
    await buttons.first.click()
    await dialog.get_by_role("button", name="Отменить напоминание").click()
    await expect(buttons).to_have_count(5)
    await expect(desktop.locator("td .badge", has_text="Отменено")).to_be_visible()


async def test_staff_of_another_company_see_nothing_of_it(office: Office, number: str) -> None:
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Чужая', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    stranger = office.stranger(row[0])
    async with office.db.unit() as unit:
        assert (await overview.list_policies(unit, stranger)).total == 0
        assert (await overview.list_reminders(unit, stranger)).total == 0
        assert await overview.list_companies(unit, stranger) == []
