"""The agent's room: a client on the demo site and an agent at a desk, live on both sides."""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Page, expect

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.types import Sender
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.inbox import templates
from tests.journeys.sale.client import pictures_folder
from tests.journeys.staff.conftest import Office
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations

SECONDS = 30_000


@pytest.fixture(scope="module")
async def office(product_office: Office) -> Office:
    """The whole product: the demo site for clients and the pages of staff."""
    return product_office


async def _write(page: Page, words: str) -> None:
    """Type and press Enter, and see that the field is empty again."""
    field = page.locator("#composer textarea")
    await field.fill(words)
    await field.press("Enter")
    await expect(field).to_have_value("", timeout=SECONDS)


async def _waiting(office: Office, *words: str) -> str:
    """Address of the room of a chat that waits for an agent."""
    session = await office.open_chat(*words)
    async with office.db.unit() as unit:
        await requests.request(unit, HandoverSettings(), office.principal, session, "button")
    return f"/workspace/chats/{session}"


async def _taken(office: Office, page: Page, *words: str) -> None:
    """An agent at a desk has taken such a chat."""
    await office.log_in(page, Role.AGENT, await _waiting(office, *words))
    await page.get_by_role("button", name="Взять чат").click()
    await expect(page.get_by_label("Сообщение клиенту")).to_be_enabled()
    await expect(page.get_by_role("button", name="Вернуть ассистенту")).to_be_visible()


async def test_from_the_request_to_the_assistant_again(
    office: Office, desktop: Page, phone: Page
) -> None:
    client = Visitor(phone)
    await client.open(f"{office.url}/demo")
    await client.say("здравствуйте, мой телефон +7 916 123-45-67")
    await expect(client.panel.locator(".msg.ai").first).to_be_visible(timeout=SECONDS)
    await client.say("позовите агента")
    await client.sees("Ожидание агента")

    await office.log_in(desktop, Role.AGENT)
    await desktop.locator(".card.waits a.chat-link, .card.waits a").first.click()
    take = desktop.get_by_role("button", name="Взять чат")
    await expect(take).to_be_visible(timeout=SECONDS)
    await expect(desktop.locator(".room")).not_to_contain_text("123-45")
    await take.click()
    await client.sees("К чату подключился агент Анна Соколова")
    # Until the agent's own screen has followed, the field is for notes, and says so.
    await expect(desktop.get_by_label("Сообщение клиенту")).to_be_enabled(timeout=SECONDS)

    await _write(desktop, "Здравствуйте! Чем помочь?")
    await client.sees("Здравствуйте! Чем помочь?")
    await expect(desktop.locator(".line.own")).to_contain_text("Здравствуйте! Чем помочь?")
    await desktop.get_by_label("Сообщение клиенту").press_sequentially("Пишу ответ", delay=400)
    await expect(client.panel.locator(".typing")).to_be_visible()
    await desktop.get_by_label("Сообщение клиенту").fill("")
    await client.field.press_sequentially("сколько")
    await expect(desktop.get_by_text("Клиент печатает…")).to_be_visible()
    await client.say("сколько стоит осаго?")
    await expect(desktop.get_by_text("Клиент печатает…")).to_be_hidden()
    await expect(desktop.locator(".line.user").last).to_contain_text("сколько стоит осаго?")

    await desktop.get_by_role("button", name="Заметка").click()
    await _write(desktop, "Просит скидку, будьте мягче")
    await expect(desktop.locator(".note-line")).to_contain_text("будьте мягче")

    await desktop.locator(".line.user").last.hover()
    await desktop.locator(".line.user [data-act=reply]").last.click()
    await _write(desktop, "Сейчас посчитаю")
    await client.sees("Сейчас посчитаю")
    await expect(client.panel.locator("blockquote.quote").last).to_contain_text("сколько стоит")

    await desktop.get_by_role("button", name="Вернуть ассистенту").click()
    await expect(desktop.locator(".room-head")).not_to_contain_text("С агентом")
    answered = await client.panel.locator(".msg.ai").count()
    await client.say("какие документы нужны для осаго?")
    await expect(client.panel.locator(".msg.ai")).not_to_have_count(answered, timeout=SECONDS)
    assert not any("мягче" in text for text in await client.bubbles())
    assert client.errors == []


