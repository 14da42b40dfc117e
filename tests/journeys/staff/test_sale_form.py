"""An agent fills the sale of a client: two real browsers, the whole product, the sandbox insurer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product, product  # noqa: F401
from tests.journeys.staff.desk import (
    SECONDS,
    agent_page,
    fill,
    fill_mortgage,
    fill_terms,
    licence,
    open_form,
    owner,
    save,
    somebody,
    switch,
)
from tests.support.browser import axe_violations, new_context

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
async def buyer(
    browser: Browser,
    product: Product,  # noqa: F811
    tmp_path: Path,
) -> Client:
    """A client on the demo site who has asked for an agent."""
    context = await new_context(browser)
    client = Client(await context.new_page(), product.url, "desktop", tmp_path)
    await client.come()
    await client.button("Позвать агента").first.click()
    await expect(client.panel.get_by_text("Ожидание агента").first).to_be_visible()
    return client


async def _take(page: Page, product: Product) -> str:  # noqa: F811
    """Take the chat that waits and open its form; the address of the form."""
    await page.goto(f"{product.url}/staff/workspace/chats")
    await page.get_by_role("button", name="Взять").first.click()
    await page.wait_for_url("**/workspace/chats/*-*")
    return await open_form(page)


async def _picture(page: Page, folder: Path, name: str) -> None:
    """One picture at a computer and one at a phone, and no side scrolling at either."""
    await page.evaluate("scrollTo(0, 0)")
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        path = folder / f"sale-form-{name}-{width}.png"
        await page.screenshot(path=path, full_page=True, animations="disabled")
    await page.set_viewport_size({"width": 1280, "height": 900})


async def _complaints(page: Page) -> list[str]:
    """What axe-core finds; at the end of the page, where the bar with the button covers nothing."""
    await expect(page.locator(".q-notification")).to_have_count(0, timeout=SECONDS)
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    return await axe_violations(page)


async def test_an_agent_fills_and_the_client_agrees_confirms_and_pays(
    browser: Browser,
    product: Product,  # noqa: F811
    buyer: Client,
) -> None:
    who = somebody("form")
    agent = await agent_page(browser, product)
    await _take(agent, product)
    await expect(agent.get_by_role("button", name="Сохранить и продолжить")).to_be_disabled()
    assert await _complaints(agent) == []
    await _picture(agent, product.pictures, "begin")
    await agent.get_by_role("button", name="Спросить согласие клиента").click()
    await expect(agent.get_by_text("ждём клиента")).to_be_visible()
    await expect(agent.get_by_role("button", name="Спросить согласие клиента")).to_be_hidden()

    # The client answers while the agent types: the form follows and the words stay.
    plate = agent.get_by_label("Госномер", exact=True)
    await plate.fill(who.plate[:4])
    await buyer.button("Согласен").first.click()
    await expect(agent.get_by_text("клиент согласен")).to_be_visible()
    await expect(plate).to_have_value(who.plate[:4])
    await plate.fill("А123ВС")
    await save(agent)
    await expect(agent.locator(".sale-problem:visible")).to_contain_text("кода региона")
    await plate.fill(who.plate)
    await save(agent)
    await expect(agent.get_by_label("Марка и модель")).not_to_have_value("")
    await expect(agent.locator(".sale-problem:visible")).to_have_count(0)

    await fill(agent, owner(who))
    await switch(agent, "Кто страхователь", "Сам собственник").click()
    await switch(agent, "Кто будет водить", "По списку").click()
    await save(agent)
    await expect(agent.get_by_role("button", name="Изменить: Паспорт собственника")).to_be_visible()
    await expect(agent.get_by_text(who.passport[4:])).to_have_count(0)
    await switch(agent, "Водитель — сам собственник", "Да").click()
    await fill(agent, licence(who))
    await save(agent)
    await expect(agent.locator(".sale-drivers")).to_contain_text(who.name)
    await _picture(agent, product.pictures, "filling")
    await agent.get_by_role("button", name="Больше водителей нет").click()
    await expect(agent.get_by_role("button", name="Больше водителей нет")).to_be_hidden()
    await fill_terms(agent, who)
    await save(agent)

    offers = agent.get_by_role("button", name=re.compile("^Предложить клиенту"))
    await expect(offers.first).to_be_visible()
    await expect(agent.get_by_text(who.email)).to_have_count(0)
    assert await _complaints(agent) == []
    await _picture(agent, product.pictures, "offers")
    await offers.first.click()
    await expect(agent.get_by_text("Ждём подтверждения")).to_be_visible()
    await buyer.press(buyer.button("Подтверждаю"), "Оплатить")
    await expect(agent.get_by_text("Ждём оплаты")).to_be_visible()
    tab = await buyer.pay()
    await tab.close()
    await expect(buyer.panel.locator(".file").last).to_be_visible()
    await expect(agent.get_by_text("Полис выпущен")).to_be_visible()
    await expect(agent.get_by_label("Госномер", exact=True)).to_be_disabled()
    await expect(agent.get_by_role("button", name="Сохранить и продолжить")).to_be_hidden()
    assert await _complaints(agent) == []
    await _picture(agent, product.pictures, "issued")
    async with agent.expect_popup() as opened:
        await agent.get_by_role("link", name="Открыть PDF").click()
    await (await opened.value).close()
    await agent.get_by_role("link", name="← К чату").click()
    await expect(agent.get_by_role("button", name="Вернуть ассистенту")).to_be_visible()
    assert buyer.errors == []
    for page in (agent, buyer.page):
        await page.context.close()


async def _answer_health(buyer: Client) -> None:
    """The client opens the page that the chat has linked to, and answers there."""
    async with buyer.page.context.expect_page() as opened:
        await buyer.panel.get_by_role("link", name="открыть вопросы").last.click()
    page = await opened.value
    await page.get_by_label("рост").fill("181")
    await page.get_by_label("вес").fill("87,3")
    for field in await page.locator("fieldset").all():
        await field.get_by_text("Нет").click()
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("heading", name="Спасибо")).to_be_visible()
    await page.close()


async def test_an_agent_fills_a_mortgage_and_the_client_answers_about_health_alone(
    browser: Browser,
    product: Product,  # noqa: F811
    buyer: Client,
) -> None:
    agent = await agent_page(browser, product)
    await _take(agent, product)
    await switch(agent, "Что оформляем", "Ипотечное страхование").click()
    await expect(agent.get_by_label("Остаток долга")).to_be_visible()
    await expect(agent.get_by_label("Госномер", exact=True)).to_have_count(0)
    await _picture(agent, product.pictures, "mortgage-begin")
    await agent.get_by_role("button", name="Спросить согласие клиента").click()
    await buyer.button("Согласен").first.click()
    await expect(agent.get_by_text("клиент согласен")).to_be_visible()
    await fill_mortgage(agent)
    await expect(agent.get_by_text("Дата начала полиса")).to_be_visible()
    await expect(agent.locator(".sale-problem:visible")).to_have_count(0)
    await expect(agent.get_by_role("group", name="Что оформляем")).to_be_hidden()

    await buyer.press(buyer.button("Согласен").first, "защищённой странице")
    await expect(agent.get_by_text("Ждём ответов клиента")).to_be_visible()
    assert "/anketa/" not in await agent.content()
    await _picture(agent, product.pictures, "mortgage-health")
    await _answer_health(buyer)
    await expect(agent.get_by_text("цена каждого риска")).to_be_visible(timeout=SECONDS)
    await expect(agent.get_by_text("по ОСАГО")).to_have_count(0)
    words = await agent.locator("body").inner_text()
    assert "87,3" not in words
    assert await _complaints(agent) == []
    await _picture(agent, product.pictures, "mortgage-offers")
    await agent.get_by_role("link", name="← К чату").click()
    await expect(agent.get_by_role("button", name="Вернуть ассистенту")).to_be_visible()
    await expect(agent.get_by_text("ссылка видна только клиенту")).to_be_visible()
    assert "/anketa/" not in await agent.content()
    assert buyer.errors == []
    for page in (agent, buyer.page):
        await page.context.close()


async def test_a_chat_that_is_not_led_is_explained_and_can_be_taken(
    browser: Browser,
    product: Product,  # noqa: F811
    buyer: Client,
) -> None:
    agent = await agent_page(browser, product, phone=True)
    address = await _take(agent, product)
    await agent.goto(address.removesuffix("/sale"))
    await agent.get_by_role("button", name="Передать").click()
    await agent.get_by_role("dialog").get_by_role("button", name="Передать").click()
    await expect(agent.get_by_role("button", name="Взять чат")).to_be_visible()
    await agent.goto(address)
    await expect(agent.get_by_text("Сейчас этот чат ведёте не вы")).to_be_visible()
    assert await _complaints(agent) == []
    await agent.get_by_role("button", name="Взять чат").click()
    await expect(agent.get_by_role("heading", name="Ход оформления")).to_be_visible()

    # Given back in another tab: the open form says so at once.
    other = await agent.context.new_page()
    await other.goto(address.removesuffix("/sale"))
    await other.get_by_role("button", name="Вернуть ассистенту").click()
    await expect(agent.get_by_text("Сейчас этот чат ведёте не вы")).to_be_visible()
    for page in (agent, buyer.page):
        await page.context.close()
