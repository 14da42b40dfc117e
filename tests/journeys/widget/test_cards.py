"""Everything that a message can carry, and what the visitor can do with it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.journeys.widget.samples import CITATIONS, FILES, OFFERS, PAYMENT, QUICK_REPLIES
from tests.journeys.widget.stub_api import StubApi
from tests.journeys.widget.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
async def visitor(desktop: Page, stub: StubApi) -> Visitor:
    """A visitor at a computer whose chat is open and connected."""
    person = Visitor(desktop)
    await person.open_and_connect(f"{stub.url}/plain", stub)
    return person


async def test_a_quick_reply_sends_its_value_and_shows_its_title(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Всё верно?", metadata={"quickReplies": QUICK_REPLIES})
    await visitor.button("Да, всё верно").click()
    await visitor.until(lambda: stub.session.messages()[-1]["text"] == "confirm:yes")
    await visitor.shows(["Всё верно?", "Да, всё верно"])
    await expect(visitor.button("Исправить")).to_have_count(0)
    await visitor.page.reload()
    await visitor.shows(["Всё верно?", "Да, всё верно"])


async def test_offers_are_sorted_by_price_and_the_chosen_one_is_marked(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Предложения", metadata={"offers": OFFERS})
    companies = visitor.panel.locator(".offer-company")
    await expect(companies).to_have_text(["Берег", "Север Страхование", "Вершина"])
    prices = visitor.panel.locator(".offer-price")
    await expect(prices).to_have_text(["9 870,50 ₽", "12 345,67 ₽", "101 200,00 ₽"])
    await expect(visitor.panel.get_by_text("Не страхует этот регион")).to_be_hidden()
    await visitor.panel.get_by_text("Отказали: 1").click()
    await visitor.sees("Не страхует этот регион")
    await visitor.button("Выбрать: Север Страхование").click()
    await visitor.until(lambda: stub.session.messages()[-1]["text"] == "offer:north")
    await visitor.shows(["Предложения", "Выбираю: Север Страхование"])
    await expect(visitor.button("Вы выбрали: Север Страхование")).to_be_disabled()


async def test_offers_can_be_compared_and_chosen_in_a_table(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Предложения", metadata={"offers": OFFERS})
    await visitor.button("Сравнить").click()
    table = visitor.panel.get_by_role("table")
    await expect(table.get_by_role("row")).to_have_count(4)
    await expect(table).to_contain_text(re.compile("дороже на 2.475,17"))
    await table.get_by_role("button", name="Выбрать: Берег").click()
    await expect(table).to_be_hidden()
    await visitor.until(lambda: stub.session.messages()[-1]["text"] == "offer:coast")


async def test_escape_closes_the_comparison_first_and_the_chat_second(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Предложения", metadata={"offers": OFFERS})
    await visitor.button("Сравнить").click()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.button("Сравнить")).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()


PAY = re.compile("Оплатить 9.870,50.₽")


async def test_payment_opens_in_a_new_tab(visitor: Visitor, stub: StubApi) -> None:
    stub.say("Оплата", metadata={"payment": PAYMENT})
    link = visitor.panel.get_by_role("link", name=PAY)
    await expect(link).to_have_attribute("href", PAYMENT["url"])
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))


async def test_an_old_payment_cannot_be_paid_again(visitor: Visitor, stub: StubApi) -> None:
    late = {**PAYMENT, "expiresAt": "2020-01-01T00:00:00Z"}
    stub.say("Поздно", metadata={"payment": late})
    await visitor.sees("Срок ссылки истёк. Напишите в чат, и мы пришлём новую.")
    stub.say("Новая ссылка", metadata={"payment": PAYMENT})
    await visitor.sees("Ниже есть более новое сообщение об оплате.")
    await expect(visitor.panel.get_by_role("link", name=PAY)).to_have_count(1)
    stub.say("Ваш полис", metadata={"files": FILES})
    await expect(visitor.panel.get_by_role("link", name=PAY)).to_have_count(0)
    await expect(visitor.panel.get_by_text("Оплачено")).to_have_count(1)


async def test_files_show_name_and_size_and_can_be_downloaded(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Документы", metadata={"files": FILES})
    link = visitor.panel.get_by_role("link", name="Скачать Полис ОСАГО.pdf, 240 КБ")
    await expect(link).to_have_attribute("href", re.compile(f"^{stub.url}/files/9[?]sig=1"))


async def test_links_in_an_answer_may_lead_to_pages_of_the_service(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("[Полный текст согласия](/legal/consent) и [чужое](//evil.example/x)")
    link = visitor.panel.get_by_role("link", name="Полный текст согласия")
    await expect(link).to_have_attribute("href", f"{stub.url}/legal/consent")
    await expect(visitor.panel.get_by_role("link", name="чужое")).to_have_count(0)


async def test_a_citation_opens_to_its_quote_and_closes_again(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Ответ", metadata={"citations": CITATIONS})
    first = visitor.button("Источник 1: Правила страхования «Север»")
    await first.click()
    await visitor.sees("Заявление подаётся в письменной форме.")
    await visitor.sees("Раздел 4, стр. 12")
    await visitor.button("Источник 2").click()
    await visitor.sees("Понадобится паспорт и СТС.")
    await expect(first).to_have_attribute("aria-expanded", "false")
    await visitor.button("Источник 2").click()
    await expect(visitor.panel.get_by_text("Понадобится паспорт и СТС.")).to_be_hidden()


async def test_an_open_source_stays_open_when_its_message_comes_again_with_a_fresh_link(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.say("Ответ", metadata={"citations": CITATIONS, "files": FILES})
    await visitor.button("Источник 1").click()
    before = stub.connections["ws"]
    stub.cut()
    await visitor.until(lambda: stub.connections["ws"] > before)
    stub.say("Ещё ответ")
    await visitor.sees("Ещё ответ")
    await expect(visitor.button("Источник 1")).to_have_attribute("aria-expanded", "true")
    await visitor.sees("Заявление подаётся в письменной форме.")


async def test_an_inaccuracy_is_reported_with_a_comment(visitor: Visitor, stub: StubApi) -> None:
    message = stub.say("Полис действует вечно")
    await visitor.button("Действия с сообщением").click()
    await visitor.panel.get_by_role("menuitem", name="Сообщить о неточности").click()
    await visitor.page.get_by_role("textbox", name="Что не так в этом ответе?").fill("Не вечно")
    await visitor.panel.locator(".report").get_by_role("button", name="Отправить").click()
    await visitor.sees("Спасибо! Мы проверим этот ответ.")
    assert stub.incidents == [
        {
            "sessionId": stub.session.id,
            "type": "ai_inaccuracy",
            "details": {"messageId": message["id"], "comment": "Не вечно"},
        }
    ]


async def test_an_agent_is_called_waited_for_and_shown_by_name(
    visitor: Visitor, stub: StubApi
) -> None:
    await visitor.button("Позвать агента").click()
    await visitor.sees("Ожидание агента…")
    await expect(visitor.button("Позвать агента")).to_have_count(0)
    stub.change_state("with_agent", "Мария")
    await visitor.sees("Агент подключён: Мария")
    await visitor.sees("Отвечает страховой агент.")
    await visitor.page.reload()
    await visitor.sees("Агент подключён: Мария")
    stub.change_state("qa")
    await visitor.sees("Отвечает ИИ-помощник.")
    await expect(visitor.button("Позвать агента")).to_be_visible()


async def test_every_agent_speaks_under_their_own_name_and_quotes_the_client(
    stub: StubApi, visitor: Visitor
) -> None:
    stub.change_state("with_agent", "Мария")
    stub.typing("agent")
    await expect(visitor.panel.locator(".typing").get_by_text("Агент печатает")).to_be_visible()
    stub.say("Здравствуйте!", sender="agent", metadata={"agentName": "Мария"})
    quote = {"sender": "user", "text": "Сколько стоит <b>полис</b>?"}
    stub.say("Считаю.", sender="agent", metadata={"agentName": "Олег", "quote": quote, "files": []})
    names = visitor.panel.locator(".msg.agent .who")
    await expect(names).to_have_text(["Мария", "Олег"])
    await expect(names.nth(1)).to_be_visible()
    block = visitor.panel.locator(".msg.agent blockquote")
    await expect(block).to_have_text("ВыСколько стоит <b>полис</b>?")


async def test_typing_is_shown_expires_by_itself_and_ends_with_the_message(
    visitor: Visitor, stub: StubApi
) -> None:
    dots = visitor.panel.locator(".typing")
    stub.typing(expires_in_ms=800)
    await expect(dots).to_be_visible()
    await expect(dots).to_have_count(0)
    stub.typing(expires_in_ms=20_000)
    await expect(dots).to_be_visible()
    stub.say("Готово")
    await expect(dots).to_have_count(0)
    await visitor.sees("Готово")
    stub.typing(expires_in_ms=20_000)
    await visitor.page.wait_for_timeout(300)
    await expect(dots).to_have_count(0)


async def test_the_service_learns_at_most_every_two_seconds_that_the_visitor_types(
    visitor: Visitor, stub: StubApi
) -> None:
    await visitor.field.press_sequentially("двадцать букв подряд", delay=30)
    assert stub.received == [{"type": "typing"}]


async def test_a_file_is_uploaded_and_sent_as_a_message(visitor: Visitor, stub: StubApi) -> None:
    file = {"name": "страховка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-"}
    await visitor.panel.locator("input[type=file]").set_input_files([file])
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    assert stub.uploads == ["страховка.pdf"]
    assert stub.session.messages()[0]["fileUrl"] == "/files/1?sig=1"
    await expect(visitor.panel.get_by_role("link", name="Скачать страховка.pdf")).to_have_count(1)


async def test_a_refused_file_says_why_and_can_be_tried_again(
    visitor: Visitor, stub: StubApi
) -> None:
    stub.script.upload_statuses = [415]
    file = {"name": "фото.heic", "mimeType": "image/heic", "buffer": b"data"}
    await visitor.panel.locator("input[type=file]").set_input_files([file])
    await visitor.sees("Такой файл не принимаем.")
    await visitor.button("Повторить").click()
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    await expect(visitor.panel.get_by_text("Такой файл не принимаем.")).to_have_count(0)


DROP = """(node, size) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(size)], 'скан.pdf', {type: 'application/pdf'}));
    for (const type of ['dragenter', 'dragover', 'drop'])
        node.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


async def test_files_can_be_dropped_and_one_over_twenty_megabytes_is_refused(
    visitor: Visitor, stub: StubApi
) -> None:
    await visitor.panel.evaluate(DROP, 21 * 1024 * 1024)
    await visitor.sees("Файл «скан.pdf» больше 20 МБ. Уменьшите его или пришлите частями.")
    await visitor.panel.evaluate(DROP, 1000)
    await visitor.until(lambda: stub.uploads == ["скан.pdf"])


async def test_preferences_are_saved_after_the_address_is_checked(
    visitor: Visitor, stub: StubApi
) -> None:
    await visitor.button("Настройки чата").click()
    email = visitor.page.get_by_role("textbox", name="Почта для полиса и чеков")
    await email.fill("не адрес")
    await visitor.button("Сохранить").click()
    await visitor.sees("Проверьте адрес: например, ivanova@example.ru")
    await email.fill("ivanova@example.ru")
    await visitor.button("Сохранить").click()
    await visitor.sees("Сохранено")
    assert stub.preferences == [{"preferVoice": False, "email": "ivanova@example.ru"}]
