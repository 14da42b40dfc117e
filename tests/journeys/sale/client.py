"""What a client of the demo site does, in words."""

from __future__ import annotations

import asyncio
import os
import re
from io import BytesIO
from pathlib import Path

from playwright.async_api import Locator, Page, expect
from pypdf import PdfReader

from tests.journeys.widget.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
AI_BUBBLES = "insurance-chat .msg.ai .bubble"


def pictures_folder(otherwise: Path) -> Path:
    """Where screenshots go: `SCREENSHOTS`, relative to the repository, or the given folder."""
    folder = ROOT / os.environ["SCREENSHOTS"] if os.environ.get("SCREENSHOTS") else otherwise
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Client(Visitor):
    """A visitor who buys; counts the messages that the client sends.

    Args:
        page: an empty tab.
        url: address of the product.
        device: "desktop" or "phone", the beginning of the names of screenshots.
        pictures: folder of screenshots.
    """

    def __init__(self, page: Page, url: str, device: str, pictures: Path) -> None:
        super().__init__(page)
        self.url = url
        self.device = device
        self.sent = 0
        self._pictures = pictures

    async def come(self) -> None:
        """Open the demo page and its chat."""
        await self.open(f"{self.url}/demo")

    async def come_back(self) -> None:
        """Reload the page; a phone shows the page first, a computer the chat that was open."""
        await self.page.reload()
        if self.device == "phone":
            await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def write(self, text: str, answer: str) -> None:
        """Type a message and wait until a later bubble of the assistant says `answer`."""
        await self._answered(self.say(text), answer)

    async def press(self, button: Locator, answer: str) -> None:
        """Press a button that sends a message and wait for the answer."""
        await self._answered(button.click(), answer)

    async def picture(self, name: str, page: Page | None = None) -> None:
        """Keep a screenshot of the chat, or of another page, when nothing moves."""
        shown = page or self.page
        if page is None:
            await expect(self.panel.locator(".typing, .pending")).to_have_count(0)
        path = self._pictures / f"{self.device}-{name}.jpg"
        await shown.screenshot(path=path, type="jpeg", quality=85, animations="disabled")

    async def pay(self, button: str = "Оплатить") -> Page:
        """Follow the payment link to its page, press a button there, return the tab after it."""
        async with self.page.context.expect_page() as opened:
            await self.panel.get_by_role("link", name=re.compile("^Оплатить")).click()
        tab = await opened.value
        await expect(tab.get_by_role("heading", name="Оплата полиса ОСАГО")).to_be_visible()
        await self.picture("payment-page", tab)
        await tab.get_by_role("button", name=button).click()
        await tab.wait_for_url("**/pay/return?**")
        return tab

    async def download(self, link: Locator) -> str:
        """Download a PDF; its text, with line breaks as spaces."""
        async with self.page.expect_download() as started:
            await link.click()
        file = await (await started.value).path()
        content = await asyncio.to_thread(file.read_bytes)
        assert content.startswith(b"%PDF-")
        text = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
        return re.sub(r"\s+", " ", text)

    async def _answered(self, action: object, answer: str) -> None:
        before = await self.page.locator(AI_BUBBLES).count()
        await action  # type: ignore[misc]
        self.sent += 1
        later = self.page.locator(AI_BUBBLES).filter(has_text=answer)
        await expect(self.page.locator(AI_BUBBLES).nth(before)).to_be_visible()
        await expect(later.last).to_be_visible()
        index = await self.page.locator(AI_BUBBLES).evaluate_all(
            "(all, text) => all.map((node) => node.innerText.includes(text)).lastIndexOf(true)",
            answer,
        )
        assert index >= before, f"«{answer}» was said before, not now"
