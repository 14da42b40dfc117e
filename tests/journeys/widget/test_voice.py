"""A visitor speaks into a microphone that beeps, reads what was heard, listens to replies."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.journeys.widget.stub_api import StubApi
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations, hearing_browser, new_context  # noqa: F401

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECONDS = 30_000


@pytest.fixture
async def context(hearing_browser: Browser) -> AsyncIterator[BrowserContext]:  # noqa: F811
    """A visitor with a microphone, on a phone, who has not allowed anything yet."""
    context = await new_context(hearing_browser, phone=True)
    yield context
    await context.close()


async def _visitor(context: BrowserContext, stub: StubApi) -> Visitor:
    person = Visitor(await context.new_page())
    await person.open_and_connect(f"{stub.url}/plain", stub)
    return person


async def test_a_visitor_records_listens_sends_and_reads_what_was_heard(
    context: BrowserContext, stub: StubApi
) -> None:
    await context.grant_permissions(["microphone"])
    visitor = await _visitor(context, stub)
    await visitor.button("Записать голосовое сообщение").click()
    timer = visitor.panel.get_by_role("timer")
    await expect(timer).to_have_text("0:01", timeout=SECONDS)
    await expect(visitor.button("Остановить")).to_be_focused()
    level = visitor.panel.locator(".voice-panel .level")
    await expect(level).not_to_have_attribute("style", "--level: 0;")
    assert await axe_violations(visitor.page) == []
    await visitor.page.keyboard.press("Enter")
    preview = visitor.panel.get_by_label("Прослушать запись")
    await expect(preview).to_be_visible()
    assert await preview.evaluate("(node) => node.error") is None
    await expect(visitor.button("Отправить запись")).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await visitor.until(lambda: len(stub.posts) == 1)
    assert stub.uploads == ["Голосовое сообщение.webm"]
    assert stub.posts[0]["voiceUrl"] == "/files/1?sig=1"
    assert "fileUrl" not in stub.posts[0]

    (sent,) = stub.session.messages()
    stub.learn_sound(sent, "heard", text="госномер а123вс77")
    await visitor.shows(["госномер а123вс77"])
    await visitor.sees("Распознано из голосового.")
    await visitor.button("Исправить").click()
    await expect(visitor.field).to_be_focused()
    await visitor.say("госномер а123вх77")
    await visitor.until(lambda: len(stub.posts) == 2)

    reply = stub.say("Принял.")
    stub.learn_sound(reply, "spoken", voiceUrl="/files/2?sig=1")
    message = visitor.panel.locator(".msg.ai")
    speed = message.get_by_role("button", name="Скорость")
    await expect(speed).to_have_text("1×")
    for shown, rate in (("1,5×", 1.5), ("2×", 2), ("1×", 1)):
        await speed.click()
        await expect(speed).to_have_text(shown)
        player = message.locator("audio")
        assert await player.evaluate("(node) => node.playbackRate") == rate
    assert await visitor.bubbles() == ["госномер а123вс77", "госномер а123вх77", "Принял."]
    assert await axe_violations(visitor.page) == []
    assert not visitor.errors


async def test_a_recording_is_cancelled_and_a_refusal_is_explained(
    context: BrowserContext, stub: StubApi
) -> None:
    visitor = await _visitor(context, stub)
    microphone = visitor.button("Записать голосовое сообщение")
    await microphone.click()
    await visitor.sees("Доступ к микрофону запрещён.")
    await expect(visitor.field).to_be_visible()
    await context.grant_permissions(["microphone"])
    await microphone.click()
    await expect(visitor.panel.get_by_role("timer")).to_have_text("0:01", timeout=SECONDS)
    await visitor.page.keyboard.press("Escape")
    await expect(microphone).to_be_focused()
    await expect(visitor.panel).to_be_visible()
    await expect(visitor.button("Отправить запись")).to_be_hidden()
    assert not stub.uploads
    assert not visitor.errors
