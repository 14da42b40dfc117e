"""An agent invites, the client comes with a phone and is greeted, the agent sees the client."""

from __future__ import annotations

import base64
import re
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.journeys.invitations.conftest import Office
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

GREETING = "Вас пригласил страховой агент Анна Соколова"


async def _open_chat(client: httpx.AsyncClient, **more: object) -> httpx.Response:
    body = {"channel": "web", "channelUserId": uuid4().hex, **more}
    return await client.post("/v1/chat/sessions", json=body)


async def _log_in(page: Page, office: Office, path: str) -> None:
    await page.goto(f"{office.url}/staff/login")
    await page.get_by_label("Логин").fill("agent")
    await page.get_by_label("Пароль").fill(office.password)
    await page.get_by_role("button", name="Войти").click()
    await page.wait_for_url(lambda url: "/login" not in url)
    await page.goto(f"{office.url}/staff{path}")


async def test_from_the_agents_page_to_the_clients_phone_and_back(
    office: Office, desktop: Page, phone: Page
) -> None:
    await _log_in(desktop, office, "/workspace/invitations")
    await desktop.get_by_role("button", name="Новое приглашение").click()
    await desktop.get_by_label("Пометка для себя").fill("Пётр, брат Марии")
    make = desktop.get_by_role("button", name="Сделать ссылку")
    await (
        make.click()
    )  # the first time the agent has to say by which companies clients are answered
    await expect(desktop.get_by_text("Выберите, по каким компаниям")).to_be_visible()
    await desktop.get_by_text("По всем компаниям").click()
    await make.click()
    field = desktop.get_by_label("Ссылка", exact=True)
    await expect(field).to_have_value(re.compile(r"/i/[\w-]{43}$"))
    link = await field.input_value()
    await expect(desktop.get_by_role("img", name="QR-код ссылки")).to_be_visible()
    async with desktop.expect_download() as saved:
        await desktop.get_by_role("button", name="Скачать QR-код, PNG").click()
    assert (await saved.value).suggested_filename == "priglashenie.png"
    await desktop.get_by_role("button", name="Готово").click()
    await expect(desktop.get_by_text("Пётр, брат Марии")).to_be_visible()

    client = Visitor(phone)
    await phone.goto(link)
    await expect(client.panel).to_be_visible()
    await client.sees(GREETING)
    assert await axe_violations(phone) == []
    await client.say("сколько стоит осаго?")
    await expect(client.panel.locator(".msg.ai")).to_have_count(2, timeout=30_000)
    await phone.reload()
    await client.sees("сколько стоит осаго?")
    assert sum(GREETING in text for text in await client.bubbles()) == 1
    assert client.errors == []

    await desktop.goto(f"{office.url}/staff/workspace/clients")
    row = desktop.get_by_role("row").filter(has_text="Ваш клиент").first
    await row.get_by_role("link").click()
    await expect(desktop.get_by_text("сколько стоит осаго?").first).to_be_visible()


async def test_the_page_greets_in_the_agents_name_and_the_chat_is_the_agents(
    office: Office, client: httpx.AsyncClient
) -> None:
    link = await office.invite(client, label="Мария с работы")
    assert link.startswith(f"{office.url}/i/")
    page = await client.get(link)
    assert page.status_code == 200
    assert GREETING in page.text
    assert "Мария с работы" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"

    token = link.rpartition("/")[2]
    created = (await _open_chat(client, invitation=token)).json()
    assert created["isAgentClient"] is True
    headers = {"Authorization": f"Bearer {created['accessToken']}"}
    found = await client.get(f"/v1/chat/sessions/{created['id']}/messages", headers=headers)
    [greeting] = found.json()["items"]
    assert GREETING in greeting["text"]
    assert (await _open_chat(client)).json()["isAgentClient"] is False

    second = (await _open_chat(client, invitation=token)).json()
    other = {"Authorization": f"Bearer {second['accessToken']}"}
    refused = await client.get(f"/v1/chat/sessions/{created['id']}/messages", headers=other)
    assert refused.status_code == 404


async def test_a_revoked_and_an_unknown_link_lead_to_a_plain_page(
    office: Office, client: httpx.AsyncClient
) -> None:
    link = await office.invite(client)
    agent, headers = await office.agent(client)
    listed = (await client.get(f"/v1/agents/{agent}/invitations", headers=headers)).json()
    assert "token" not in str(listed).lower()
    address = f"/v1/agents/{agent}/invitations/{listed['items'][0]['id']}"
    assert (await client.delete(address, headers=headers)).json()["state"] == "revoked"
    for gone in (
        link,
        f"{office.url}/i/{uuid4().hex}",
        f"{office.url}/i/%00",
        f"{office.url}/i/{'x' * 3000}",
    ):
        page = await client.get(gone)
        assert page.status_code == 404
        assert 'href="/demo"' in page.text
        assert "insurance-chat.js" not in page.text
    answer = await _open_chat(client, invitation=link.rpartition("/")[2])
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_found")


async def test_the_code_of_the_answer_is_a_picture_of_the_link(
    office: Office, client: httpx.AsyncClient
) -> None:
    agent, headers = await office.agent(client)
    body = {"onlyOwnCompanies": False, "reusable": True}
    made = await client.post(f"/v1/agents/{agent}/invitations", json=body, headers=headers)
    shown = made.json()
    assert shown["qrSvg"].startswith("<?xml")
    assert base64.b64decode(shown["qrPng"]).startswith(b"\x89PNG")
    assert (await client.post(f"/v1/agents/{agent}/invitations", json=body)).status_code == 401
