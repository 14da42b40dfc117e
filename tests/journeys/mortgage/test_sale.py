"""A client insures a mortgage with life and property: the real product, a phone, no shortcuts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from insurance_chat.core.clock import moscow_today
from tests.journeys.sale.client import Client
from tests.support.browser import axe_violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEIGHT = "87,3"


async def _facts(client: Client) -> None:
    """From the greeting to the question for the consent about health."""
    await client.press(
        client.button("Оформить ипотечное страхование").first, "согласие на обработку"
    )
    await client.press(client.button("Согласен").first, "Что страхуем")
    await client.picture("risks")
    await client.press(client.button("Имущество и жизнь"), "В каком банке")
    await client.write("сбер, 2 млн 350 тыс", "больше остатка")
    await client.press(client.button("Без надбавки"), "Теперь об объекте")
    await client.write("квартира 1996 перекрытия бетонные газа нет", "дата рождения")
    await client.write("12.05.1985 мужчина", "опасная работа")
    await client.write("нет", "Согласны на обработку сведений о здоровье")
    await client.picture("health-consent")


async def _answer_health(client: Client) -> None:
    """On the page of its own; nothing of it comes back to the chat."""
    await client.press(client.button("Согласен").first, "защищённой странице")
    async with client.page.context.expect_page() as opened:
        await client.panel.get_by_role("link", name="открыть вопросы").last.click()
    page: Page = await opened.value
    await expect(page.get_by_role("heading", name="Вопросы о здоровье")).to_be_visible()
    await client.picture("health-page", page)
    assert await axe_violations(page) == []
    await page.get_by_label("рост").fill("181")
    await page.get_by_label("вес").fill(WEIGHT)
    for field in await page.locator("fieldset").all():
        await field.get_by_text("Нет").click()
    await page.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("heading", name="Спасибо")).to_be_visible()
    await page.close()
    await client.sees("Номер и дата кредитного договора")


async def _papers(client: Client) -> None:
    """From the agreement to the cards with prices."""
    await client.write("12-345/2021 от 02.04.2021", "Адрес объекта")
    await client.write("г. Москва, ул. Ленина, д. 1, кв. 2, 54,2 кв. м", "ФИО страхователя")
    await client.write(
        "Иванов Иван Иванович, паспорт 4510 123456, прописан там же", "С какого числа"
    )
    start = moscow_today() + timedelta(days=5)
    terms = f"с {start:%d.%m.%Y}, 8 900 123-45-67, ivan@example.ru"
    await client.write(terms, "Какую страховую выбираем")
    await client.picture("offers")


async def _pay(client: Client) -> None:
    async with client.page.context.expect_page() as opened:
        await client.panel.get_by_role("link", name=re.compile("^Оплатить")).click()
    tab = await opened.value
    await expect(tab.get_by_role("heading", name=re.compile("^Оплата полиса"))).to_be_visible()
    await client.picture("payment-page", tab)
    await tab.get_by_role("button", name="Оплатить").click()
    await tab.wait_for_url("**/pay/return?**")
    await tab.close()


async def test_a_client_insures_life_and_property(client: Client) -> None:
    await client.come()
    await _facts(client)
    await _answer_health(client)
    await _papers(client)
    card = client.panel.locator(".offer").first
    await client.press(card.get_by_role("button", name="Выбрать"), "Проверьте, пожалуйста")
    for words in (
        "имущество: страховая сумма",
        "жизнь и здоровье",
        "Как отказаться, если передумаете",
    ):
        await client.sees(words)
    await expect(client.panel.locator(".file").last).to_contain_text("Ключевой информационный")
    await client.picture("confirm")
    await client.press(client.button("Подтверждаю"), "Оплатить")
    await _pay(client)
    await client.sees("Полис ипотечного страхования")
    await client.picture("policy")
    words = " ".join(await client.bubbles())
    assert WEIGHT not in words
    assert client.errors == []
