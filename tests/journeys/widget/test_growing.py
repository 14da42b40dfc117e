"""A reply grows before the visitor's eyes and becomes the message in its place."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect

from tests.journeys.widget.stub_api import StubApi
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations

pytestmark = pytest.mark.asyncio(loop_scope="session")
REPLY = "3f6c2c1e-0000-4000-8000-000000000001"
WHOLE = "Полис печатать не нужно. Достаточно показать его на экране телефона."


async def test_a_reply_grows_becomes_the_message_and_gives_way_to_a_human(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    await visitor.say("Надо ли печатать полис?")
    stub.typing()
    await expect(visitor.panel.locator(".typing")).to_be_visible()
    stub.grow(REPLY, "Полис печатать не нужно.")
    growing = visitor.panel.locator(".growing")
    await expect(growing).to_have_text("Полис печатать не нужно.")
    stub.typing()
    stub.grow(REPLY, WHOLE)
    await expect(growing).to_have_text(WHOLE)
    await expect(visitor.panel.locator(".typing")).to_have_count(0)
    assert not await axe_violations(desktop)
    if folder := os.environ.get("TEST_PICTURES"):
        await desktop.screenshot(path=f"{folder}/growing.png")
    row = visitor.panel.locator('[aria-busy="true"]:has(.growing) .bubble')
    before = await row.bounding_box()
    stub.say(WHOLE, id=REPLY)
    await expect(growing).to_have_count(0)
    bubble = visitor.panel.locator(".msg.ai .bubble")
    await expect(bubble).to_have_text([WHOLE])
    after = await bubble.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["x"], before["width"], before["height"]) == (
        after["x"],
        after["width"],
        after["height"],
    )
    if folder := os.environ.get("TEST_PICTURES"):
        await desktop.screenshot(path=f"{folder}/grown.png")
    stub.grow("later", "Ещё ответ.")
    await expect(growing).to_have_text("Ещё ответ.")
    stub.grow("later", "")
    await expect(growing).to_have_count(0)
    stub.grow("another", "И ещё ответ.")
    await expect(growing).to_have_text("И ещё ответ.")
    stub.change_state("with_agent", "Анна")
    await expect(growing).to_have_count(0)
    stub.grow("another", "И ещё ответ. Поздно.")
    stub.say("Здравствуйте, это Анна.", sender="agent")
    await visitor.sees("Здравствуйте, это Анна.")
    await expect(growing).to_have_count(0)
    assert not visitor.errors
