"""Voice messages: an agent speaks into a microphone that beeps, the client hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from insurance_chat.core import sniff
from insurance_chat.core.principal import Role
from tests.journeys.sale.client import pictures_folder
from tests.journeys.staff.conftest import Office
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations, hearing_browser, new_context  # noqa: F401

SECONDS = 30_000
LOADED = """(node) => new Promise((done, fail) => {
    node.onloadedmetadata = () => done(true);
    node.onerror = () => fail(new Error('not playable'));
    node.load();
    node.preload = 'auto';
})"""


@pytest.fixture
async def context(hearing_browser: Browser) -> AsyncIterator[BrowserContext]:  # noqa: F811
    """An agent with a microphone, not yet allowed to the page."""
    context = await new_context(hearing_browser)
    yield context
    await context.close()


async def _room(office: Office, context: BrowserContext, visitor: Visitor) -> Page:
    """A client of the demo site has asked for an agent, and the agent has taken the chat."""
    await visitor.open(f"{office.url}/demo")
    await visitor.say("позовите агента")
    await visitor.sees("Ожидание агента")
    page = await context.new_page()
    await office.log_in(page, Role.AGENT)
    await page.locator(".card.waits a").first.click()
    await page.get_by_role("button", name="Взять чат").click()
    await expect(page.get_by_label("Сообщение клиенту")).to_be_enabled()
    await visitor.sees("К чату подключился агент")
    return page


async def _record(page: Page) -> None:
    await page.get_by_role("button", name="Записать голосовое сообщение").click()
    await expect(page.get_by_role("timer")).to_have_text("0:01", timeout=SECONDS)


async def test_the_client_hears_what_the_agent_said(
    product_office: Office, context: BrowserContext, phone: Page
) -> None:
    await context.grant_permissions(["microphone"])
    client = Visitor(phone)
    page = await _room(product_office, context, client)
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.get_by_label("Сообщение клиенту").fill("Рассказал голосом")
    await _record(page)
    await expect(page.get_by_role("button", name="Остановить")).to_be_focused()
    await page.keyboard.press("Enter")
    preview = page.get_by_label("Прослушать запись")
    await expect(preview).to_be_visible()
    assert await preview.evaluate(LOADED)
    await page.screenshot(path=pictures_folder(product_office.data_dir) / "voice-360.png")
    assert await axe_violations(page) == []
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(overflow) <= 0
    await expect(page.locator("#voice").get_by_role("button", name="Отправить")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".line.own audio")).to_have_count(1, timeout=SECONDS)
    assert await page.locator(".line.own audio").evaluate(LOADED)
    await expect(page.get_by_role("group", name="Голосовое сообщение")).to_be_hidden()
    await expect(page.get_by_label("Сообщение клиенту")).to_have_value("")

    await client.sees("Рассказал голосом")
    player = client.panel.locator("audio")
    await expect(player).to_have_count(1)
    answer = await phone.request.get(str(await player.get_attribute("src")))
    assert answer.headers["content-type"] == "audio/webm"
    assert sniff.sniff_mime(await answer.body()) == "audio/webm"
    assert await player.evaluate(LOADED)
    assert client.errors == []

    await _record(page)
    await page.locator("#voice").get_by_role("button", name="Отправить").click()
    await expect(player).to_have_count(2, timeout=SECONDS)


async def test_a_cancelled_recording_goes_nowhere(
    product_office: Office, context: BrowserContext, phone: Page
) -> None:
    await context.grant_permissions(["microphone"])
    client = Visitor(phone)
    page = await _room(product_office, context, client)
    kept = _stored(product_office)
    cancel = page.get_by_role("button", name="Отменить")
    await _record(page)
    await cancel.click()
    await expect(cancel).to_be_hidden()
    await _record(page)
    await page.get_by_role("button", name="Остановить").click()
    await expect(page.get_by_label("Прослушать запись")).to_be_visible()
    await cancel.click()
    await expect(page.get_by_role("button", name="Записать голосовое сообщение")).to_be_focused()
    field = page.get_by_label("Сообщение клиенту")
    await field.fill("Напишу словами")
    await field.press("Enter")
    await client.sees("Напишу словами")
    await expect(client.panel.locator("audio")).to_have_count(0)
    await expect(page.locator(".line.own")).to_have_count(1)
    assert _stored(product_office) == kept


async def test_words_that_may_not_be_sent_keep_the_recording(
    product_office: Office, context: BrowserContext, phone: Page
) -> None:
    await context.grant_permissions(["microphone"])
    client = Visitor(phone)
    page = await _room(product_office, context, client)
    field = page.get_by_label("Сообщение клиенту")
    await field.fill("Пишите мне в вотсап +7 916 123-45-67, оформим дешевле мимо сервиса")
    await _record(page)
    send = page.locator("#voice").get_by_role("button", name="Отправить")
    await send.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Сообщение не отправлено")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Запись сохранена")).to_be_visible()
    await field.fill("")
    await send.click()
    await expect(client.panel.locator("audio")).to_have_count(1, timeout=SECONDS)


async def test_who_refuses_the_microphone_is_told_so(
    product_office: Office, context: BrowserContext
) -> None:
    session: UUID = await product_office.open_chat("Добрый день")
    page = await context.new_page()
    await product_office.log_in(page, Role.ADMIN, f"/workspace/chats/{session}")
    await expect(page.locator("#composer")).to_be_visible()
    await page.evaluate("document.querySelector('[data-voice=start]').click()")
    await expect(page.get_by_text("Доступ к микрофону запрещён")).to_be_visible()
    await page.get_by_role("button", name="Закрыть", exact=True).click()
    await expect(page.get_by_text("Доступ к микрофону запрещён")).to_be_hidden()


def _stored(office: Office) -> int:
    return sum(path.is_file() for path in (office.data_dir / "files").rglob("*"))
