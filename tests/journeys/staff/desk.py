"""What an agent does at the desk, in words: logging in, taking a chat, filling the form of a sale."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.sale.conftest import Product
from tests.support.browser import new_context
from tests.support.people import Customer, customer

SECONDS = 30_000


async def log_in(page: Page, url: str, username: str, password: str) -> None:
    """Log in with the form."""
    await page.goto(f"{url}/staff/login")
    await page.get_by_label("Логин").fill(username)
    await page.get_by_label("Пароль").fill(password)
    await page.get_by_role("button", name="Войти").click()
    await page.wait_for_url(lambda url: "/login" not in url)


async def agent_page(browser: Browser, product: Product, *, phone: bool = False) -> Page:
    """The agent of the first start, logged in."""
    kept = json.loads((product.data_dir / "first-start.json").read_text("utf-8"))["agent"]
    page = await (await new_context(browser, phone=phone)).new_page()
    page.set_default_timeout(SECONDS)
    await log_in(page, product.url, kept["username"], kept["password"])
    return page


async def open_form(page: Page) -> str:
    """From the room of a chat to the form of its sale; the address of the form."""
    await page.get_by_role("button", name="Оформить полис").click()
    await page.wait_for_url("**/sale")
    await expect(page.get_by_role("heading", name="Ход оформления")).to_be_visible()
    return page.url


def switch(page: Page, question: str, answer: str) -> Locator:
    """One side of a two-sided question."""
    return page.get_by_role("group", name=question).get_by_role("button", name=answer, exact=True)


async def save(page: Page) -> None:
    """Save the form and let the sale go on."""
    await page.get_by_role("button", name="Сохранить и продолжить").click()


async def fill(page: Page, values: dict[str, str]) -> None:
    """Fields by their titles."""
    for title, value in values.items():
        await page.get_by_label(title, exact=True).fill(value)


def owner(who: Customer) -> dict[str, str]:
    """What the form asks of the owner."""
    return {
        "СТС, ПТС или ЭПТС": who.sts,
        "ФИО собственника": who.name,
        "Дата рождения собственника": f"{who.birth:%d.%m.%Y}",
        "Паспорт собственника": f"{who.passport[:4]} {who.passport[4:]}",
        "Адрес регистрации собственника": who.address,
    }


def licence(who: Customer) -> dict[str, str]:
    """What the form asks of a driver who is the owner."""
    return {
        "Водительское удостоверение": f"{who.license[:4]} {who.license[4:]}",
        "Дата начала стажа": f"{who.experience:%d.%m.%Y}",
    }


async def fill_terms(page: Page, who: Customer) -> None:
    """When the policy begins, for how long, and where it is sent."""
    await fill(page, {"Дата начала полиса": f"{who.start:%d.%m.%Y}", "Телефон": who.phone})
    await fill(page, {"Электронная почта": who.email})
    await page.get_by_label("Период использования").click()
    await page.get_by_role("option", name="Год", exact=True).click()


async def fill_mortgage(page: Page) -> None:
    """Life and property of one flat: first the risks, on which the other fields depend."""
    await fill(page, {"Какие риски": "имущество и жизнь"})
    await save(page)
    await switch(page, "Деревянные перекрытия", "Нет").click()
    await switch(page, "Газ в доме", "Нет").click()
    await switch(page, "Опасная работа или спорт", "Нет").click()
    start = datetime.now(UTC).date() + timedelta(days=9)
    flat = "г. Москва, ул. Ленина, д. 1, кв. 2"
    words = {
        "Банк": "Сбер",
        "Остаток долга": "2 350 000",
        "Надбавка к остатку, %": "без надбавки",
        "Вид объекта": "квартира",
        "Год постройки": "1996",
        "Дата рождения страхователя": "12.05.1985",
        "Пол заёмщика": "мужской",
        "Номер кредитного договора": "12-345/2021",
        "Дата кредитного договора": "02.04.2021",
        "Адрес объекта": flat,
        "Площадь объекта": "54,2",
        "ФИО страхователя": "Иванов Иван Иванович",
        "Паспорт страхователя": "4510 123456",
        "Адрес регистрации страхователя": flat,
        "Дата начала полиса": f"{start:%d.%m.%Y}",
        "Телефон": "+7 916 123-45-67",
        "Электронная почта": "ivan@example.ru",
    }
    await fill(page, words)
    await save(page)


def somebody(name: str) -> Customer:
    """A client whose data are the same in every run."""
    return customer(random.Random(name), datetime.now(UTC).date())
