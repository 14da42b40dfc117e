"""The administrator adds a key, tries it, hears what is wrong, and says how the assistant speaks."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Page, expect

from insurance_chat.core.principal import Role
from insurance_chat.llm import profile
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.journeys.staff.conftest import Office
from tests.support.sandbox_server import served

KEY = "sk-secret-of-the-page-wxyz"


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


async def test_a_key_is_added_tried_and_never_shown(
    office: Office, desktop: Page, model_url: str
) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/models")
    await expect(desktop.get_by_text("Ключей нет")).to_be_visible()
    await desktop.get_by_role("button", name="Добавить ключ").click()
    form = desktop.get_by_role("dialog")
    await form.get_by_label("Название").fill("Основной")
    await form.get_by_label("Ключ", exact=True).fill(KEY)
    await form.get_by_label("Адрес").fill(f"{model_url}/llm/v1")
    await form.get_by_label("Запросов в день").fill("100")
    await form.get_by_role("button", name="Сохранить").click()
    row = desktop.locator("tbody tr")
    await expect(row).to_contain_text("sk-...wxyz")
    await desktop.get_by_role("button", name="Проверить: Основной").click()
    await expect(desktop.get_by_text("Работает: ответила модель")).to_be_visible()
    await expect(row).to_contain_text("сегодня 1 из 100")
    async with httpx.AsyncClient(base_url=model_url, trust_env=False) as control:
        await control.post("/control/llm/answers", json={"status": 401})
    await desktop.get_by_role("button", name="Проверить: Основной").click()
    await expect(desktop.get_by_text("Ключ не подходит: он неверный")).to_be_visible()
    await desktop.get_by_role("button", name="Понятно").click()
    await expect(row).to_contain_text("Отдыхает: ключ не подходит")
    assert KEY not in await desktop.content()
    await desktop.get_by_role("button", name="Изменить: Основной").click()
    await form.get_by_label("Очередь").fill("3")
    await form.get_by_role("button", name="Сохранить").click()
    await expect(row).to_contain_text("Включён")
    await desktop.get_by_role("button", name="Удалить: Основной").click()
    await desktop.get_by_role("button", name="Удалить", exact=True).click()
    await expect(desktop.get_by_text("Ключей нет")).to_be_visible()


async def test_the_assistant_is_told_how_to_speak(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.ADMIN, "/admin/models")
    await desktop.get_by_label("Температура").fill("5")
    await desktop.get_by_role("button", name="Сохранить").click()
    await expect(desktop.get_by_text("Температура — число от 0 до 2.")).to_be_visible()
    await desktop.get_by_label("Температура").fill("0,7")
    await desktop.get_by_label("О чём ещё говорить").fill("ОСАГО, ипотека")
    await desktop.get_by_role("button", name="Сохранить").click()
    await expect(desktop.get_by_text("Настройки ассистента сохранены")).to_be_visible()
    async with office.db.unit() as unit:
        kept = await profile.load(unit, office.tenant_id, LlmSettings())
    assert (kept.temperature, kept.allowed_topics) == (0.7, ("ОСАГО", "ипотека"))
