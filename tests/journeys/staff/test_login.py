"""Who gets in, and who is put out."""

from __future__ import annotations

from uuid import UUID

from playwright.async_api import Browser, Page, expect

from insurance_chat.accounts import agents
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import Office
from tests.support.browser import new_context


async def _agent(office: Office) -> UUID:
    async with office.db.unit() as unit:
        found = await agents.list_agents(unit, office.principal)
    return found[0].id


async def test_an_administrator_comes_to_the_figures_of_the_day(
    office: Office, desktop: Page
) -> None:
    await office.log_in(desktop, Role.ADMIN)
    await expect(desktop).to_have_title("Главная — Страховой чат")
    await expect(desktop.get_by_text("Ничего не ждёт вашего решения.")).to_be_visible()
    await expect(desktop.get_by_text("База данных")).to_be_visible()


async def test_an_agent_comes_to_the_chats_and_sees_no_administration(
    office: Office, desktop: Page
) -> None:
    await office.log_in(desktop, Role.AGENT)
    await expect(desktop).to_have_title("Чаты — Страховой чат")
    await expect(desktop.get_by_role("link", name="Полисы")).to_be_visible()
    await expect(desktop.get_by_role("link", name="Настройки")).to_have_count(0)


async def test_a_wrong_password_is_refused_and_counted(office: Office, desktop: Page) -> None:
    await desktop.goto(office.page("/login"))
    said = []
    for _ in range(4):
        await desktop.get_by_label("Логин").fill("nobody")
        await desktop.get_by_label("Пароль").fill("wrong-password")
        await desktop.get_by_role("button", name="Войти").click()
        said.append(await desktop.get_by_role("alert").inner_text())
    assert said[0] == "Неверный логин или пароль."
    assert said[3] == "Слишком много неудачных попыток входа. Попробуйте через 15 минут."


async def test_after_logging_in_the_wanted_page_opens(office: Office, desktop: Page) -> None:
    await desktop.goto(office.page("/admin/incidents?status=open"))
    await desktop.get_by_label("Логин").fill("admin")
    await desktop.get_by_label("Пароль").fill(office.passwords[Role.ADMIN])
    await desktop.get_by_role("button", name="Войти").click()
    await desktop.wait_for_url("**/admin/incidents?status=open")


async def test_logging_out_closes_the_other_pages_at_their_next_event(
    office: Office, desktop: Page
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/agents")
    other = await desktop.context.new_page()
    await other.goto(office.page("/admin/home"))
    await other.get_by_role("button", name="Выйти").click()
    await other.wait_for_url("**/staff/login")
    await desktop.get_by_role("button", name="Компании: Анна Соколова").click()
    await desktop.get_by_role("button", name="Сохранить").click()
    await desktop.wait_for_url("**/staff/login")


async def test_a_blocked_agent_is_out_within_seconds(
    office: Office, desktop: Page, browser: Browser
) -> None:
    await office.log_in(desktop, Role.AGENT)
    await expect(desktop.get_by_role("heading", name="Чаты", exact=True)).to_be_visible()
    context = await new_context(browser)
    admin = await context.new_page()
    await office.log_in(admin, Role.ADMIN, "/admin/agents")
    await admin.get_by_role("button", name="Заблокировать: Анна Соколова").click()
    await admin.get_by_role("dialog").get_by_role("button", name="Заблокировать").click()
    await desktop.wait_for_url("**/staff/login", timeout=15_000)
    await desktop.get_by_label("Логин").fill("agent")
    await desktop.get_by_label("Пароль").fill(office.passwords[Role.AGENT])
    await desktop.get_by_role("button", name="Войти").click()
    await expect(desktop.get_by_role("alert")).to_have_text("Учётная запись заблокирована.")
    await admin.get_by_role("button", name="Разблокировать: Анна Соколова").click()
    await expect(admin.get_by_text("снова может войти")).to_be_visible()
    await context.close()
