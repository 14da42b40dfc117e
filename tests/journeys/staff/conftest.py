"""The staff pages in a process of their own, over a database with one administrator and one agent."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.seed import ensure_tenant_and_staff
from insurance_chat.conversations import log, sessions
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal, Role
from tests.support.browser import browser, new_context  # noqa: F401
from tests.support.chats import open_web_chat
from tests.support.processes import Part, free_port, wait_until_serving

KEY = base64.b64encode(b"k" * 32).decode()


@dataclass
class Office:
    """A running service, who can log in, and ways to make things happen in its database."""

    url: str
    db: Database
    tenant_id: int
    passwords: dict[Role, str]
    data_dir: Path

    def page(self, path: str) -> str:
        """Address of a staff page."""
        return f"{self.url}/staff{path}"

    @property
    def principal(self) -> Principal:
        """Somebody who may see all of the tenant."""
        return Principal(self.tenant_id, Role.ADMIN, user_public_id=str(uuid4()))

    def stranger(self, tenant_id: int) -> Principal:
        """An administrator of another company."""
        return Principal(tenant_id, Role.ADMIN, user_public_id=str(uuid4()))

    async def open_chat(self, *texts: str) -> UUID:
        """A conversation where the client has said these words."""
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
        for text in texts:
            await self.say(view.id, text)
        return view.id

    async def say(self, session: UUID, text: str, sender: Sender = Sender.USER) -> None:
        """Store one message as the service does."""
        async with self.db.unit() as unit:
            conversation = await sessions.find(unit, self.principal, session, lock=True)
            await log.append_message(unit, conversation, sender, {"text": text})

    async def log_in(self, page: Page, role: Role = Role.ADMIN, path: str = "") -> None:
        """Log in with the form, then open a page."""
        await page.goto(self.page("/login"))
        await page.get_by_label("Логин").fill(role.value)
        await page.get_by_label("Пароль").fill(self.passwords[role])
        await page.get_by_role("button", name="Войти").click()
        await page.wait_for_url(lambda url: "/login" not in url)
        if path:
            await page.goto(self.page(path))


async def _seen_first_steps(unit: Unit, tenant_id: int) -> None:
    """The administrator is not led through the first steps any more."""
    await installation.note_progress(unit, Principal(tenant_id, Role.ADMIN))


@pytest.fixture(scope="module")
async def office(
    db: Database, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The pages of one installation, served until the module ends."""
    async with db.unit() as unit:
        tenant_id, created = await ensure_tenant_and_staff(unit)
        await _seen_first_steps(unit, tenant_id)
    folder: Path = tmp_path_factory.mktemp("staff")
    port = free_port()
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": KEY,
        "PORT": str(port),
        "LOGIN_ATTEMPTS": "3",
    }
    web = Part("web", environment)
    await web.start()
    url = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{url}/staff/login")
    passwords = {login.role: login.password for login in created}
    yield Office(url, db, tenant_id, passwords, folder)
    await web.stop()


@pytest.fixture(scope="module")
async def product_office(
    db: Database, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The whole product: the demo site for clients and the pages of staff."""
    async with db.unit() as unit:
        tenant_id, created = await ensure_tenant_and_staff(unit)
        await _seen_first_steps(unit, tenant_id)
    folder: Path = tmp_path_factory.mktemp("room")
    port = free_port()
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": KEY,
        "PORT": str(port),
        "SANDBOX_TIME_SCALE": "0",
    }
    part = Part("run", environment)
    await part.start()
    url = f"http://127.0.0.1:{port}"
    await wait_until_serving(f"{url}/health")
    yield Office(url, db, tenant_id, {one.role: one.password for one in created}, folder)
    await part.stop()


@pytest.fixture
async def desktop(browser: Browser) -> AsyncIterator[Page]:  # noqa: F811
    """A page of somebody at a computer."""
    context = await new_context(browser)
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:  # noqa: F811
    """A page of somebody with the smallest phone that is in use, 375 points wide."""
    context = await new_context(browser, phone=True)
    page = await context.new_page()
    await page.set_viewport_size({"width": 375, "height": 740})
    yield page
    await context.close()
