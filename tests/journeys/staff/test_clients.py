"""The administrator's page of clients: the card, merging by hand, giving the data out, deleting them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from playwright.async_api import Page, expect

from insurance_chat.conversations import contacts
from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.conversations.erasure import service as wishes
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.principal import Role
from tests.journeys.staff.conftest import Office
from tests.support.browser import axe_violations

CONSENT = ConsentText("processing", "7", "Я даю согласие на обработку данных.")


async def _client(office: Office, name: str) -> tuple[UUID, UUID, int]:
    """Public ids of the client and the chat, and the client's inner key."""
    session = await office.open_chat(f"Меня зовут {name}")
    async with office.db.unit() as unit:
        chats = ConversationRepository(unit, office.tenant_id)
        chat = await chats.by_public_id(session)
        assert chat is not None
        await contacts.remember(unit, office.tenant_id, chat.contact_id, name=name)
        await contacts.give_consent(
            unit, office.tenant_id, chat.contact_id, chat.id, "web", CONSENT
        )
        contact = await chats.contact(chat.contact_id)
        assert contact is not None
        return contact.public_id, session, contact.id


async def test_a_client_is_found_merged_and_parted_again(office: Office, desktop: Page) -> None:
    first, second = f"Анна-{uuid4().hex[:6]}", f"Борис-{uuid4().hex[:6]}"
    client, session, _ = await _client(office, first)
    await _client(office, second)
    await office.log_in(desktop, Role.ADMIN, f"/admin/chats/{session}")
    await desktop.get_by_role("link", name="Карточка клиента").click()
    await expect(desktop.get_by_role("heading", name=first)).to_be_visible()
    await desktop.get_by_text("Текст согласия").click()
    await expect(desktop.get_by_text(CONSENT.text)).to_be_visible()
    assert await axe_violations(desktop) == []
    await desktop.get_by_role("button", name="Объединить с…").click()
    await desktop.get_by_label("Имя, номер полиса или чата").fill(second.lower())
    await desktop.keyboard.press("Enter")
    await desktop.get_by_role("button", name=second).click()
    await expect(desktop.get_by_text("объединил администратор")).to_be_visible()
    await expect(desktop.locator("section", has_text="Чаты").get_by_role("listitem")).to_have_count(
        2
    )
    await desktop.get_by_role("button", name="Отменить объединение").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Отменить объединение").click()
    await expect(desktop.get_by_text("С другими клиентами не объединяли.")).to_be_visible()
    assert str(client) in desktop.url


async def test_a_wish_to_be_forgotten_is_fulfilled_on_a_phone(
    office: Office, phone: Page, tmp_path: Path
) -> None:
    name = f"Вера-{uuid4().hex[:6]}"
    client, session, key = await _client(office, name)
    async with office.db.unit() as unit:
        await wishes.ask(unit, office.tenant_id, key, conversation_id=None, origin=wishes.BY_CLIENT)
    await office.log_in(phone, Role.ADMIN, "/admin/home")
    await phone.get_by_role("link", name="удалить данные").click()
    await phone.get_by_role("link", name=name).first.click()
    await expect(phone.get_by_text("осталось: 30 дней")).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 375
    async with phone.expect_download() as waiting:
        await phone.get_by_role("button", name="Выгрузить данные клиента").click()
    saved = tmp_path / "data.zip"
    await (await waiting.value).save_as(saved)
    assert name in ZipFile(BytesIO(saved.read_bytes())).read("index.html").decode()
    await phone.get_by_role("button", name="Удалить данные клиента").click()
    dialog = phone.get_by_role("dialog")
    await expect(dialog.get_by_text("Согласие: обработка персональных данных")).to_be_visible()
    await dialog.get_by_role("button", name="Удалить навсегда").click()
    await expect(phone.get_by_role("heading", name="Данные удалены")).to_be_visible()
    await expect(
        phone.get_by_text("доказательство").or_(phone.get_by_text("хранить до"))
    ).to_be_visible()
    await phone.goto(office.page(f"/admin/chats/{session}"))
    await expect(phone.get_by_text("Удалено по требованию клиента.")).to_be_visible()
    await phone.goto(office.page("/admin/clients"))
    await expect(phone.get_by_text(name)).to_have_count(0)
    assert str(client) not in phone.url


@pytest.mark.parametrize("path", ["/admin/clients", "/admin/clients/{id}"])
async def test_an_agent_is_not_let_in(office: Office, desktop: Page, path: str) -> None:
    client, _, _ = await _client(office, "Глафира")
    await office.log_in(desktop, Role.AGENT)
    answer = await desktop.goto(office.page(path.format(id=client)))
    assert answer is not None
    assert answer.status in (403, 404)
