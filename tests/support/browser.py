"""Chromium for tests. Import the fixtures in a conftest.py:

    from tests.support.browser import browser, desktop, phone  # noqa: F401

The browser lives for the whole test run, so tests that use it share one event loop:

    pytestmark = pytest.mark.asyncio(loop_scope="session")
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = os.environ.get("TEST_CHROMIUM", "/usr/bin/chromium")
#: Without a window it does about two thirds of the work; it has no microphone.
LIGHT = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium-headless-shell") or CHROMIUM
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# How long a page may take on a machine that is busy with other things; a quick one waits no longer for it.
PATIENCE_MS = 30_000
# Below the 20 s after which a transcript looks again and «печатает» ends by itself: what must come
# at once is still told from what comes in the end.
expect.set_options(timeout=15_000)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def new_context(
    browser: Browser, *, phone: bool = False, dark: bool = False, **options: object
) -> BrowserContext:
    """A fresh visitor: own storage, Russian locale, Moscow time; a phone has touch and a small screen."""
    size = PHONE if phone else DESKTOP
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        is_mobile=phone,
        locale="ru-RU",
        timezone_id="Europe/Moscow",
        color_scheme="dark" if dark else "light",
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


async def axe_violations(page: Page) -> list[str]:
    """What axe-core finds wrong on the page by WCAG 2.2 AA and its best practices, one line each."""
    results = await Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{found['id']}: {node['target']} {node.get('failureSummary', '')}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One headless Chromium for all tests; the path can be set by TEST_CHROMIUM."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=LIGHT, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hearing_browser() -> AsyncIterator[Browser]:
    """A Chromium with a microphone that beeps; who may use it is told to the context, as at people's."""
    async with async_playwright() as playwright:
        arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream"]
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desktop(browser: Browser) -> AsyncIterator[Page]:
    """A page of a new visitor at a computer."""
    context = await new_context(browser)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A page of a new visitor with a phone."""
    context = await new_context(browser, phone=True)
    yield await context.new_page()
    await context.close()