async def test_who_comes_second_is_told_and_sees_nothing_more(
    office: Office, desktop: Page
) -> None:
    path = await _waiting(office, "Секрет клиента")
    await office.log_in(desktop, Role.AGENT, path)
    await expect(desktop.get_by_text("Секрет клиента")).to_be_visible()
    colleague = await _colleague(office)
    async with office.db.unit() as unit:
        await claiming.claim(unit, colleague, UUID(path.rpartition("/")[2]))
    notice = desktop.locator(".room-notice")
    await expect(notice).to_contain_text("заявка неактуальна", timeout=SECONDS)
    await expect(notice).to_contain_text("Борис Петров")
    await expect(desktop.get_by_text("Секрет клиента")).to_have_count(0)
    await expect(desktop.locator("#composer")).to_be_hidden()
    await desktop.reload()
    await expect(desktop.get_by_text("заявка неактуальна")).to_be_visible()


async def _colleague(office: Office) -> Principal:
    async with office.db.unit() as unit:
        user = User(
            tenant_id=office.tenant_id,
            public_id=uuid4(),
            login="boris",
            name="Борис Петров",
            role="agent",
            password_hash="x",
            token_epoch=0,
        )
        unit.session.add(user)
        await unit.session.flush()
        return auth.principal(user)


async def test_a_template_with_a_hole_is_not_sent_until_it_is_filled(
    office: Office, desktop: Page
) -> None:
    admin = Principal(office.tenant_id, Role.ADMIN)
    async with office.db.unit() as unit:
        await templates.add(unit, admin, "Срок", "{имя}, до {дата окончания}. {агент}", common=True)
    await _taken(office, desktop, "Когда закончится полис?")
    field = desktop.get_by_label("Сообщение клиенту")
    await field.press_sequentially("/ср")
    await expect(desktop.locator(".picker-item")).to_have_count(1)
    await field.press("Enter")
    await expect(field).to_have_value("{имя}, до {дата окончания}. Анна Соколова")
    await field.press("Enter")
    await expect(desktop.locator(".hole")).to_have_count(2)
    await expect(desktop.locator(".line.own")).to_have_count(0)
    # The page selects the first hole for the agent; typing before that would fill it only.
    await desktop.wait_for_function(
        "() => { const field = document.querySelector('#composer textarea');"
        " return field.value.slice(field.selectionStart, field.selectionEnd) === '{имя}' }"
    )
    await _write(desktop, "Иван, до 1 мая. Анна Соколова")
    await expect(desktop.locator(".line.own")).to_contain_text("Иван, до 1 мая")


async def test_a_stopped_message_stays_in_the_field_and_may_be_objected_to(
    office: Office, desktop: Page
) -> None:
    await _taken(office, desktop, "Хочу ОСАГО")
    field = desktop.get_by_label("Сообщение клиенту")
    words = "Пишите мне в вотсап +7 916 123-45-67, оформим дешевле мимо сервиса"
    await field.fill(words)
    await field.press("Enter")
    dialog = desktop.get_by_role("dialog")
    await expect(dialog).to_contain_text("Сообщение не отправлено")
    await dialog.get_by_label("Почему это ошибка").fill("Это номер клиента")
    await dialog.get_by_role("button", name="Оспорить").click()
    await expect(desktop.get_by_text("Администратор рассмотрит")).to_be_visible()
    await expect(field).to_have_value(words)
    await expect(desktop.locator(".line.own")).to_have_count(0)


