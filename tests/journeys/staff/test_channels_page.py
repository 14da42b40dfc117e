"""The administrator connects messengers on the page «Каналы», and clients are answered in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from insurance_chat.accounts.seed import ensure_tenant_and_staff
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import KEY, Office, _seen_first_steps
from tests.support.processes import Part, free_port, wait_until_serving

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CLIENT = "79030001000@s.whatsapp.net"
PATIENCE = 40.0


@dataclass
class Outside:
    """Controls of the emulators.

    Args:
        http: with the address of the sandbox.
    """

    http: httpx.AsyncClient

    async def post(self, path: str, **told: Any) -> dict[str, Any]:
        """Make something happen outside."""
        answer = await self.http.post(path, json=told)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def whatsapp(self) -> list[str]:
        """What the WhatsApp client reads from us."""
        found = (await self.http.get("control/gateway")).json()["messages"]
        return [one["text"] for one in found if one["chat"] == CLIENT and one["by"] == "api"]

    async def telegram(self) -> list[str]:
        """What the Telegram client reads from us."""
        bot = TOKEN.partition(":")[0]
        found = (await self.http.get(f"telegram/control/bots/{bot}/clients/5001/messages")).json()
        ours = [one["message"] for one in found["messages"] if one["side"] == "bot"]
        return [str(one.get("text", "")) for one in ours]


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is so."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + PATIENCE
    while not (value := await condition()):
        assert loop.time() < give_up, "waited in vain"
        await asyncio.sleep(0.1)
    return value


@pytest.fixture(scope="module")
async def channel_office(
    db: Database, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The whole product whose Telegram is the emulated one."""
    async with db.unit() as unit:
        tenant_id, created = await ensure_tenant_and_staff(unit)
        await _seen_first_steps(unit, tenant_id)
    folder, port = tmp_path_factory.mktemp("channels"), free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": KEY,
        "PORT": str(port),
        "SANDBOX_TIME_SCALE": "0",
        "TELEGRAM_API_URL": f"{url}/sandbox/telegram",
    }
    part = Part("run", environment)
    await part.start()
    await wait_until_serving(f"{url}/health")
    yield Office(url, db, tenant_id, {one.role: one.password for one in created}, folder)
    await part.stop()


@pytest.fixture
async def outside(channel_office: Office) -> AsyncIterator[Outside]:
    """The emulators of the running product."""
    base = f"{channel_office.url}/sandbox/"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as http:
        yield Outside(http)


