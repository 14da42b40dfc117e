"""Every address of the staff pages, asked for by everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from insurance_chat.core.principal import Role
from insurance_chat.web.app import PAGES, StaffPage
from tests.journeys.staff.conftest import Office

SOME = "6f1c2a54-0d1b-4d0e-9a53-8a7c1f0e2b11"  # fixed: parallel runs must name the same tests
FILES = (f"/policies/{SOME}/file", f"/knowledge/{SOME}/source", f"/files/{SOME}/a.pdf")


def _path(page: StaffPage) -> str:
    return page.path.replace("{id}", SOME)


@asynccontextmanager
async def _client(office: Office, role: Role | None) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=30) as client:
        if role is not None:
            form = {"login": role.value, "password": office.passwords[role]}
            entered = await client.post("/staff/login", data=form)
            assert entered.status_code == 303, entered.text
        yield client


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
async def test_a_stranger_is_led_to_the_log_in(office: Office, page: StaffPage) -> None:
    async with _client(office, None) as client:
        answer = await client.get(f"/staff{_path(page)}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/staff/login?next=/staff/")


@pytest.mark.parametrize("path", FILES)
async def test_a_stranger_gets_no_file(office: Office, path: str) -> None:
    async with _client(office, None) as client:
        answer = await client.get(f"/staff{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/staff/login")


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
async def test_each_role_opens_its_own_pages_only(office: Office, role: Role) -> None:
    wrong = {}
    async with _client(office, role) as client:
        for page in PAGES:
            answer = await client.get(f"/staff{_path(page)}")
            allowed = 404 if "{id}" in page.path else 200
            expected = allowed if role in page.roles else 403
            if answer.status_code != expected:
                wrong[page.path] = answer.status_code
            if expected == 403:
                assert "Эта страница не для вашей роли" in answer.text
    assert not wrong


async def test_administration_is_closed_to_agents() -> None:
    open_to_agents = {page.path for page in PAGES if Role.AGENT in page.roles}
    assert all(path.startswith("/workspace/") for path in open_to_agents)


async def test_a_form_from_another_site_logs_nobody_in(office: Office) -> None:
    form = {"login": "admin", "password": office.passwords[Role.ADMIN]}
    async with _client(office, None) as client:
        answer = await client.post(
            "/staff/login", data=form, headers={"Origin": "https://evil.example"}
        )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers or "user" not in answer.headers["set-cookie"]


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/staff/\\evil"])
async def test_the_log_in_never_leads_outside(office: Office, goal: str) -> None:
    form = {"login": "admin", "password": office.passwords[Role.ADMIN], "next": goal}
    async with _client(office, None) as client:
        answer = await client.post("/staff/login", data=form)
    assert answer.headers["location"] == "/staff/admin/home"


async def test_short_addresses_lead_to_the_pages(office: Office) -> None:
    async with _client(office, None) as client:
        assert (await client.get("/admin")).headers["location"] == "/staff/admin/home"
        assert (await client.get("/workspace")).headers["location"] == "/staff/workspace/chats"
