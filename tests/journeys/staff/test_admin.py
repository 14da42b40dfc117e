"""What an administrator changes."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from insurance_chat.conversations import incidents
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import KEY, Office

TEXT = "Трактор можно застраховать по ОСАГО, если он зарегистрирован в Гостехнадзоре."


async def test_an_incident_is_closed_and_opened_again(office: Office, desktop: Page) -> None:
    session = await office.open_chat("Вы ошиблись")
    async with office.db.unit() as unit:
        await incidents.report(
            unit, office.principal, session, "ai_inaccuracy", {"text": "Цена была другой"}
        )
    await office.log_in(desktop, Role.ADMIN)
    await desktop.get_by_role("link", name="1 открытый инцидент").click()
    await desktop.get_by_role("link", name="Неточный ответ ассистента").click()
    await expect(desktop.get_by_text("Цена была другой")).to_be_visible()
    await close_incident(desktop, "Ошибки нет, ответ верный")
    await expect(desktop.get_by_role("button", name="Открыть снова")).to_be_visible()
    await desktop.goto(office.page("/admin/home"))
    await expect(desktop.get_by_text("Ничего не ждёт вашего решения.")).to_be_visible()
    await desktop.go_back()
    await desktop.reload()
    await desktop.get_by_role("button", name="Открыть снова").click()
    await expect(desktop.get_by_role("button", name="Взять в работу")).to_be_visible()


async def close_incident(page: Page, decision: str) -> None:
    """Choose a decision and close the incident that is open on the page."""
    await page.get_by_label("Решение").click()
    await page.get_by_role("option", name=decision).click()
    await page.get_by_role("button", name="Закрыть инцидент").click()


async def test_an_answer_is_written_used_and_deleted(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/knowledge")
    await expect(desktop.get_by_text("База знаний пуста")).to_be_visible()
    await desktop.get_by_role("button", name="Написать вопрос и ответ").click()
    await desktop.get_by_label("Как спрашивают клиенты").fill("Можно ли застраховать трактор?")
    await desktop.get_by_label("Ответ", exact=True).fill(TEXT)
    await desktop.get_by_label("Метки через запятую").fill("трактор, Гостехнадзор")
    await desktop.get_by_role("button", name="Опубликовать ответ").click()
    await expect(desktop.get_by_text("#трактор", exact=True)).to_be_visible()
    await _ask(office, desktop)
    await desktop.goto(office.page("/admin/knowledge"))
    async with desktop.context.expect_page() as opened:
        await desktop.get_by_role("link", name="Открыть исходный файл").click()
    source = await opened.value
    await expect(source.get_by_text("зарегистрирован в Гостехнадзоре")).to_be_visible()
    await source.close()
    await desktop.get_by_role("button", name="Удалить документ").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Не сейчас").click()
    await desktop.get_by_role("button", name="Удалить документ").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    await expect(desktop.get_by_text("База знаний пуста")).to_be_visible()


async def _ask(office: Office, page: Page) -> None:
    await page.goto(office.page("/workspace/assistant"))
    for _ in range(10):
        # The source of an earlier try is a link whose name begins with the same word.
        question = page.get_by_role("textbox", name="Вопрос", exact=True)
        await question.fill("Можно ли застраховать трактор?")
        await question.press("Enter")
        answer = page.get_by_role("article").last
        await expect(answer).to_be_visible()
        if "Гостехнадзоре" in await answer.inner_text():
            return
        await page.wait_for_timeout(500)
    pytest.fail("the published answer is not used")


async def test_a_new_agent_gets_a_password_and_can_log_in(
    office: Office, desktop: Page, phone: Page
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/agents")
    await desktop.get_by_role("button", name="Новый агент").click()
    await desktop.get_by_label("Имя и фамилия").fill("Пётр Иванов")
    await desktop.get_by_label("Логин").fill("petr")
    await desktop.get_by_role("button", name="Завести").click()
    password = await desktop.get_by_label("Пароль", exact=True).input_value()
    await desktop.get_by_role("button", name="Пароль записан").click()
    await expect(desktop.get_by_text("Пётр Иванов", exact=True)).to_be_visible()
    await phone.goto(office.page("/login"))
    await phone.get_by_label("Логин").fill("petr")
    await phone.get_by_label("Пароль").fill(password)
    await phone.get_by_role("button", name="Войти").click()
    await phone.wait_for_url("**/workspace/chats")


async def test_a_webhook_into_the_inner_network_is_refused_in_words(
    office: Office, desktop: Page
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/settings")
    await desktop.get_by_role("button", name="Добавить вебхук").click()
    await desktop.get_by_label("Адрес").fill("https://127.0.0.1/hook")
    await desktop.get_by_role("button", name="Добавить", exact=True).click()
    await expect(desktop.get_by_text("ведёт во внутреннюю сеть")).to_be_visible()


async def test_settings_show_no_secrets(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/settings")
    await desktop.get_by_text("Основное").click()
    await expect(desktop.get_by_text("SECRET_KEY")).to_be_visible()
    content = await desktop.content()
    assert KEY not in content
    assert office.db.url not in content