async def test_a_bot_is_connected_by_its_token_and_answers(
    channel_office: Office, desktop: Page, outside: Outside
) -> None:
    await channel_office.log_in(desktop, Role.ADMIN, "/admin/channels")
    await expect(desktop.get_by_text("Пока ни одного мессенджера")).to_be_visible()
    await desktop.get_by_role("link", name="Подключить мессенджер").click()
    await desktop.get_by_role("link", name="Telegram").click()
    connect = desktop.get_by_role("button", name="Проверить и подключить")
    await connect.click()
    await expect(desktop.get_by_text("Заполните поле")).to_be_visible()
    field = desktop.locator("form input").first
    await field.fill("123456789:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    await field.press("Enter")
    await expect(desktop.get_by_role("status")).to_contain_text("не знает")
    await field.fill(TOKEN)
    await connect.click()
    await expect(desktop.get_by_text("Работает", exact=True)).to_be_visible(timeout=20_000)
    bot = TOKEN.partition(":")[0]
    await outside.post(f"telegram/control/bots/{bot}/clients/5001/say", text="привет")
    assert await until(outside.telegram)
    await desktop.get_by_role("button", name="Отправить проверочное сообщение").click()
    await expect(desktop.get_by_text("Отправлено тому, кто писал последним")).to_be_visible()
    # The answer to the greeting may have several parts, so it need not be the last one.
    assert any("Проверка связи" in text for text in await outside.telegram())
    assert TOKEN not in await desktop.content()


async def test_a_phone_is_paired_by_the_code_and_its_troubles_are_told(
    channel_office: Office, phone: Page, outside: Outside
) -> None:
    await channel_office.log_in(phone, Role.ADMIN, "/admin/channels/add?kind=whatsapp_gateway")
    await phone.get_by_label("Адрес шлюза").fill(f"{channel_office.url}/sandbox/gateway")
    await phone.get_by_label("Имя для входа").fill("gateway")
    await phone.get_by_label("Пароль шлюза").fill("wrong")
    await phone.get_by_label("Имя устройства").fill("office")
    connect = phone.get_by_role("button", name="Проверить и подключить")
    await connect.click()
    await expect(phone.get_by_role("status")).to_contain_text("не принял имя и пароль")
    await phone.get_by_label("Пароль шлюза").fill("practice")
    await connect.click()
    await expect(phone.get_by_alt_text("QR-код для привязки телефона")).to_be_visible(
        timeout=20_000
    )
    await outside.post("control/gateway/devices/office/pair", phone="+7 916 555-01-01")
    await expect(phone.get_by_text("Работает", exact=True)).to_be_visible(timeout=20_000)
    await expect(phone.get_by_text("+79165550101")).to_be_visible()
    say = f"control/gateway/devices/office/chats/{CLIENT}/say"
    await outside.post(say, text="привет")
    assert await until(outside.whatsapp)
    # The number says that it is not in WhatsApp: the answer waits for a person.
    await outside.post("control/gateway/faults", kind="refused")
    await outside.post(say, text="Сколько стоит ОСАГО?")
    await expect(phone.locator(".figures").get_by_role("link", name="1").last).to_be_visible(
        timeout=PATIENCE * 1000
    )
    await phone.goto(channel_office.page("/admin/channels/undelivered"))
    row = phone.locator("tbody tr")
    await expect(row).to_contain_text("Этого номера нет в WhatsApp")
    seen = len(await outside.whatsapp())
    await phone.get_by_role("button", name="Отправить ещё раз").click()
    await expect(phone.get_by_text("Всё дошло")).to_be_visible()

    async def more() -> bool:
        return len(await outside.whatsapp()) > seen

    await until(more)
    await outside.post("control/gateway/devices/office/logout")
    await phone.goto(channel_office.page("/admin/channels"))
    await phone.get_by_role("link", name="WhatsApp office").click()
    await phone.get_by_role("button", name="Проверить сейчас").click()
    await expect(phone.get_by_text("Не работает", exact=True)).to_be_visible()


async def test_a_chat_of_a_messenger_shows_how_far_its_messages_got(
    channel_office: Office, desktop: Page, outside: Outside
) -> None:
    await channel_office.log_in(desktop, Role.ADMIN, "/admin/chats?channel=whatsapp")
    await desktop.locator(".chat-link").first.click()
    await expect(desktop.locator(".facts")).to_contain_text("WhatsApp, office")
    marks = desktop.locator(".mark")
    await expect(marks.first).to_have_text("✓ отправлено")
    found = (await outside.http.get("control/gateway")).json()["messages"]
    first = next(one["id"] for one in found if one["by"] == "api")
    await outside.post(f"control/gateway/messages/{first}/receive", read=True)
    await expect(marks.first).to_have_text("✓✓ прочитано", timeout=30_000)


async def test_an_account_is_renamed_and_removed(channel_office: Office, desktop: Page) -> None:
    await channel_office.log_in(desktop, Role.ADMIN, "/admin/channels")
    await desktop.get_by_role("link", name="WhatsApp office").click()
    await desktop.get_by_role("button", name="Переименовать").click()
    await desktop.get_by_role("dialog").get_by_label("Название").fill("Офис на Мира")
    await desktop.get_by_role("button", name="Сохранить").click()
    await expect(desktop.get_by_role("heading", name="Офис на Мира")).to_be_visible()
    await desktop.get_by_role("button", name="Удалить").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    await expect(desktop.get_by_role("link", name="Офис на Мира")).to_have_count(0)
    await expect(desktop.locator("tbody tr")).to_have_count(1)


async def test_an_agent_may_not_open_the_page(channel_office: Office, desktop: Page) -> None:
    await channel_office.log_in(desktop, Role.AGENT, "/admin/channels")
    await expect(desktop.get_by_text("Эта страница не для вашей роли")).to_be_visible()
