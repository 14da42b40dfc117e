"""The live queue in three browsers at once: a client and two agents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from insurance_chat.accounts import agents
from insurance_chat.conversations import sessions
from insurance_chat.conversations.handover import claiming, requests
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.types import InboundMessage, Sender
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.inbox import sending
from tests.journeys.staff.conftest import KEY, Office
from tests.support.browser import axe_violations, new_context
from tests.support.processes import Part, free_port, wait_until_serving

QUEUE = "/workspace/chats"
PASSWORD = "Длинный-пароль-2026"
RINGS = "window.rings = []; addEventListener('staff:ring', (e) => window.rings.push(e.detail))"


@dataclass
class Agent:
    """An agent with an open browser."""

    principal: Principal
    page: Page


@pytest.fixture(scope="module")
async def site(
    office: Office, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The site with the chat, in another process than the staff pages."""
    folder: Path = tmp_path_factory.mktemp("api")
    port = free_port()
    api = Part(
        "api",
        {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": KEY,
            "PORT": str(port),
        },
    )
    await api.start()
    url = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{url}/health")
    yield url
    await api.stop()


async def _hire(office: Office, browser: Browser, name: str, **context: object) -> Agent:
    login = uuid4().hex
    async with office.db.unit() as unit:
        view = await agents.register(
            unit,
            office.tenant_id,
            office.principal,
            name=name,
            login=login,
            password=PASSWORD,
        )
    opened = await new_context(browser, **context)  # type: ignore[arg-type]
    page = await opened.new_page()
    await page.add_init_script(RINGS)
    await page.goto(office.page("/login"))
    await page.get_by_label("Логин").fill(login)
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    await page.wait_for_url(lambda url: "/login" not in url)
    await page.goto(office.page(QUEUE))
    await expect(page.get_by_role("heading", name="Ждут агента")).to_be_visible()
    rows = await _rows(office, "select id from users where public_id = %s", view.id)
    return Agent(
        Principal(office.tenant_id, Role.AGENT, user_id=rows[0][0], user_public_id=str(view.id)),
        page,
    )


async def _rows(office: Office, sql: str, *values: object) -> list[tuple[int, ...]]:
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute(sql, values)
        return list(await cursor.fetchall()) if cursor.description else []


async def _status(agent: Agent, title: str) -> None:
    await agent.page.get_by_label("Мой статус").select_option(label=title)


async def _ask(office: Office, session: UUID) -> None:
    async with office.db.unit() as unit:
        await requests.request(unit, HandoverSettings(), office.principal, session, "button")


async def _claim(office: Office, agent: Agent, session: UUID) -> None:
    async with office.db.unit() as unit:
        await claiming.claim(unit, agent.principal, session)


async def test_a_request_goes_to_both_agents_and_the_first_takes_it(
    office: Office, site: str, browser: Browser
) -> None:
    anna = await _hire(office, browser, "Анна Смирнова")
    boris = await _hire(office, browser, "Борис Котов")
    for agent in (anna, boris):
        await _status(agent, "На связи")
        await expect(agent.page.get_by_text("Вы не на связи")).to_be_hidden()
    await boris.page.goto(office.page("/workspace/policies"))
    context = await new_context(browser)
    client = await context.new_page()
    await client.goto(f"{site}/demo")
    await client.get_by_role("button", name="Открыть чат").last.click()
    await client.get_by_role("button", name="Позвать агента").click()
    await expect(client.get_by_text("Ожидание агента…").first).to_be_visible()

    card = anna.page.locator(".card.waits")
    await expect(card).to_contain_text("Клиент нажал «Позвать агента».")
    await expect(card).to_contain_text("№ 1 в очереди")
    assert await anna.page.evaluate("window.rings.length") == 1
    toast = boris.page.locator(".toast")
    await expect(toast).to_contain_text("Новая заявка")
    assert await boris.page.evaluate("window.rings.length") == 1

    await card.get_by_role("button", name="Взять").click()
    await anna.page.wait_for_url("**/workspace/chats/*-*")
    await expect(toast).to_contain_text("К чату подключился Анна Смирнова, заявка неактуальна")
    await expect(client.get_by_text("К чату подключился агент Анна Смирнова.")).to_be_visible()
    await expect(client.get_by_text("Агент подключён: Анна Смирнова")).to_be_visible()
    await expect(client.get_by_role("button", name="Позвать агента")).to_be_hidden()
    await client.reload()
    await expect(client.get_by_text("Агент подключён: Анна Смирнова")).to_be_visible()
    for page in (anna.page, boris.page, client):
        await page.context.close()


