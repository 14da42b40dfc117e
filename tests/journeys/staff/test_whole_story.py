"""A client and two agents in three browsers: request, race, chat, draft, policy, release."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product, product  # noqa: F401
from tests.journeys.staff.desk import (
    SECONDS,
    agent_page,
    fill,
    fill_terms,
    licence,
    log_in,
    open_form,
    owner,
    save,
    somebody,
    switch,
)
from tests.support.browser import new_context

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSWORD = "Длинный-пароль-2026"
QUESTION = "какие документы нужны для осаго?"


async def _second_agent(browser: Browser, product: Product) -> Page:  # noqa: F811
    """A colleague whom the administrator has registered, logged in."""
    kept = json.loads((product.data_dir / "first-start.json").read_text("utf-8"))["admin"]
    async with httpx.AsyncClient(base_url=product.url, trust_env=False, timeout=30) as http:
        token = (await http.post("/v1/auth/login", json=kept)).json()["accessToken"]
        person = {"name": "Борис Котов", "login": "boris", "password": PASSWORD, "companies": []}
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http.post("/v1/agents", json=person, headers=headers)
        assert answer.status_code == 201, answer.text
    page = await (await new_context(browser)).new_page()
    page.set_default_timeout(SECONDS)
    await log_in(page, product.url, "boris", PASSWORD)
    return page


async def _race(first: Page, second: Page) -> tuple[Page, Page]:
    """Both press «Взять» at once; who got the chat, and who did not."""
    buttons = [page.get_by_role("button", name="Взять").first for page in (first, second)]
    await asyncio.gather(*(button.click() for button in buttons))
    # In one of them the notice appears, the other one is led into the room.
    notices = [page.get_by_text("заявка неактуальна") for page in (first, second)]
    for _ in range(SECONDS // 50):
        seen = [await notice.count() for notice in notices]
        if any(seen):
            break
        await first.wait_for_timeout(50)
    winner, loser = (second, first) if seen[0] else (first, second)
    await winner.wait_for_url("**/workspace/chats/*-*")
    assert loser.url.endswith("/workspace/chats")
    return winner, loser


async def _draft(agent: Page, client: Client) -> None:
    """«Помочь с ответом» answers the client's question; the agent publishes the draft."""
    await client.say(QUESTION)
    await expect(agent.locator(".line.user").last).to_contain_text(QUESTION)
    await agent.get_by_role("button", name="Помочь с ответом").click()
    shown = agent.locator(".draft-text")
    await expect(shown).not_to_be_empty()
    publish = agent.get_by_role("button", name="Опубликовать")
    await expect(publish).to_be_visible()
    words = (await shown.inner_text()).strip()
    await expect(agent.locator(".draft")).to_contain_text("Источник")
    await publish.click()
    await client.sees(words.splitlines()[0][:40])


async def _issue(agent: Page, client: Client) -> None:
    """The agent fills the form; the client agrees, confirms and pays."""
    who = somebody("whole story")
    await open_form(agent)
    await agent.get_by_role("button", name="Спросить согласие клиента").click()
    await client.button("Согласен").first.click()
    await expect(agent.get_by_text("клиент согласен")).to_be_visible()
    await fill(agent, {"Госномер": who.plate})
    await save(agent)
    await expect(agent.get_by_label("Марка и модель")).not_to_have_value("")
    await fill(agent, owner(who))
    await switch(agent, "Кто страхователь", "Сам собственник").click()
    await switch(agent, "Кто будет водить", "По списку").click()
    await save(agent)
    await switch(agent, "Водитель — сам собственник", "Да").click()
    await fill(agent, licence(who))
    await save(agent)
    await expect(agent.locator(".sale-drivers")).to_contain_text(who.name)
    await agent.get_by_role("button", name="Больше водителей нет").click()
    await expect(agent.get_by_role("button", name="Больше водителей нет")).to_be_hidden()
    await fill_terms(agent, who)
    await save(agent)
    await agent.get_by_role("button", name=re.compile("^Предложить клиенту")).first.click()
    await client.press(client.button("Подтверждаю"), "Оплатить")
    await (await client.pay()).close()
    await expect(client.panel.locator(".file").last).to_be_visible()
    await expect(agent.get_by_text("Полис выпущен")).to_be_visible()


async def test_from_the_request_to_the_policy_with_two_agents(
    browser: Browser,
    product: Product,  # noqa: F811
    tmp_path: Path,
) -> None:
    first, second = await agent_page(browser, product), await _second_agent(browser, product)
    for page in (first, second):
        await page.goto(f"{product.url}/staff/workspace/chats")
        await page.get_by_label("Мой статус").select_option(label="На связи")
        await expect(page.get_by_text("Вы не на связи")).to_be_hidden()
    client = Client(await (await new_context(browser)).new_page(), product.url, "desktop", tmp_path)
    await client.come()
    await client.button("Позвать агента").first.click()
    await client.sees("Ожидание агента…")
    for page in (first, second):
        await expect(page.locator(".card.waits")).to_be_visible()
    await first.screenshot(path=product.pictures / "agent-queue.png", animations="disabled")

    winner, loser = await _race(first, second)
    await client.sees("К чату подключился агент")
    field = winner.get_by_label("Сообщение клиенту")
    await field.fill("Здравствуйте! Сейчас всё оформим.")
    await field.press("Enter")
    await client.sees("Сейчас всё оформим")
    await _draft(winner, client)
    await winner.screenshot(path=product.pictures / "agent-room.png", animations="disabled")
    await _issue(winner, client)

    await winner.get_by_role("link", name="← К чату").click()
    await winner.get_by_role("button", name="Вернуть ассистенту").click()
    await client.sees("Дальше снова отвечает ассистент")
    bubbles = client.panel.locator(".msg.ai")
    said = await bubbles.count()
    await client.say("спасибо, а что такое кбм?")
    await expect(bubbles).not_to_have_count(said)
    await loser.reload()
    await expect(loser.get_by_text(QUESTION)).to_have_count(0)
    assert client.errors == []
    for page in (first, second, client.page):
        await page.context.close()
