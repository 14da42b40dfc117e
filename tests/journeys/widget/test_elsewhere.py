"""A visitor goes on in a messenger, and comes back from one by a link."""

from __future__ import annotations

import uuid
from base64 import b64encode

import pytest
from fastapi.responses import HTMLResponse
from playwright.async_api import Page, expect

from insurance_chat.operators.invitations.qr import qr_svg
from tests.journeys.widget.stub_api import Session, StubApi
from tests.journeys.widget.visitor import Visitor

URL = "https://t.me/office_bot?start=c_word"
QR = f"data:image/svg+xml;base64,{b64encode(qr_svg(URL)).decode()}"
WAY = {"channel": "telegram", "title": "Telegram @office_bot", "url": URL, "qr": QR}
NOTE = "Разговор перейдёт туда целиком."


@pytest.fixture
async def visitor(desktop: Page, stub: StubApi) -> Visitor:
    """Somebody with an open chat."""
    person = Visitor(desktop)
    await person.open_and_connect(f"{stub.url}/plain", stub)
    return person


async def test_the_settings_lead_into_each_connected_messenger(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.ways = [WAY]
    await visitor.button("Настройки чата").click()
    link = visitor.panel.get_by_role("link", name="Telegram @office_bot")
    await expect(link).to_have_attribute("href", URL)
    await expect(link).to_have_attribute("target", "_blank")
    picture = visitor.panel.get_by_role("img", name="Telegram @office_bot")
    assert await picture.evaluate("(node) => node.decode().then(() => node.naturalWidth > 0)")
    assert not visitor.errors


async def test_an_address_that_runs_code_is_no_link(visitor: Visitor, stub: StubApi) -> None:
    stub.ways = [{**WAY, "url": "javascript:alert(1)"}]
    await visitor.button("Настройки чата").click()
    await visitor.sees(NOTE)
    await expect(visitor.panel.locator("a[href^=javascript]")).to_have_count(0)


async def test_nothing_is_offered_without_a_messenger(visitor: Visitor) -> None:
    async with visitor.page.expect_response("**/continue"):
        await visitor.button("Настройки чата").click()
    await expect(visitor.button("Сохранить")).to_be_visible()
    await expect(visitor.panel.get_by_text(NOTE)).to_have_count(0)


async def test_a_link_from_a_messenger_opens_its_conversation_once(
    desktop: Page, stub: StubApi
) -> None:
    session = Session(str(uuid.uuid4()), uuid.uuid4().hex)
    stub.sessions[session.id] = session
    stub.links["one-time"] = session
    session.say("Мы говорили в Telegram.")
    script = '<script src="/widget/insurance-chat.js" data-open data-returns="one-time"></script>'

    async def page() -> HTMLResponse:
        return HTMLResponse(f"<!doctype html><html lang=ru><title>r</title><body>{script}")

    stub.app.add_api_route("/r", page)
    person = Visitor(desktop)
    for _ in range(2):  # the second time the link is used up, but this browser knows the chat
        await desktop.goto(f"{stub.url}/r")
        await person.sees("Мы говорили в Telegram.")
    assert stub.created == 0
    assert not person.errors
