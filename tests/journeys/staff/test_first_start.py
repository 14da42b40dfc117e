"""The administrator's first minutes: led through the steps, each tried for real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.installation.service import Item
from insurance_chat.accounts.seed import ensure_tenant_and_staff
from insurance_chat.channels.repository import ConnectionRepository
from insurance_chat.core.db.unit import Database
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.smtp import MailCatcher
from tests.journeys.staff.conftest import KEY, Office
from tests.support.processes import Part, free_port, wait_until_serving
from tests.support.sandbox_server import served

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@dataclass
class World:
    """A fresh installation beside a mail server and an emulated Telegram."""

    office: Office
    mail_port: int
    letters: Any


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The pages of an installation that nobody has opened yet."""
    async with db.unit() as unit:
        tenant_id, created = await ensure_tenant_and_staff(unit)
    emulators = create_sandbox_app()
    with served(emulators) as address:
        async with MailCatcher(emulators.state.sandbox, port=0) as catcher:
            port = free_port()
            environment = {
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path),
                "SECRET_KEY": KEY,
                "PORT": str(port),
                "TELEGRAM_API_URL": f"{address}/telegram",
            }
            web = Part("web", environment)
            await web.start()
            url = f"http://127.0.0.1:{port}"
            await wait_until_serving(f"{url}/staff/login")
            passwords = {login.role: login.password for login in created}
            office = Office(url, db, tenant_id, passwords, tmp_path)
            yield World(office, catcher.port, emulators.state.sandbox.store)
            await web.stop()


async def test_the_first_log_in_leads_through_the_steps(world: World, desktop: Page) -> None:
    await world.office.log_in(desktop)
    assert desktop.url.endswith("/staff/admin/wizard")
    await _company(desktop)
    await desktop.get_by_role("button", name="Пропустить этот шаг").click()  # the password
    await _mail(world, desktop)
    await desktop.get_by_role("button", name="Пропустить этот шаг").click()  # the model
    await _telegram(desktop)
    await expect(desktop.get_by_role("heading", name="Всё готово")).to_be_visible()
    await desktop.goto(world.office.page("/admin/home"))
    await expect(desktop.get_by_role("heading", name="Требует решения")).to_be_visible()
    await expect(desktop.get_by_text("Настройка не закончена")).to_have_count(0)
    async with world.office.db.unit() as unit:
        kept = await installation.load(unit)
        assert kept[Item.SMTP_URL] == f"smtp://127.0.0.1:{world.mail_port}?starttls=0"
        assert kept[Item.MAIL_FROM_NAME] == "Ромашка"
        assert not kept.get(Item.TELEGRAM_TOKEN)  # the connected account keeps it
        bots = await ConnectionRepository(unit, world.office.tenant_id).all()
        assert [(bot.kind, bot.title, bot.state) for bot in bots] == [
            ("telegram", "@practice_123456789_bot", "active")
        ]
    await desktop.goto(world.office.page("/admin/settings"))
    await expect(desktop.get_by_text("Настроена на этой странице")).to_be_visible()
    await expect(desktop.get_by_text("Бот отвечает")).to_be_visible()
    assert TOKEN not in await desktop.content()


async def _company(page: Page) -> None:
    await page.get_by_label("Название компании").fill("Ромашка")
    await page.get_by_role("button", name="Сохранить и дальше").click()
    await expect(page.get_by_role("heading", name="Шаг 2 из 5. Пароль")).to_be_visible()
    await expect(page.locator(".brand")).to_have_text("Ромашка")


async def _mail(world: World, page: Page) -> None:
    await expect(page.get_by_role("heading", name="Шаг 3 из 5. Почта")).to_be_visible()
    await page.get_by_label("Шифрование").click()
    await page.get_by_role("option", name="Без шифрования").click()
    await page.get_by_label("Сервер", exact=True).fill("127.0.0.1")
    await page.get_by_label("Порт").fill(str(free_port()))
    await page.get_by_label("Адрес отправителя").fill("polis@example.ru")
    await page.get_by_label("Куда отправить").fill("boss@example.ru")
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.get_by_text("никто не отвечает. Проверьте порт")).to_be_visible()
    await page.get_by_label("Порт").fill(str(world.mail_port))
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.get_by_text("сервер принял письмо для boss@example.ru")).to_be_visible()
    await page.get_by_role("button", name="Сохранить и дальше").click()
    await expect(page.get_by_role("heading", name="Шаг 4 из 5. Языковая модель")).to_be_visible()


async def _telegram(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Шаг 5 из 5. Telegram")).to_be_visible()
    await page.get_by_label("Токен бота").fill(TOKEN.replace("AA", "BB"))
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.get_by_text("не знает такого токена")).to_be_visible()
    await page.get_by_label("Токен бота").fill(TOKEN)
    await page.get_by_role("button", name="Проверить").click()
    await expect(page.get_by_text("это бот @practice_123456789_bot")).to_be_visible()
    await page.get_by_role("button", name="Сохранить и дальше").click()