async def test_a_request_keeps_its_place_when_a_colleague_takes_it(
    office: Office, browser: Browser
) -> None:
    vera = await _hire(office, browser, "Вера Лунина")
    gleb = await _hire(office, browser, "Глеб Ильин")
    first, second = await office.open_chat("Первый"), await office.open_chat("Второй")
    await _ask(office, first)
    await _ask(office, second)
    await expect(vera.page.locator(".card.waits")).to_have_count(2)
    await _claim(office, gleb, first)
    cards = vera.page.get_by_role("heading", name="Ждут агента").locator("xpath=../ol/li")
    await expect(cards.nth(0)).to_have_text("К чату подключился Глеб Ильин, заявка неактуальна")
    await expect(cards.nth(1)).to_contain_text("Второй")

    # Nobody wakes the screen about this one: the button is stale when it is pressed.
    await _rows(
        office,
        "update handovers set status = 'claimed', claimed_by = %s, claimed_at = now()"
        " where conversation_id = (select id from conversations where public_id = %s)",
        gleb.principal.user_id,
        second,
    )
    await _rows(
        office,
        "update conversations set state = 'with_agent', operator_id = %s where public_id = %s",
        gleb.principal.user_id,
        second,
    )
    await cards.nth(1).get_by_role("button", name="Взять").click()
    await expect(cards.nth(1)).to_contain_text("К чату подключился Глеб Ильин")
    await expect(vera.page.get_by_role("button", name="Взять")).to_have_count(0)
    assert vera.page.url.endswith(QUEUE)
    for agent in (vera, gleb):
        await agent.page.context.close()


async def test_words_in_an_own_chat_ring_in_one_tab_only(office: Office, browser: Browser) -> None:
    dina = await _hire(office, browser, "Дина Орлова")
    session = await office.open_chat("Здравствуйте")
    await _ask(office, session)
    await _claim(office, dina, session)
    async with office.db.unit() as unit:
        await sending.send(unit, dina.principal, session, InboundMessage(Sender.AGENT, "Слушаю"))
    await expect(dina.page.locator(".card.held")).to_contain_text("ответ дан")
    other = await dina.page.context.new_page()
    await other.add_init_script(RINGS)
    await other.goto(office.page("/workspace/policies"))
    await expect(other.get_by_label("Мой статус")).to_have_value("offline")
    await office.say(session, "Сколько стоит полис?")
    await expect(other.locator(".toast")).to_contain_text("Клиент написал в вашем чате")
    await expect(dina.page.locator(".card.held")).to_contain_text("ждёт ответа")
    await expect(dina.page.locator(".card.held")).to_contain_text("Сколько стоит полис?")
    rung = [await page.evaluate("window.rings.length") for page in (dina.page, other)]
    assert sum(rung) == 1
    await expect(other.get_by_role("link", name="1 ваш чат без ответа")).to_be_visible()
    await other.get_by_role("button", name="Скрыть уведомление").click()
    await expect(dina.page.locator(".toast")).to_have_count(0)

    await _status(dina, "На связи")
    await expect(other.get_by_label("Мой статус")).to_have_value("available")
    await _status(dina, "Не в сети")
    await expect(dina.page.get_by_text("У вас 1 чат в работе")).to_be_visible()
    await dina.page.get_by_role("button", name="Остаться").click()
    await expect(dina.page.get_by_label("Мой статус")).to_have_value("available")
    await dina.page.context.close()


async def test_the_queue_is_worked_from_the_keyboard(office: Office, browser: Browser) -> None:
    egor = await _hire(office, browser, "Егор Зимин")
    for words in ("Один", "Два"):
        await _ask(office, await office.open_chat(words))
    cards = egor.page.locator(".card.waits")
    await expect(cards.filter(has_text="Два")).to_be_visible()
    await egor.page.goto(office.page("/workspace/policies"))
    await expect(egor.page.get_by_role("button", name="Выйти")).to_be_visible()
    await egor.page.keyboard.press("g")
    await egor.page.keyboard.press("q")
    await egor.page.wait_for_url(f"**{QUEUE}")
    await expect(cards.filter(has_text="Два")).to_be_visible()
    await egor.page.keyboard.press("j")
    await expect(cards.nth(0).get_by_role("button")).to_be_focused()
    await egor.page.keyboard.press("ArrowDown")
    await expect(cards.nth(1).get_by_role("button")).to_be_focused()
    await egor.page.keyboard.press("k")
    await egor.page.keyboard.press("Enter")
    await egor.page.wait_for_url("**/workspace/chats/*-*")
    session = UUID(egor.page.url.rsplit("/", 1)[1])
    async with office.db.unit() as unit:
        assert (await sessions.get_session(unit, office.principal, session)).agent_name == (
            "Егор Зимин"
        )
    await egor.page.context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
