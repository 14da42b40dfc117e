"""Conversations on the screens of staff."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.overview.filters import ChatFilter
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import Office


async def test_a_new_message_appears_without_a_reload(office: Office, desktop: Page) -> None:
    session = await office.open_chat("Добрый день")
    await office.log_in(desktop, Role.ADMIN, f"/workspace/chats/{session}")
    lines = desktop.get_by_role("listitem").filter(has=desktop.locator(".said"))
    await expect(lines).to_have_count(1)
    await office.say(session, "А сколько стоит ОСАГО?")
    await expect(desktop.get_by_text("А сколько стоит ОСАГО?")).to_be_visible(timeout=8_000)
    await office.say(session, "Назовите город.", Sender.AI)
    await expect(lines).to_have_count(3)


async def test_words_of_a_client_are_never_markup(office: Office, desktop: Page) -> None:
    session = await office.open_chat("<img src=x onerror=\"document.title='взлом'\"><b>жирно</b>")
    await office.log_in(desktop, Role.ADMIN, f"/workspace/chats/{session}")
    await expect(desktop.get_by_text("<b>жирно</b>")).to_be_visible()
    await expect(desktop).to_have_title("Чат — Страховой чат")


async def test_an_administrator_finds_a_chat_by_words_and_by_number(
    office: Office, desktop: Page
) -> None:
    session = await office.open_chat("Меня интересует трактор «Беларус»")
    await office.log_in(desktop, Role.ADMIN, "/admin/chats")
    field = desktop.get_by_label("Слова из сообщения или номер чата")
    for words in ("ТРАКТОР", str(session)[:8]):
        await field.fill(words)
        await field.press("Enter")
        await expect(desktop.locator("tbody tr")).to_have_count(1)
        await expect(desktop.locator("tbody tr")).to_contain_text("Беларус")
    await field.fill("такого слова никто не говорил")
    await field.press("Enter")
    await expect(desktop.get_by_text("Ничего не нашлось")).to_be_visible()


async def test_only_the_administrator_sees_what_the_assistant_understood(
    office: Office, desktop: Page
) -> None:
    session = await office.open_chat("Хочу ОСАГО")
    async with office.db.unit() as unit:
        repository = ConversationRepository(unit, office.tenant_id)
        conversation = await repository.by_public_id(session, lock=True)
        assert conversation is not None
        body = {"commands": [{"type": "start_flow", "flow": "osago"}]}
        await repository.append(conversation, EntryKind.DIALOGUE, Sender.AI, body, uuid4().hex)
    await office.log_in(desktop, Role.ADMIN, f"/admin/chats/{session}")
    await expect(desktop.get_by_text("начать сценарий osago")).to_be_visible()
    await desktop.goto(office.page(f"/workspace/chats/{session}"))
    await expect(desktop.get_by_text("Хочу ОСАГО")).to_be_visible()
    await expect(desktop.get_by_text("начать сценарий osago")).to_have_count(0)


async def test_long_lists_are_paged_by_the_server(office: Office, desktop: Page) -> None:
    for _ in range(27):
        await office.open_chat()
    await office.log_in(desktop, Role.ADMIN, "/admin/chats")
    await expect(desktop.locator("tbody tr")).to_have_count(25)
    await desktop.get_by_role("link", name="Дальше →").click()
    await expect(desktop.get_by_text("Страница 2 из")).to_be_visible()
    await desktop.get_by_role("link", name="Начат").click()
    await expect(desktop.locator("th[aria-sort=descending]")).to_have_text("Начат ▼")


async def test_staff_of_another_company_find_no_chat_of_it(office: Office) -> None:
    session = await office.open_chat("Тайное слово")
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Чужая', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    stranger = office.stranger(row[0])
    async with office.db.unit() as unit:
        for search in ("", "Тайное слово", str(session)):
            assert (await overview.list_chats(unit, stranger, ChatFilter(search))).total == 0
        assert (await reports.list_incidents(unit, stranger)).total == 0
        with pytest.raises(ServiceError, match="session_not_found"):
            await overview.transcript(unit, stranger, session)
