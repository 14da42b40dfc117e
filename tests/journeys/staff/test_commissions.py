"""Commissions on the screens of the administrator and of an agent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from insurance_chat.conversations.types import Sender
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.commissions.overview import CommissionView
from insurance_chat.operators.commissions.signs import watch
from tests.journeys.staff.conftest import Office
from tests.slices.operators.commissions.conftest import Company

PICTURES = os.environ.get("COMMISSION_PICTURES")


async def _user(office: Office, role: Role) -> Principal:
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select id, public_id from users where tenant_id = %s and role = %s order by id",
            (office.tenant_id, role.value),
        )
        row = await cursor.fetchone()
    assert row is not None
    return Principal(office.tenant_id, role, row[0], str(row[1]))


@pytest.fixture(scope="module")
async def sold(office: Office) -> list[CommissionView]:
    """Two policies of the agent of the office, one of another agent, one sign in a chat."""
    company = Company(office.db, office.tenant_id, await _user(office, Role.ADMIN))
    agent, other = await _user(office, Role.AGENT), await company.staff(name="Борис Орлов")
    entries = [
        await company.sold(agent, "7753.93"),
        await company.sold(agent, "4000.00", company="alfa"),
        await company.sold(other, "5000.00"),
    ]
    chat = await company.chat(led_by=agent)
    await company.say(chat, Sender.USER, "Деньги перевела вам на карту")
    await watch.sweep(office.db)
    return entries


async def _picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _begins(file: Path, magic: bytes) -> bool:
    return file.read_bytes().startswith(magic)


async def test_a_rule_counts_what_waited_for_it(
    office: Office, desktop: Page, sold: list[CommissionView]
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/commissions")
    await expect(desktop.get_by_text("4 записи ждут вашего решения")).to_be_visible()
    await desktop.get_by_role("link", name="Правила комиссий").click()
    await desktop.get_by_role("button", name="Новое правило").click()
    dialog = desktop.get_by_role("dialog")
    await dialog.get_by_label("Сколько").fill("сто")
    await dialog.get_by_role("button", name="Добавить").click()
    await expect(desktop.get_by_text("Укажите сумму числом")).to_be_visible()
    await dialog.get_by_label("Сколько").fill("7,5")
    await _picture(desktop, "rule")
    await dialog.get_by_role("button", name="Добавить").click()
    await expect(desktop.get_by_text("Правило добавлено, начислено: 3 записи")).to_be_visible()
    row = desktop.locator("tbody tr")
    await expect(row).to_contain_text("Все полисы")
    await expect(row).to_contain_text("7,5 %")
    await expect(row).to_contain_text("Действует")
    await _picture(desktop, "rules")


async def test_the_administrator_confirms_corrects_and_marks_as_paid(
    office: Office, desktop: Page, sold: list[CommissionView]
) -> None:
    await office.log_in(desktop, Role.ADMIN, f"/admin/commissions/{sold[0].id}")
    await desktop.get_by_role("button", name="Изменить сумму").click()
    dialog = desktop.get_by_role("dialog")
    await dialog.get_by_label("На сколько изменить").fill("-81,54")
    await dialog.get_by_role("button", name="Изменить сумму").click()
    await expect(desktop.get_by_text("Напишите причину.")).to_be_visible()
    await dialog.get_by_label("Причина").fill("Договорились")
    await dialog.get_by_role("button", name="Изменить сумму").click()
    await expect(dialog).to_have_count(0)
    await expect(desktop.get_by_text("Корректировка")).to_be_visible()
    await desktop.get_by_role("button", name="Подтвердить").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Подтвердить").click()
    await expect(desktop.get_by_role("button", name="Отметить оплаченной")).to_be_visible()
    await _picture(desktop, "entry")
    await desktop.goto(office.page("/admin/commissions?status=confirmed"))
    pay = desktop.get_by_role("button", name="Отметить оплаченными")
    await expect(pay).to_be_disabled()
    await desktop.get_by_role("checkbox").click()
    await pay.click()
    question = desktop.get_by_role("dialog")
    await expect(question).to_contain_text("500\u00a0₽")
    await question.get_by_role("button", name="Отметить", exact=True).click()
    await expect(desktop.get_by_text("Таких записей нет")).to_be_visible()
    await desktop.goto(office.page("/admin/commissions"))
    await expect(desktop.locator(".badge", has_text="Оплачена").first).to_be_visible()
    await _picture(desktop, "admin")


async def test_a_sign_in_a_chat_is_decided_by_the_administrator(
    office: Office, desktop: Page, sold: list[CommissionView]
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/commissions?show=attention")
    await desktop.get_by_role("link", name="В чате говорят об оплате").click()
    await expect(desktop.get_by_role("link", name="Открыть переписку")).to_be_visible()
    await desktop.get_by_role("button", name="Начислить комиссию").click()
    dialog = desktop.get_by_role("dialog")
    await dialog.get_by_label("Сумма").fill("850")
    await dialog.get_by_role("button", name="Начислить комиссию").click()
    await expect(desktop.locator(".badge", has_text="Подтверждена").first).to_be_visible()
    await expect(desktop.get_by_text("850\u00a0₽").first).to_be_visible()


async def test_an_agent_sees_own_commissions_and_downloads_the_statement(
    office: Office, desktop: Page, phone: Page, sold: list[CommissionView]
) -> None:
    await office.log_in(desktop, Role.AGENT, "/workspace/commissions")
    await expect(desktop.get_by_text("которую вы выплачиваете сервису")).to_be_visible()
    assert sold[1].policy_number is not None
    assert sold[2].policy_number is not None
    await expect(desktop.get_by_text(sold[1].policy_number)).to_be_visible()
    await expect(desktop.get_by_text(sold[2].policy_number)).to_have_count(0)
    for ending, magic in (("XLSX", b"PK"), ("PDF", b"%PDF")):
        async with desktop.expect_download() as waiting:
            await desktop.get_by_role("button", name=f", {ending}").click()
        download = await waiting.value
        assert download.suggested_filename.startswith("Комиссия сервису")
        assert _begins(await download.path(), magic)
    await _picture(desktop, "agent")
    await desktop.get_by_role("link", name=sold[1].policy_number).click()
    await expect(desktop.get_by_text("Начисление")).to_be_visible()
    await expect(desktop.get_by_role("button", name="Отменить")).to_have_count(0)
    await desktop.goto(office.page(f"/workspace/commissions/{sold[2].id}"))
    await expect(desktop.get_by_text("Запись о комиссии не найдена.")).to_be_visible()
    await desktop.goto(office.page("/admin/commissions"))
    await expect(desktop.get_by_text("Эта страница не для вашей роли")).to_be_visible()
    await office.log_in(phone, Role.AGENT, "/workspace/commissions")
    await expect(phone.get_by_text(sold[1].policy_number)).to_be_visible()
    width = await phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 375
    await _picture(phone, "phone")
