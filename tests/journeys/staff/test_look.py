"""Every page on a phone, for a screen reader and from the keyboard."""

from __future__ import annotations

from playwright.async_api import Page, expect

from insurance_chat.core.principal import Role
from insurance_chat.web.app import PAGES
from tests.journeys.staff.conftest import Office
from tests.support.browser import axe_violations

PLAIN = [page for page in PAGES if "{id}" not in page.path]


async def test_no_page_is_wider_than_a_phone(office: Office, phone: Page) -> None:
    await office.open_chat("Очень длинное слово: " + "а" * 300)
    await office.log_in(phone, Role.ADMIN)
    wide = {}
    for page in PLAIN:
        await phone.goto(office.page(page.path))
        await expect(phone.get_by_role("heading", level=1)).to_have_text(page.title)
        width = await phone.evaluate("document.documentElement.scrollWidth")
        if width > 375:
            wide[page.path] = width
    assert not wide


async def test_the_menu_of_a_phone_opens_and_leads_on(office: Office, phone: Page) -> None:
    await office.log_in(phone, Role.AGENT)
    await expect(phone.get_by_role("link", name="Полисы")).not_to_be_in_viewport()
    await phone.get_by_role("button", name="Открыть меню").click()
    await phone.get_by_role("link", name="Полисы").click()
    await expect(phone).to_have_title("Полисы — Страховой чат")


async def test_every_page_passes_the_accessibility_check(office: Office, desktop: Page) -> None:
    session = await office.open_chat("Здравствуйте")
    await desktop.goto(office.page("/login"))
    found = await axe_violations(desktop)
    await office.log_in(desktop, Role.ADMIN)
    paths = [page.path for page in PLAIN] + [f"/admin/chats/{session}"]
    for path in paths:
        await desktop.goto(office.page(path))
        await expect(desktop.get_by_role("button", name="Выйти")).to_be_visible()
        found += [f"{path} {line}" for line in await axe_violations(desktop)]
    assert not found


async def test_the_keyboard_reaches_the_content_first(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.AGENT)
    await expect(desktop.get_by_role("button", name="Выйти")).to_be_visible()
    await desktop.keyboard.press("Tab")
    await expect(desktop.get_by_role("link", name="К содержанию")).to_be_focused()
    await desktop.keyboard.press("Enter")
    assert await desktop.evaluate("document.activeElement.id") == "content"


async def test_the_chosen_theme_stays(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.AGENT)
    for title, dark in (("светлая", False), ("тёмная", True)):
        await desktop.get_by_role("button", name="Тема:").click()
        await expect(desktop.get_by_role("button", name=f"Тема: {title}")).to_be_visible()
        await expect(desktop.locator("body.body--dark")).to_have_count(int(dark))
