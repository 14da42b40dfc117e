"""Agents apply, log in with a code, look after their profile; the administrator reads the log."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pyotp
import pytest
from playwright.async_api import Page, expect

from insurance_chat.accounts import agents, auth, totp
from insurance_chat.accounts.agents import AgentView
from insurance_chat.accounts.entrance import Attempt, Entrance
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.principal import Principal, Role
from insurance_chat.web.app import PAGES
from tests.journeys.staff.conftest import Office
from tests.support.browser import axe_violations

PASSWORD = "correct-horse-battery"
PHONE = "+7 916 555-44-33"


@asynccontextmanager
async def visitor(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts."""
    async with httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=30) as client:
        yield client


async def new_agent(office: Office, name: str = "Мария Иванова") -> AgentView:
    async with office.db.unit() as unit:
        return await agents.register(
            unit,
            office.tenant_id,
            office.principal,
            name=name,
            login=f"agent-{uuid4().hex[:8]}",
            password=PASSWORD,
            phone=PHONE,
        )


async def with_codes(office: Office) -> tuple[AgentView, pyotp.TOTP]:
    """A new agent who has switched log-in by code on; every code counts as unused."""
    agent, limiter = await new_agent(office), LoginLimiter(AccountsSettings())
    attempt = Attempt(agent.login, "10.0.0.1", "api")
    me: Principal = auth.principal(await Entrance(office.db, limiter).first_step(attempt, PASSWORD))
    async with office.db.unit() as unit:
        app = pyotp.TOTP((await totp.begin(unit, me)).secret)
    async with office.db.unit() as unit:
        await totp.enable(unit, me, app.now(), limiter)
    async with office.db.pool.connection() as raw:
        await raw.execute("update users set totp_used = null where public_id = %s", (agent.id,))
    return agent, app


async def test_an_application_waits_for_the_administrator(office: Office) -> None:
    form = {
        "name": "Ольга Новикова",
        "login": f"olga-{uuid4().hex[:8]}",
        "password": PASSWORD,
        "phone": PHONE,
        "company": ["reso", "alfa", "no-such-company"],
    }
    async with visitor(office) as client:
        assert "Зарегистрироваться как агент" in (await client.get("/staff/login")).text
        page = (await client.get("/staff/register")).text
        assert "РЕСО-Гарантия" in page
        sent = await client.post("/staff/register", data=form)
        assert sent.status_code == 200
        assert "Заявка отправлена" in sent.text
        early = await client.post("/staff/login", data=form)
        assert early.status_code == 403
        assert "ещё не подтвердил" in early.text
        async with office.db.unit() as unit:
            found = {one.login: one for one in await agents.list_agents(unit, office.principal)}
            agent = found[str(form["login"])]
            assert (agent.approved, agent.companies) == (False, ["reso", "alfa"])
            await agents.approve(unit, office.principal, agent.id)
        assert (await client.post("/staff/login", data=form)).status_code == 303


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "short"}, "не короче 10 символов"),
        ({"login": "agent"}, "Этот логин уже занят."),
        ({"login": "a b c"}, "без пробелов"),
        ({"name": " "}, "Укажите имя"),
        ({"phone": "позвоните"}, "не похож на номер"),
    ],
)
async def test_a_poor_application_says_why_and_keeps_what_was_typed(
    office: Office, change: dict[str, str], said: str
) -> None:
    form = {"name": "Ольга <b>", "login": uuid4().hex[:12], "password": PASSWORD, "company": "vsk"}
    async with visitor(office) as client:
        answer = await client.post("/staff/register", data={**form, **change})
    assert answer.status_code in (400, 409)
    assert said in answer.text
    assert '<input type="checkbox" name="company" value="vsk" checked>' in answer.text
    assert PASSWORD not in answer.text
    assert "<b>" not in answer.text


async def test_an_application_from_another_site_is_refused(office: Office) -> None:
    form = {"name": "Ольга", "login": "foreign-olga", "password": PASSWORD}
    async with visitor(office) as client:
        answer = await client.post(
            "/staff/register", data=form, headers={"Origin": "https://evil.example"}
        )
    assert answer.status_code == 403


