"""What a visitor does with the widget, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, Page, expect

TEXTS = """() => [...document.querySelector('insurance-chat').shadowRoot
    .querySelectorAll('.msg .bubble')].map((node) => node.innerText.trim())"""


class Visitor:
    """A person with the widget on a page; `errors` collects everything the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> None:
        """Goes to a page and opens the chat there."""
        await self.page.goto(url)
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def open_and_connect(self, url: str, stub: Any) -> None:
        """Opens the chat and waits for the live connection."""
        await self.open(url)
        await self.until(lambda: stub.connections["ws"] > 0)

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.page.locator("insurance-chat .launcher")

    @property
    def panel(self) -> Locator:
        """The chat window."""
        return self.page.locator("insurance-chat .panel")

    @property
    def field(self) -> Locator:
        """Where the visitor types."""
        return self.page.get_by_role("textbox", name="Сообщение")

    def button(self, name: str) -> Locator:
        """A button by the name that a screen reader says."""
        return self.panel.get_by_role("button", name=name)

    async def say(self, text: str) -> None:
        """Types and presses Enter."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def sees(self, text: str) -> None:
        """Waits until the words stand in the panel."""
        await expect(self.panel.get_by_text(text).first).to_be_visible()

    async def bubbles(self) -> list[str]:
        """The texts of all messages from the top."""
        texts: list[str] = await self.page.evaluate(TEXTS)
        return texts

    async def until(self, true: Callable[[], bool], seconds: float = 10) -> None:
        """Waits for something on the server's side."""
        for _ in range(int(seconds * 50)):
            if true():
                return
            await self.page.wait_for_timeout(20)
        raise AssertionError("what the test waited for did not happen")

    async def shows(self, expected: list[str], seconds: float = 15) -> None:
        """Waits until the log shows exactly these texts in this order."""
        for _ in range(int(seconds * 20)):
            if await self.bubbles() == expected:
                return
            await self.page.wait_for_timeout(50)
        assert await self.bubbles() == expected
