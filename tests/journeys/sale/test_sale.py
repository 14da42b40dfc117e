"""A client buys OSAGO on the demo site: the real product, a real browser, no shortcuts."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product
from tests.support.browser import axe_violations
from tests.support.people import Customer, customer

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_MESSAGES = 12


def _person(seed: str) -> Customer:
    return customer(random.Random(seed), datetime.now(UTC).date())


def _owner(who: Customer) -> str:
    return (
        f"стс {who.sts}, {who.name}, {who.birth:%d.%m.%Y}, паспорт {who.passport[:4]} "
        f"{who.passport[4:]}, {who.address}, я собственник"
    )


def _driver(who: Customer) -> str:
    return f"только я, права {who.license[:4]} {who.license[4:]}, стаж с {who.experience:%d.%m.%Y}"


def _terms(who: Customer) -> str:
    return f"с {who.start:%d.%m.%Y} на год, {who.phone}, {who.email}"


async def _reach_the_owner(client: Client, who: Customer) -> None:
    """From the first word to the question about the documents."""
    await client.write("хочу осаго", "согласие на обработку")
    await client.press(client.button("Согласен").first, "госномер")
    await client.write(who.plate, "Теперь документы")


async def _reach_the_offers(client: Client, who: Customer) -> None:
    """From the documents to the cards with prices."""
    await client.write(_owner(who), "Кто будет водить")
    await client.write(_driver(who), "Когда начать")
    await client.write(_terms(who), "Какую страховую выбираем")


async def _buy(client: Client, who: Customer) -> tuple[Page, str]:
    """From the cards to the policy: the tab of the payment and the number of the policy."""
    card = client.panel.locator(".offer").nth(1)
    await client.press(card.get_by_role("button", name="Выбрать"), "Проверьте, пожалуйста")
    await expect(card).to_have_class(re.compile("chosen"))
    essential = client.panel.locator(".bubble").filter(has_text="Проверьте, пожалуйста").last
    for words in (who.name, "Страховщик", "Стоимость", "вознаграждение", "Жалоба"):
        await expect(essential).to_contain_text(words)
    await client.picture("confirm")
    await client.press(client.button("Подтверждаю"), "Оплатить")
    await client.picture("payment")
    tab = await client.pay()
    file = client.panel.locator(".file").last
    await expect(file).to_be_visible()
    name = await file.locator(".file-name").inner_text()
    found = re.search(r"[А-Я]{3}\s?\d{10}", name)
    assert found, name
    return tab, found.group()


async def _letters_to(product: Product, client: Client, address: str) -> list[dict[str, object]]:
    """Letters that the mail catcher has for an address, after at least one came."""
    found: list[dict[str, object]] = []
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(200):
            answer = await http.get(
                f"{product.url}/sandbox/mail/api/messages", params={"to": address}
            )
            found = answer.json()["messages"]
            if found:
                return found
            await client.page.wait_for_timeout(50)
    raise AssertionError("no letter came")


async def test_a_client_asks_a_question_then_buys_a_policy_in_at_most_twelve_messages(
    client: Client, product: Product
) -> None:
    who = _person(f"sale {client.device}")
    await client.come()
    await client.write("что такое кбм?", "коэффициент")
    await _open_the_source(client)

    await _reach_the_owner(client, who)
    await _reach_the_offers(client, who)
    await expect(client.panel.locator(".offer")).not_to_have_count(0)
    await client.picture("offers")
    assert await axe_violations(client.page) == []
    await client.button("Сравнить").click()
    await expect(client.panel.get_by_role("table")).to_be_visible()
    await client.page.keyboard.press("Escape")

    tab, number = await _buy(client, who)
    await expect(tab.get_by_role("heading", name="Спасибо, проверяем оплату")).to_be_visible()
    await tab.close()
    await expect(client.panel.get_by_text("Оплачено")).to_be_visible()
    await client.picture("policy")
    text = await client.download(client.panel.locator(".file").last)
    assert number.replace(" ", "") in text.replace(" ", "")
    assert who.name in text

    await client.press(client.button("Да"), "Отправляю полис")
    await client.press(client.button("Да"), "Напомню о продлении")
    assert client.sent - 1 <= MOST_MESSAGES  # the question about КБМ is not a part of the sale
    letter = (await _letters_to(product, client, who.email))[0]
    assert number in str(letter["subject"])
    assert number in str(letter["attachments"])
    assert await _reminders(product, number)
    await client.write("мои полисы", number)
    await expect(client.panel.locator(".file").last).to_be_visible()
    assert await axe_violations(client.page) == []
    assert client.errors == []
    await _look_at_the_mail(client, number)


async def _reminders(product: Product, number: str) -> list[str]:
    """Moments of the planned reminders of a policy, as the administrator's API lists them."""
    async with httpx.AsyncClient(base_url=product.url, trust_env=False) as http:
        login = await http.post("/v1/auth/login", json=product.administrator())
        http.headers["Authorization"] = f"Bearer {login.json()['accessToken']}"
        policies = (await http.get("/v1/policies")).json()["items"]
        mine = next(policy["id"] for policy in policies if policy["number"] == number)
        planned = (await http.get("/v1/reminders")).json()["items"]
    return [
        one["remindAt"] for one in planned if one["policyId"] == mine and one["status"] == "pending"
    ]