async def test_the_code_is_the_second_step_and_works_once(office: Office) -> None:
    agent, app = await with_codes(office)
    form = {"login": agent.login, "password": PASSWORD, "next": "/staff/workspace/policies"}
    code = app.now()
    async with visitor(office) as client:
        first = await client.post("/staff/login", data=form)
        assert first.headers["location"] == "/staff/login/code"
        inside = await client.get("/staff/workspace/chats")
        assert inside.headers["location"].startswith("/staff/login?next=")
        assert "Шесть цифр" in (await client.get("/staff/login/code")).text
        wrong = await client.post("/staff/login/code", data={"code": "12345"})
        assert (wrong.status_code, "Код не подошёл" in wrong.text) == (401, True)
        right = await client.post("/staff/login/code", data={"code": code})
        assert right.headers["location"] == "/staff/workspace/policies"
        assert (await client.get("/staff/workspace/chats")).status_code == 200
    async with visitor(office) as thief:
        await thief.post("/staff/login", data=form)
        again = await thief.post("/staff/login/code", data={"code": code})
        assert (again.status_code, "Код не подошёл" in again.text) == (401, True)


async def test_a_code_without_a_password_leads_to_the_log_in(office: Office) -> None:
    async with visitor(office) as client:
        for answer in (
            await client.get("/staff/login/code"),
            await client.post("/staff/login/code", data={"code": "123456"}),
        ):
            assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login")


async def test_guessing_codes_ends_after_a_few(office: Office) -> None:
    agent, app = await with_codes(office)
    form = {"login": agent.login, "password": PASSWORD}
    async with visitor(office) as client:
        await client.post("/staff/login", data=form)
        said = [
            (await client.post("/staff/login/code", data={"code": "000"})).status_code
            for _ in range(4)
        ]
        late = await client.post("/staff/login/code", data={"code": app.now()})
    assert said == [401, 401, 401, 429]
    assert late.status_code == 429


async def test_a_blocked_agent_sees_nothing_at_the_next_call(office: Office) -> None:
    agent = await new_agent(office)
    async with visitor(office) as client:
        await client.post("/staff/login", data={"login": agent.login, "password": PASSWORD})
        assert (await client.get("/staff/workspace/profile")).status_code == 200
        async with office.db.unit() as unit:
            await agents.set_blocked(unit, office.principal, agent.id, blocked=True)
        assert (await client.get("/staff/workspace/profile")).status_code == 303


async def test_no_page_shows_an_agent_the_phone_of_a_colleague(office: Office) -> None:
    colleague, me = await new_agent(office, "Колле́га"), await new_agent(office)
    async with office.db.pool.connection() as raw:
        await raw.execute("update users set phone = null where public_id = %s", (me.id,))
    async with visitor(office) as client:
        await client.post("/staff/login", data={"login": me.login, "password": PASSWORD})
        for page in PAGES:
            address = page.path.replace("{id}", str(colleague.id))
            text = (await client.get(f"/staff{address}")).text
            assert "555-44-33" not in text, address
            assert "9165554433" not in text, address
    async with visitor(office) as client:
        admin = {"login": "admin", "password": office.passwords[Role.ADMIN]}
        await client.post("/staff/login", data=admin)
        assert PHONE in (await client.get("/staff/admin/agents")).text


async def test_the_forms_before_the_log_in_are_accessible(office: Office, desktop: Page) -> None:
    agent, _ = await with_codes(office)
    await desktop.goto(office.page("/register"))
    found = await axe_violations(desktop)
    await desktop.goto(office.page("/login"))
    await desktop.get_by_label("Логин").fill(agent.login)
    await desktop.get_by_label("Пароль").fill(PASSWORD)
    await desktop.get_by_role("button", name="Войти").click()
    await expect(desktop.get_by_label("Шесть цифр из приложения")).to_be_focused()
    assert not found + await axe_violations(desktop)


async def test_the_log_shows_who_did_what(office: Office) -> None:
    agent = await new_agent(office, "Журнальная Запись")
    async with visitor(office) as client:
        await client.post("/staff/login", data={"login": agent.login, "password": PASSWORD})
        await client.post("/staff/logout")
        admin = {"login": "admin", "password": office.passwords[Role.ADMIN]}
        await client.post("/staff/login", data=admin)
        page = (await client.get(f"/staff/admin/audit?target={agent.id}")).text
        none = (await client.get("/staff/admin/audit?since=2099-01-01&target=%00")).text
        odd = await client.get("/staff/admin/audit?since=x&until=0001-01-01&user=y&page=99999")
    rows = page[page.index("Журнал, последние сверху") :]
    assert rows.index("Выход") < rows.index("на страницах сотрудников")
    assert "на страницах сотрудников" in page
    assert "Записей нет" in none
    assert odd.status_code == 200


