"""The widget on other people's pages: hostile text, hostile CSS, strict policies, every reader."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.widget.samples import say_everything
from tests.journeys.widget.stub_api import StubApi
from tests.journeys.widget.visitor import Visitor
from tests.support.browser import axe_violations, new_context

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE_TEXTS = [
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>',
    "[жми](javascript:window.hacked=1) [и](data:text/html,<script>1</script>)",
    "**<svg onload=window.hacked=1>** - <b>не жирный</b>",
    '[x](https://a.example/"onmouseover="window.hacked=1)',
    "[" * 5000 + "**" * 5000,
]


async def test_hostile_text_is_shown_and_never_executed(desktop: Page, stub: StubApi) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    evil = HOSTILE_TEXTS[0]
    bad_link = "javascript:window.hacked=1"
    metadata: dict[str, Any] = {
        "quickReplies": [{"title": evil, "value": evil}],
        "citations": [{"n": evil, "title": evil, "quote": evil, "url": bad_link}],
        "offers": [{"offerId": "1", "company": evil, "price": evil, "details": evil, "note": evil}],
        "files": [{"name": evil, "url": bad_link, "mime": evil, "size": evil}],
        "payment": {"url": bad_link, "amount": evil, "company": evil, "status": evil},
    }
    for text in HOSTILE_TEXTS:
        stub.say(text, metadata=metadata)
        stub.say(text, sender="agent", metadata={"quickReplies": None, "offers": "no"})
    await visitor.until(lambda: len(stub.session.messages()) == 10)
    await visitor.sees("не жирный")
    assert await desktop.evaluate("window.hacked") is None
    made = "document.querySelector('insurance-chat').shadowRoot.querySelectorAll('{}').length"
    assert await desktop.evaluate(made.format("script, .bubble img, .bubble svg, .bubble b")) == 0
    assert await desktop.evaluate(made.format('a[href^="javascript"], a[href^="data"]')) == 0
    assert not visitor.errors


async def test_the_widget_keeps_its_looks_on_a_page_with_hostile_css(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/hostile", stub)
    stub.say("Меня видно")
    await visitor.shows(["Меня видно"])
    await desktop.wait_for_timeout(300)
    box = await visitor.panel.bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (420, 700)
    assert (round(box["x"] + box["width"]), round(box["y"] + box["height"])) == (1260, 780)
    style = await visitor.panel.locator(".bubble").evaluate(
        "(node) => (({fontSize, letterSpacing, direction, textTransform, visibility}) =>"
        " [fontSize, letterSpacing, direction, textTransform, visibility])(getComputedStyle(node))"
    )
    assert style == ["15px", "normal", "ltr", "none", "visible"]
    await visitor.say("Пишу")
    await visitor.shows(["Меня видно", "Пишу"])


async def test_a_strict_content_policy_with_trusted_types_is_enough(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    complaints: list[str] = []
    desktop.on("console", lambda entry: entry.type == "error" and complaints.append(entry.text))
    await visitor.open_and_connect(f"{stub.url}/strict", stub)
    say_everything(stub)
    await visitor.sees("Проверьте данные: всё верно?")
    assert [text for text in complaints if "policy" in text.lower() or "Trusted" in text] == []
    assert not visitor.errors


@pytest.mark.parametrize(
    ("phone", "dark"), [(False, False), (False, True), (True, False), (True, True)]
)
@pytest.mark.parametrize("accent", ["", "%23ffd400"])
async def test_axe_finds_nothing_wrong_with_any_card(
    browser: Browser, stub: StubApi, phone: bool, dark: bool, accent: str
) -> None:
    context = await new_context(browser, phone=phone, dark=dark)
    visitor = Visitor(await context.new_page())
    await visitor.page.goto(f"{stub.url}/plain?accent={accent}")
    await expect(visitor.launcher).to_be_visible()
    await visitor.page.wait_for_timeout(250)
    assert await axe_violations(visitor.page) == []
    await visitor.launcher.click()
    await visitor.until(lambda: stub.connections["ws"] > 0)
    await visitor.page.wait_for_timeout(250)
    assert await axe_violations(visitor.page) == []
    await visitor.say("Вопрос")
    say_everything(stub)
    await visitor.sees("Проверьте данные: всё верно?")
    await visitor.button("Источник 1").click()
    await visitor.panel.get_by_text("Отказали: 1").click()
    await visitor.button("Действия с сообщением").last.click()
    assert await axe_violations(visitor.page) == []
    await visitor.panel.get_by_role("menuitem", name="Сообщить о неточности").click()
    stub.typing("agent", expires_in_ms=20_000)
    await expect(visitor.panel.locator(".typing")).to_be_visible()
    assert await axe_violations(visitor.page) == []
    await visitor.button("Сравнить").click()
    assert await axe_violations(visitor.page) == []
    await context.close()


async def test_every_target_on_a_phone_is_at_least_44_pixels(phone: Page, stub: StubApi) -> None:
    visitor = Visitor(phone)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    say_everything(stub)
    await visitor.sees("Проверьте данные: всё верно?")
    small = await phone.evaluate(
        """() => [...document.querySelector('insurance-chat').shadowRoot
            .querySelectorAll('button, summary, textarea, a.btn, a.card')]
            .filter((node) => node.checkVisibility())
            .map((node) => [node.className, node.getBoundingClientRect()])
            .map(([name, box]) => [name, Math.round(box.width), Math.round(box.height)])
            .filter(([, width, height]) => width < 44 || height < 44)"""
    )
    assert small == []


async def test_on_a_phone_the_panel_fills_the_screen_above_the_keyboard(
    phone: Page, stub: StubApi
) -> None:
    visitor = Visitor(phone)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    await phone.wait_for_timeout(250)
    box = await visitor.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await phone.set_viewport_size({"width": 390, "height": 480})
    await expect(visitor.field).to_be_in_viewport(ratio=1)
    await visitor.button("Закрыть чат").click()
    assert await phone.evaluate("document.documentElement.style.overflow") == ""


async def test_the_chat_can_be_used_with_the_keyboard_alone(desktop: Page, stub: StubApi) -> None:
    visitor = Visitor(desktop)
    await desktop.goto(f"{stub.url}/plain")
    await expect(visitor.launcher).to_be_visible()
    await desktop.keyboard.press("Tab")
    await expect(visitor.launcher).to_be_focused()
    await desktop.keyboard.press("Enter")
    await expect(visitor.field).to_be_focused()
    await visitor.until(lambda: stub.connections["ws"] > 0)
    await desktop.keyboard.type("строка один")
    await desktop.keyboard.press("Shift+Enter")
    await desktop.keyboard.type("строка два")
    await desktop.keyboard.press("Enter")
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    assert stub.session.messages()[0]["text"] == "строка один\nстрока два"
    await expect(visitor.field).to_be_focused()
    await desktop.keyboard.press("Escape")
    await expect(visitor.launcher).to_be_focused()


async def test_the_page_can_steer_the_chat_and_hears_its_events(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await desktop.add_init_script(
        "window.heard = []; for (const name of ['ready','open','close','message','unread'])"
        " document.addEventListener('insurance-chat:' + name, (e) => heard.push([name, e.detail]))"
    )
    await desktop.goto(f"{stub.url}/plain")
    await desktop.wait_for_selector("insurance-chat", state="attached")
    await desktop.evaluate("document.querySelector('insurance-chat').send('Хочу ОСАГО')")
    await visitor.until(lambda: bool(stub.sessions) and len(stub.session.messages()) == 1)
    await desktop.evaluate("document.querySelector('insurance-chat').close()")
    heard = await desktop.evaluate("window.heard")
    names = [name for name, _ in heard]
    assert names.index("ready") < names.index("open") < names.index("close")
    message = next(detail for name, detail in heard if name == "message")
    assert set(message) == {"id", "sender"}


async def test_the_demo_site_carries_a_working_chat_and_passes_axe(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/demo", stub)
    stub.say("Здравствуйте!")
    await visitor.shows(["Здравствуйте!"])
    await visitor.button("Закрыть чат").click()
    assert await axe_violations(desktop) == []


async def test_a_site_on_another_origin_gets_a_working_chat_in_its_theme(
    desktop: Page, stub: StubApi, foreign_site: str
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(foreign_site, stub)
    await visitor.say("Привет с чужого сайта")
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    stub.say("Здравствуйте!")
    await visitor.shows(["Привет с чужого сайта", "Здравствуйте!"])
    file = {"name": "фото.png", "mimeType": "image/png", "buffer": b"data"}
    await visitor.panel.locator("input[type=file]").set_input_files([file])
    await visitor.until(lambda: stub.uploads == ["фото.png"])
    dark = "getComputedStyle(document.querySelector('insurance-chat')).colorScheme"
    assert await desktop.evaluate(dark) == "dark"


async def test_two_tabs_of_one_visitor_show_the_same_conversation(
    desktop: Page, stub: StubApi
) -> None:
    first = Visitor(desktop)
    await first.open_and_connect(f"{stub.url}/plain", stub)
    second = Visitor(await desktop.context.new_page())
    await second.open(f"{stub.url}/plain")
    await second.until(lambda: stub.connections["ws"] == 2)
    await first.say("Из первой вкладки")
    await second.shows(["Из первой вкладки"])
    await second.say("Из второй вкладки")
    await first.shows(["Из первой вкладки", "Из второй вкладки"])
    assert stub.created == 1


async def test_a_reader_who_scrolled_up_stays_there_and_is_told_of_new_messages(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    for number in range(30):
        stub.say(f"Сообщение {number}")
    await visitor.shows([f"Сообщение {number}" for number in range(30)])
    scroller = visitor.panel.locator(".scroller")
    await scroller.evaluate("(node) => (node.scrollTop = 0)")
    await expect(visitor.button("К последним сообщениям")).to_be_visible()
    stub.say("Новое")
    await visitor.button("Новые сообщения").click()
    await expect(visitor.panel.get_by_text("Новое", exact=True)).to_be_in_viewport()
    await expect(visitor.panel.locator(".jump")).to_be_hidden()


async def test_nothing_moves_for_a_visitor_who_asked_for_reduced_motion(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.typing(expires_in_ms=20_000)
    await expect(visitor.panel.locator(".dot").first).to_be_visible()
    moving = "document.querySelector('insurance-chat').shadowRoot.getAnimations().length"
    assert await desktop.evaluate(moving) > 0
    await desktop.emulate_media(reduced_motion="reduce")
    assert await desktop.evaluate(moving) == 0


async def test_new_messages_are_announced_politely(desktop: Page, stub: StubApi) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    log = visitor.panel.get_by_role("log", name="Сообщения чата")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-busy", "false")