async def test_files_and_drafts_reach_the_client(office: Office, desktop: Page) -> None:
    await _taken(office, desktop, "Какие документы нужны для ОСАГО?")
    async with desktop.expect_file_chooser() as chosen:
        await desktop.get_by_role("button", name="Приложить файл").click()
    await (await chosen.value).set_files(
        {"name": "памятка.txt", "mimeType": "text/plain", "buffer": "Возьмите паспорт".encode()}
    )
    await expect(desktop.locator(".strip-part")).to_contain_text("памятка.txt")
    await _write(desktop, "Вот памятка")
    await expect(desktop.locator(".line.own").last).to_contain_text("памятка.txt")

    await desktop.get_by_role("button", name="Помочь с ответом").click()
    await desktop.get_by_label("Вопрос или").fill("какие документы нужны для осаго")
    await desktop.get_by_label("Вопрос или").press("Enter")
    put = desktop.get_by_role("button", name="Вставить в ответ")
    await expect(put).to_be_visible(timeout=SECONDS)
    await put.click()
    field = desktop.get_by_label("Сообщение клиенту")
    await expect(field).not_to_have_value("")
    await field.press("Enter")
    await expect(desktop.locator(".line.own")).to_have_count(2)


async def test_two_tabs_show_the_same(office: Office, desktop: Page) -> None:
    await _taken(office, desktop, "Добрый день")
    other = await desktop.context.new_page()
    await other.goto(desktop.url)
    await _write(desktop, "Здравствуйте!")
    await expect(other.locator(".line.own")).to_contain_text("Здравствуйте!")
    await other.get_by_role("button", name="Метка", exact=True).click()
    await other.get_by_role("dialog").get_by_label("Метка").fill("срочно")
    await other.get_by_role("button", name="Добавить").click()
    await expect(desktop.get_by_role("button", name="Убрать метку «срочно»")).to_be_visible()
    await other.get_by_role("button", name="Передать").click()
    await other.get_by_role("dialog").get_by_role("button", name="Передать").click()
    for page in (desktop, other):
        await expect(page.get_by_role("button", name="Взять чат")).to_be_visible()
    await desktop.get_by_role("button", name="Взять чат").click()
    await other.get_by_role("button", name="Завершить").click()
    await other.get_by_role("dialog").get_by_role("button", name="Завершить").click()
    await expect(desktop.locator(".room-actions button")).to_have_count(0)
    await expect(desktop.get_by_label("Заметка для коллег")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_hinders_and_nothing_sticks_out(
    office: Office, desktop: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    await desktop.emulate_media(color_scheme=scheme)
    await desktop.set_viewport_size({"width": width, "height": 740})
    await _taken(office, desktop, "Добрый день", "Сколько можно ждать??")
    await _write(desktop, "Здравствуйте! " + "Длинное-слово-без-пробелов" * 6)
    await expect(desktop.locator(".q-notification")).to_have_count(0, timeout=SECONDS)
    pictures = pictures_folder(office.data_dir)
    await desktop.screenshot(path=pictures / f"room-{width}-{scheme}.png")
    assert await axe_violations(desktop) == []
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await desktop.evaluate(overflow) <= 0


async def test_keys_do_what_the_list_says(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.AGENT, await _waiting(office, "Добрый день"))
    await expect(desktop.get_by_role("button", name="Взять чат")).to_be_visible()
    await desktop.locator("h1").first.click(force=True)
    await desktop.keyboard.press("c")
    await expect(desktop.get_by_role("button", name="Вернуть ассистенту")).to_be_visible()
    await expect(desktop.get_by_label("Сообщение клиенту")).to_be_focused()
    await desktop.keyboard.press("Escape")
    await desktop.keyboard.press("?")
    await expect(desktop.get_by_role("dialog", name="Клавиши")).to_be_visible()
    await desktop.keyboard.press("Escape")
    await expect(desktop.get_by_role("dialog", name="Клавиши")).to_have_count(0)
    await desktop.keyboard.press("r")
    await expect(desktop.locator(".strip-part")).to_contain_text("Добрый день")


async def test_the_assistants_words_are_reported_from_the_line(
    office: Office, desktop: Page
) -> None:
    path = await _waiting(office, "Сколько стоит?")
    await office.log_in(desktop, Role.AGENT, path)
    await office.say(UUID(path.rpartition("/")[2]), "Ровно рубль.", Sender.AI)
    line = desktop.locator(".line.ai").last
    await line.hover()
    await line.get_by_role("button", name="Неточность").click()
    await desktop.get_by_role("dialog").get_by_label("Что не так").fill("Цена неверная")
    await desktop.get_by_role("button", name="Сообщить").click()
    await expect(desktop.get_by_text("Сообщение передано")).to_be_visible()