async def _open_the_source(client: Client) -> None:
    await client.panel.locator(".chip").first.click()
    source = client.panel.locator(".source")
    for part in (".card-title", ".hint", "blockquote"):
        await expect(source.locator(part)).not_to_be_empty()
    quoted = (await source.locator("blockquote").inner_text()).strip()
    await client.picture("question")
    async with client.page.context.expect_page() as opened:
        await source.get_by_role("link", name="Открыть документ").click()
    document = await opened.value
    await document.wait_for_load_state()
    assert "КБМ" in await document.locator("body").inner_text()
    assert quoted.split(":")[0] in await document.locator("body").inner_text()
    await document.close()


async def _look_at_the_mail(client: Client, number: str) -> None:
    await client.page.goto(f"{client.url}/sandbox/mail")
    await client.page.get_by_role("link", name=number).click()
    await expect(client.page.get_by_role("link", name=f"{number}.pdf")).to_be_visible()
    assert await axe_violations(client.page) == []
    await client.picture("mail", client.page)


async def test_a_reload_in_the_middle_keeps_the_history_and_the_sale_goes_on(
    client: Client, product: Product
) -> None:
    who = _person(f"reload {client.device}")
    await client.come()
    await _reach_the_owner(client, who)
    before = await client.bubbles()
    await client.come_back()
    await client.shows(before)
    await client.write(_owner(who), "Кто будет водить")


async def test_the_plug_is_pulled_in_the_middle_and_the_sale_goes_on_to_the_policy(
    desktop_client: Client, product: Product
) -> None:
    client, who = desktop_client, _person("plug")
    await client.come()
    await _reach_the_owner(client, who)
    await product.pull_the_plug()
    await expect(client.panel.get_by_text("Связь прервалась")).to_be_visible()
    await product.start()
    await expect(client.panel.get_by_text("Связь прервалась")).to_be_hidden(timeout=40_000)
    await _reach_the_offers(client, who)
    await _buy(client, who)
    assert client.sent <= MOST_MESSAGES


async def test_an_agent_is_called_and_an_inaccuracy_is_reported(
    client: Client, product: Product
) -> None:
    await client.come()
    await client.write("что такое кбм?", "коэффициент")
    await client.button("Действия с сообщением").first.click()
    await client.panel.get_by_role("menuitem", name="Сообщить о неточности").click()
    words = client.page.get_by_role("textbox", name="Что не так в этом ответе?")
    await words.fill("В источнике другая цифра")
    await client.panel.locator(".report").get_by_role("button", name="Отправить").click()
    await client.sees("Спасибо! Мы проверим этот ответ.")
    await client.button("Позвать агента").click()
    await expect(client.panel.locator(".status-text")).to_have_text("Ожидание агента…")
    await expect(client.panel.locator(".msg").filter(has_text="Ожидание агента")).to_be_visible()
    assert await axe_violations(client.page) == []