async def test_an_agent_switches_codes_on_in_the_profile(office: Office, desktop: Page) -> None:
    agent = await new_agent(office, "Кодовая Мария")
    await desktop.goto(office.page("/login"))
    await desktop.get_by_label("Логин").fill(agent.login)
    await desktop.get_by_label("Пароль").fill(PASSWORD)
    await desktop.get_by_role("button", name="Войти").click()
    await desktop.get_by_role("link", name="Мой профиль").click()
    await desktop.get_by_label("Имя и фамилия").fill("Мария Кодовая")
    await desktop.get_by_role("button", name="Сохранить").click()
    await expect(desktop.get_by_text("Профиль сохранён")).to_be_visible()
    await desktop.get_by_text("Только мои компании").click()
    await expect(desktop.get_by_text("Подсказки: только мои компании")).to_be_visible()
    await desktop.get_by_role("button", name="Включить").click()
    dialog = desktop.get_by_role("dialog")
    secret = await dialog.get_by_label("Ключ").input_value()
    # Without a view box the style sheet would cut the picture instead of shrinking it.
    await expect(dialog.locator(".qr svg[viewBox]")).to_be_visible()
    await dialog.get_by_label("Код", exact=True).fill("000")
    await dialog.get_by_role("button", name="Включить").click()
    await expect(desktop.get_by_text("Код не подошёл")).to_be_visible()
    await dialog.get_by_label("Код", exact=True).fill(pyotp.TOTP(secret).now())
    await dialog.get_by_role("button", name="Включить").click()
    await expect(desktop.get_by_role("button", name="Выключить")).to_be_visible()
    async with office.db.unit() as unit:
        now = await agents.find(unit, office.principal, agent.id)
    assert (now.name, now.totp, now.only_own_companies) == ("Мария Кодовая", True, True)
    await desktop.get_by_role("button", name="Выключить").click()
    code = pyotp.TOTP(secret).at(time.time() + 30)
    await dialog.get_by_label("Код", exact=True).fill(code)
    await dialog.get_by_role("button", name="Выключить").click()
    await expect(desktop.get_by_role("button", name="Включить")).to_be_visible()


async def test_the_administrator_sets_a_status_resets_codes_and_takes_the_log_out(
    office: Office, desktop: Page
) -> None:
    agent, _ = await with_codes(office)
    async with office.db.unit() as unit:
        await agents.set_companies(unit, office.principal, agent.id, ["vsk"])
    async with office.db.pool.connection() as raw:
        await raw.execute("update users set name = 'Сброс Кодов' where public_id = %s", (agent.id,))
    await office.log_in(desktop, Role.ADMIN, "/admin/agents")
    await desktop.get_by_role("button", name="Статус: Сброс Кодов").click()
    await desktop.get_by_role("dialog").get_by_text("Занят", exact=True).click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Сохранить").click()
    row = desktop.get_by_role("row", name="Сброс Кодов")
    await expect(row.get_by_text("Занят", exact=True)).to_be_visible()
    await desktop.get_by_role("button", name="Сбросить вход по коду: Сброс Кодов").click()
    await desktop.get_by_role("dialog").get_by_role("button", name="Сбросить").click()
    await expect(desktop.get_by_text("вход по коду сброшен")).to_be_visible()
    async with office.db.unit() as unit:
        now = await agents.find(unit, office.principal, agent.id)
    assert (now.totp, now.status.value) == (False, "busy")
    await desktop.goto(office.page(f"/admin/audit?target={agent.id}"))
    await expect(desktop.get_by_text("Вход по коду сброшен").last).to_be_visible()
    async with desktop.expect_download() as download:
        await desktop.get_by_role("button", name="Скачать CSV").click()
    kept = (await (await download.value).path()).read_text("utf-8-sig")
    assert "Вход по коду сброшен;agent.totp_reset;Сброс Кодов" in kept
