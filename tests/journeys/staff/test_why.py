"""The administrator asks why, keeps a bad answer as an example and finds it in the list."""

from __future__ import annotations

import yaml
from playwright.async_api import Page, expect

from insurance_chat.conversations import sessions
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import Office


async def answered(office: Office) -> str:
    """A chat with one answer and the trace of its turn."""
    chat = await office.open_chat("когда начнёт действовать, 8 916 123 45 67")
    notes = [{"kind": "odd", "at_ms": 1.0, "told": "нечто новое"}]
    body = {
        "commands": [{"type": "unclear", "text": "когда"}],
        "trace": {"ms": 40.0, "notes": notes},
        "changes": {"unclear": 1},
    }
    async with office.db.unit() as unit:
        found = await sessions.find(unit, office.principal, chat, lock=True)
        repository = ConversationRepository(unit, office.tenant_id)
        await repository.append(found, EntryKind.DIALOGUE, Sender.AI, body)
        await repository.append(found, EntryKind.MESSAGE, Sender.AI, {"text": "Не понял."})
    return str(chat)


async def test_a_bad_answer_is_explained_and_becomes_an_example(
    office: Office, desktop: Page
) -> None:
    chat = await answered(office)
    await office.log_in(desktop, Role.ADMIN, f"/admin/chats/{chat}")
    await desktop.get_by_role("button", name="Почему так ответил?").click()
    dialog = desktop.get_by_role("dialog")
    await expect(dialog).to_contain_text("не понято: когда")
    await expect(dialog).to_contain_text("odd: told: нечто новое")
    await dialog.get_by_text("Для разработчика").click()
    await expect(dialog.locator("pre")).to_contain_text('"unclear": 1')
    await dialog.get_by_role("button", name="Сделать примером для проверки").click()
    await expect(dialog.get_by_label("Слова клиента")).to_have_value(
        "когда начнёт действовать, 8 910 000 00 01"
    )
    await dialog.get_by_role("button", name="Сохранить пример").click()
    await expect(desktop.get_by_text("Укажите, что нужно было понять")).to_be_visible()
    await dialog.get_by_label("Должно быть в ответе", exact=True).fill("с указанной даты")
    await dialog.get_by_role("button", name="Сохранить пример").click()
    await expect(desktop.get_by_text("Пример сохранён")).to_be_visible()

    await desktop.goto(office.page("/admin/cases"))
    row = desktop.locator("tbody tr")
    await expect(row).to_contain_text("сказать: «с указанной даты»")
    async with desktop.expect_download() as download:
        await row.get_by_role("button", name="Скачать").click()
    script = yaml.safe_load((await (await download.value).path()).read_text("utf-8"))
    assert script["steps"][1] == {"expect": {"says": ["с указанной даты"]}}
    await row.get_by_role("button", name="Удалить").click()
    await desktop.get_by_role("button", name="Удалить", exact=True).click()
    await expect(desktop.get_by_text("Примеров пока нет")).to_be_visible()


async def test_an_agent_is_not_offered_the_explanation(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.AGENT, "/admin/cases")
    await expect(desktop.get_by_role("heading", level=1)).to_have_text("Нет доступа")