async def test_the_queue_looks_right(
    office: Office, browser: Browser, tmp_path: Path, width: int, dark: bool
) -> None:
    name = f"Жанна {width} {dark}"
    zhanna = await _hire(office, browser, name, dark=dark)
    await zhanna.page.set_viewport_size({"width": width, "height": 800})
    await zhanna.page.reload()
    await _status(zhanna, "На связи")
    held, waits = (
        await office.open_chat("Добрый день!"),
        await office.open_chat("Где мой полис? " * 9),
    )
    await _ask(office, held)
    await _claim(office, zhanna, held)
    await _ask(office, waits)
    await expect(zhanna.page.locator(".card.held")).to_be_visible()
    await expect(zhanna.page.locator(".card.waits").last).to_be_visible()
    assert await zhanna.page.evaluate("document.documentElement.scrollWidth") <= width
    await zhanna.page.screenshot(path=tmp_path / f"queue-{width}-{dark}.png", full_page=True)
    assert await axe_violations(zhanna.page) == []
    await zhanna.page.get_by_text("Уведомления", exact=True).locator("..").click()
    await expect(zhanna.page.get_by_role("button", name="Звук включён")).to_be_visible()
    await zhanna.page.screenshot(path=tmp_path / f"bell-{width}-{dark}.png")
    await zhanna.page.goto(office.page("/workspace/policies"))
    third = await office.open_chat("Ещё один вопрос")
    await _ask(office, third)
    await expect(zhanna.page.locator(".toast").last).to_be_visible()
    await zhanna.page.screenshot(path=tmp_path / f"toast-{width}-{dark}.png")
    assert await axe_violations(zhanna.page) == []
    await zhanna.page.context.close()


async def test_history_is_searched_on_the_page(office: Office, browser: Browser) -> None:
    irma = await _hire(office, browser, "Ирма Белова")
    await expect(irma.page.get_by_text("Вы ещё не вели чатов")).to_be_visible()
    mine, foreign = await office.open_chat("Про трактор"), await office.open_chat("Про трактор")
    for session in (mine, foreign):
        await _ask(office, session)
    await _claim(office, irma, mine)
    await irma.page.goto(office.page(f"{QUEUE}?q=ТРАКТОР"))
    await expect(irma.page.locator("tbody tr")).to_have_count(1)
    await expect(irma.page.locator("tbody tr")).to_contain_text(f"№ {str(mine)[:8]}")
    await irma.page.goto(office.page(f"{QUEUE}?q=9161234567"))
    await expect(irma.page.get_by_text("Ищите по словам")).to_be_visible()
    await irma.page.context.close()


async def test_a_hidden_tab_calls_by_a_notification_and_its_title(
    office: Office, browser: Browser
) -> None:
    kira = await _hire(office, browser, "Кира Седова")
    page = kira.page
    await _status(kira, "На связи")
    await expect(page.get_by_text("Вы не на связи")).to_be_hidden()
    await page.get_by_text("Уведомления", exact=True).locator("..").click()
    await page.get_by_role("button", name="Звук включён").click()
    # A headless browser shows no notifications and hides no tab: note what the page asks for.
    await page.add_init_script(
        "window.shown = [];"
        "window.Notification = class { static permission = 'granted';"
        " constructor(title, options) { window.shown.push(`${title} ${options.body}`); } };"
        "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });"
    )
    await page.goto(office.page("/workspace/policies"))
    await expect(page.get_by_label("Мой статус")).to_have_value("available")
    await page.get_by_text("Уведомления", exact=True).locator("..").click()
    await expect(page.get_by_role("button", name="Звук выключен")).to_be_visible()
    session = await office.open_chat("Тайные слова клиента")
    known = await page.evaluate("window.shown.length")
    await _ask(office, session)
    await page.wait_for_function("(known) => window.shown.length > known", arg=known)
    shown = await page.evaluate("window.shown.at(-1)")
    assert shown == "Новая заявка: клиент ждёт агента Клиент нажал «Позвать агента»."
    await page.wait_for_function("document.title.startsWith('● Новая заявка')")
    await _claim(office, kira, session)
    await page.context.close()
