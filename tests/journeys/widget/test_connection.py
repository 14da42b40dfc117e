"""Messages arrive once and in order, whatever happens to the connection."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.journeys.widget.stub_api import StubApi
from tests.journeys.widget.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_nothing_is_lost_or_repeated_when_the_socket_is_cut_ten_times(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    expected = []
    for number in range(10):
        before = stub.connections["ws"]
        stub.cut()
        stub.say(f"Ответ {number}")
        await visitor.say(f"Вопрос {number}")
        expected += [f"Ответ {number}", f"Вопрос {number}"]
        await visitor.until(lambda before=before: stub.connections["ws"] > before)
    await visitor.shows(expected)
    assert not visitor.errors


async def test_frames_that_come_twice_or_backwards_are_shown_once_in_order(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.script.repeat_frames = True
    stub.script.reverse_batches = True
    for number in range(8):
        stub.say(f"Ответ {number}")
    await visitor.shows([f"Ответ {number}" for number in range(8)])


async def test_a_socket_that_dies_after_each_frame_still_delivers_everything(
    desktop: Page, stub: StubApi
) -> None:
    stub.script.cut_after_frames = 12
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    for number in range(30):
        stub.say(f"Ответ {number}")
    await visitor.shows([f"Ответ {number}" for number in range(30)], seconds=25)
    assert stub.connections["ws"] > 2


async def test_typing_dots_survive_a_break_after_which_old_messages_come_again(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.say("Прежний ответ")
    await visitor.shows(["Прежний ответ"])
    before = stub.connections["ws"]
    await desktop.reload()
    await visitor.until(lambda: stub.connections["ws"] > before)
    stub.typing(expires_in_ms=20_000)
    dots = visitor.panel.locator(".typing")
    await expect(dots).to_be_visible()
    before = stub.connections["ws"]
    stub.cut()
    await visitor.until(lambda: stub.connections["ws"] > before)
    stub.say("Слово сотрудника", sender="agent")
    await visitor.shows(["Прежний ответ", "Слово сотрудника"])
    await expect(dots).to_be_visible()


async def test_server_sent_events_take_over_when_sockets_are_refused(
    desktop: Page, stub: StubApi
) -> None:
    stub.script.refuse_sockets = True
    visitor = Visitor(desktop)
    await visitor.open(f"{stub.url}/plain")
    await visitor.until(lambda: stub.connections["events"] > 0)
    stub.say("По запасному пути")
    await visitor.shows(["По запасному пути"])


async def test_polling_takes_over_when_nothing_else_works(desktop: Page, stub: StubApi) -> None:
    stub.script.refuse_sockets = stub.script.refuse_events = True
    visitor = Visitor(desktop)
    await visitor.open(f"{stub.url}/plain")
    await visitor.until(lambda: stub.connections["polls"] > 0, seconds=20)
    stub.say("Опросом")
    await visitor.shows(["Опросом"])


async def test_a_lost_answer_to_a_post_does_not_store_the_message_twice(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.script.store_then_fail = 2
    await visitor.say("Один раз")
    await visitor.shows(["Один раз"])
    await desktop.wait_for_timeout(2500)
    assert await visitor.bubbles() == ["Один раз"]
    assert len(stub.session.messages()) == 1
    assert len({post["clientMessageId"] for post in stub.posts}) == 1


async def test_a_slow_post_is_shown_at_once_and_is_not_sent_twice(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.script.post_delay = 2
    await visitor.say("Медленно")
    await visitor.shows(["Медленно"], seconds=1)
    await visitor.sees("Отправляется…")
    await expect(visitor.panel.get_by_text("Отправляется…")).to_have_count(0)
    assert len(stub.posts) == 1


async def test_a_message_that_cannot_be_sent_can_be_repeated_under_the_same_id(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.script.post_statuses = [500] * 5
    await visitor.say("Важное")
    await expect(visitor.panel.get_by_text("Не отправлено.")).to_be_visible(timeout=20_000)
    await visitor.button("Повторить").click()
    await expect(visitor.panel.get_by_text("Не отправлено.")).to_have_count(0)
    await visitor.shows(["Важное"])
    assert len(stub.session.messages()) == 1
    assert len({post["clientMessageId"] for post in stub.posts}) == 1


async def test_messages_typed_offline_leave_when_the_network_is_back(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    await desktop.context.set_offline(True)
    await visitor.sees("Нет интернета. Сообщения отправятся, когда связь появится.")
    await visitor.say("Первое")
    await visitor.say("Второе")
    assert not stub.posts
    await desktop.context.set_offline(False)
    await visitor.until(lambda: len(stub.session.messages()) == 2)
    await visitor.shows(["Первое", "Второе"])
    stub.say("Слышу вас")
    await visitor.shows(["Первое", "Второе", "Слышу вас"])


async def test_a_long_break_is_announced_and_the_notice_goes_away(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    await desktop.route("**/v1/**", lambda route: route.abort())
    stub.script.refuse_sockets = True
    stub.cut()
    await visitor.sees("Связь прервалась. Восстанавливаем…")
    stub.script.refuse_sockets = False
    await desktop.unroute("**/v1/**")
    await expect(visitor.panel.get_by_text("Связь прервалась")).to_have_count(0, timeout=20_000)


async def test_history_and_read_marks_survive_a_reload(desktop: Page, stub: StubApi) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    await visitor.say("Привет")
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    stub.say("Здравствуйте!")
    await visitor.shows(["Привет", "Здравствуйте!"])
    await desktop.reload()
    await expect(visitor.panel).to_be_visible()
    await visitor.shows(["Привет", "Здравствуйте!"])
    await visitor.button("Закрыть чат").click()
    await desktop.reload()
    before = stub.connections["ws"]
    await visitor.until(lambda: stub.connections["ws"] >= before)
    stub.say("Ещё вопрос?")
    await expect(visitor.launcher).to_have_accessible_name(
        "Открыть чат, непрочитанных сообщений: 1"
    )
    assert stub.created == 1


async def test_a_long_history_opens_at_its_end_and_is_read_upwards_page_by_page(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    for number in range(25):
        stub.say(f"Сообщение {number}")
    stub.script.page_size = 10
    await desktop.reload()
    await visitor.shows([f"Сообщение {number}" for number in range(15, 25)])
    await visitor.button("Показать более ранние").click()
    await visitor.shows([f"Сообщение {number}" for number in range(5, 25)])
    await expect(visitor.panel.get_by_text("Сообщение 15", exact=True)).to_be_in_viewport()
    await visitor.button("Показать более ранние").click()
    await visitor.shows([f"Сообщение {number}" for number in range(25)])
    await expect(visitor.button("Показать более ранние")).to_have_count(0)


async def test_a_forgotten_session_is_replaced_and_the_message_still_arrives(
    desktop: Page, stub: StubApi
) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.sessions.clear()
    await visitor.say("Вы меня помните?")
    await visitor.until(lambda: stub.created == 2 and len(stub.session.messages()) == 1)
    await visitor.shows(["Вы меня помните?"])
    stub.say("Теперь да")
    await visitor.shows(["Вы меня помните?", "Теперь да"])


async def test_an_unsent_message_is_sent_after_a_reload(desktop: Page, stub: StubApi) -> None:
    visitor = Visitor(desktop)
    await visitor.open_and_connect(f"{stub.url}/plain", stub)
    stub.script.post_statuses = [503] * 3
    await visitor.say("До перезагрузки")
    await visitor.until(lambda: len(stub.posts) == 1)
    await desktop.reload()
    await visitor.shows(["До перезагрузки"])
    await visitor.until(lambda: len(stub.session.messages()) == 1)
    assert len({post["clientMessageId"] for post in stub.posts}) == 1
