"""Chats taken out, a complaint that ends with a better answer, statistics."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from insurance_chat.accounts import agents
from insurance_chat.conversations import incidents, log, sessions
from insurance_chat.conversations.types import Sender
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.pull_away import service as pull_away
from insurance_chat.operators.pull_away.types import Allowed
from tests.journeys.staff.conftest import Office
from tests.journeys.staff.test_admin import close_incident

ANSWER = "Полис действует один год."


async def download(page: Page, button: Locator) -> bytes:
    async with page.expect_download() as waiting:
        await button.click()
    saved = Path(await (await waiting.value).path())
    return await asyncio.to_thread(saved.read_bytes)


async def test_a_chat_and_a_list_are_found_and_taken_out(office: Office, desktop: Page) -> None:
    session = await office.open_chat("=СУММ(1) комбайн")
    await office.open_chat("Совсем другое")
    await office.log_in(desktop, Role.ADMIN, "/admin/chats")
    await desktop.get_by_label("Слова из сообщения или номер чата").fill("комбайн")
    await desktop.get_by_role("button", name="Показать").click()
    await expect(desktop.locator("tbody tr")).to_have_count(1)
    listed = await download(desktop, desktop.get_by_role("button", name="Скачать список (CSV)"))
    assert str(session) in listed.decode("utf-8-sig")
    assert "Совсем другое" not in listed.decode("utf-8-sig")
    await desktop.get_by_role("link", name="=СУММ(1) комбайн").click()
    pdf = await download(desktop, desktop.get_by_role("button", name="Скачать PDF"))
    assert pdf.startswith(b"%PDF")
    chat = await download(desktop, desktop.get_by_role("button", name="Скачать CSV"))
    assert "'=СУММ(1) комбайн" in chat.decode("utf-8-sig")


async def test_a_complaint_ends_with_a_new_answer_and_the_client_is_told(
    office: Office, desktop: Page
) -> None:
    session = await office.open_chat("Сколько действует полис на комбайн?")
    async with office.db.unit() as unit:
        chat = await sessions.find(unit, office.principal, session, lock=True)
        answer = await log.append_message(unit, chat, Sender.AI, {"text": "Десять лет."})
        assert answer is not None
        client = Principal(office.tenant_id, Role.USER, conversation_id=chat.id)
        details = {"messageId": str(answer.public_id), "comment": "Один год"}
        made = await incidents.report(unit, client, session, "ai_inaccuracy", details)
    await office.log_in(desktop, Role.ADMIN, f"/admin/incidents/{made.id}")
    await expect(desktop.get_by_text("Десять лет.").first).to_be_visible()
    await desktop.get_by_role("button", name="Взять в работу").click()
    await expect(desktop.get_by_text("взят в работу")).to_be_visible()
    await desktop.get_by_text("Добавить вопрос и ответ").click()
    await desktop.get_by_label("Верный ответ").fill(ANSWER)
    await desktop.get_by_role("button", name="Опубликовать ответ").click()
    letter = desktop.get_by_label("Что прочитает клиент")
    await expect(letter).to_have_value(
        "Спасибо: мы проверили ответ на вопрос «Сколько действует полис на комбайн?» и исправили его."
        f"\n\n{ANSWER}"
    )
    await desktop.get_by_role("button", name="Закрыть инцидент").click()
    await expect(desktop.get_by_role("button", name="Открыть снова")).to_be_visible()
    await expect(desktop.get_by_text("Добавлен вопрос и ответ", exact=False)).to_be_visible()
    async with office.db.unit() as unit:
        page = await sessions.list_messages(unit, office.principal, session)
    assert page.items[-1].sender is Sender.SYSTEM
    assert ANSWER in page.items[-1].body["text"]
    await desktop.goto(office.page("/admin/knowledge"))
    title = "Вопрос и ответ: Сколько действует полис на комбайн?"
    await expect(desktop.get_by_text(title, exact=True)).to_be_visible()


async def test_a_client_is_not_told_without_the_tick(office: Office, desktop: Page) -> None:
    session = await office.open_chat("Сколько?")
    async with office.db.unit() as unit:
        chat = await sessions.find(unit, office.principal, session, lock=True)
        client = Principal(office.tenant_id, Role.USER, conversation_id=chat.id)
        made = await incidents.report(unit, client, session, "ai_inaccuracy", {"comment": "Не так"})
    await office.log_in(desktop, Role.ADMIN, f"/admin/incidents/{made.id}")
    await desktop.get_by_role("checkbox", name="Сообщить клиенту в чате").click()
    await close_incident(desktop, "Ошибки нет, ответ верный")
    await expect(desktop.get_by_role("button", name="Открыть снова")).to_be_visible()
    async with office.db.unit() as unit:
        page = await sessions.list_messages(unit, office.principal, session)
    assert [entry.body["text"] for entry in page.items] == ["Сколько?"]


async def test_statistics_have_charts_tables_and_files(office: Office, desktop: Page) -> None:
    await office.open_chat("Раз")
    failed: list[str] = []
    desktop.on("requestfailed", lambda request: failed.append(request.url))
    foreign: list[str] = []
    desktop.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith((office.url, "data:", "ws", "blob:"))
            else foreign.append(sent.url)
        ),
    )
    await office.log_in(desktop, Role.ADMIN, "/admin/statistics?period=day")
    await expect(desktop.locator(".chart svg").first).to_be_visible()
    await expect(desktop.get_by_role("heading", name="По агентам")).to_be_visible()
    table = desktop.get_by_role("table", name="По времени")
    await expect(table).to_be_visible()
    await expect(desktop.get_by_role("columnheader", name="Запросы").first).to_have_attribute(
        "title", "Сколько раз клиент ждал человека."
    )
    file = await download(desktop, desktop.get_by_role("button", name="Скачать CSV").first)
    assert file.decode("utf-8-sig").startswith("С;Чаты;Запросы;Взято;Полисы\r\n")
    assert (failed, foreign) == ([], [])


async def test_an_agent_has_only_own_figures(office: Office, desktop: Page) -> None:
    await office.log_in(desktop, Role.AGENT, "/workspace/statistics")
    await expect(desktop.get_by_role("heading", name="Мои результаты")).to_be_visible()
    await expect(desktop.get_by_text("Вы ещё ни о чём не сообщали.")).to_be_visible()
    answer = await desktop.goto(office.page("/admin/statistics"))
    assert answer is not None
    assert answer.status == 403


async def test_a_message_that_led_away_is_judged(office: Office, desktop: Page) -> None:
    session = await office.open_chat("Сколько?")
    async with office.db.unit() as unit:
        agent = (await agents.list_agents(unit, office.principal))[0]
        chat = await sessions.find(unit, office.principal, session, lock=True)
        text = "Пишите мне в телеграм @ivan_osago, оформим дешевле мимо сервиса"
        who = Principal(office.tenant_id, Role.AGENT, user_public_id=str(agent.id))
        verdict = await pull_away.check_message(unit, who, chat, text, Allowed.make())
        hit = await pull_away.record(unit, who, chat, text, verdict)
        assert hit is not None
    await office.log_in(desktop, Role.ADMIN, f"/admin/incidents/{hit.id}")
    await expect(desktop.get_by_text("Сообщение остановлено")).to_be_visible()
    await expect(desktop.get_by_text(text)).to_be_visible()
    await desktop.get_by_label("Комментарий для агента").fill("Так делать нельзя")
    await desktop.get_by_role("button", name="Нарушение подтверждено").click()
    await expect(desktop.get_by_text("Подтвердилось, меры приняты")).to_be_visible()
    await expect(desktop.get_by_text("«Так делать нельзя»")).to_be_visible()
