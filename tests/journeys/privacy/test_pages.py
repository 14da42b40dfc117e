"""Pages for people: nothing foreign runs in them, and no other site may put them into a frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser

from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.browser import browser, new_context  # noqa: F401
from tests.support.processes import Installation, Part, free_port, wait_until_serving

API = ("/demo", "/docs", "/legal/consent", "/legal/about", "/pay/return?draftId=x")
STAFF = ("/staff/login", "/staff/nothing")
SANDBOX = ("/", "/mail", "/pay/unknown")


@dataclass(frozen=True)
class Doors:
    """Addresses of the running parts."""

    api: str
    web: str
    sandbox: str
    password: str


@pytest.fixture(scope="module")
async def doors(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Doors]:
    data_dir: Path = tmp_path_factory.mktemp("pages")
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    state = await seed(settings.model_copy(update={"core": core}))
    assert state.admin is not None
    installation = Installation(database_url, data_dir)
    port = free_port()
    environment = {"DATABASE_URL": database_url, "DATA_DIR": str(data_dir)}
    web = Part("web", environment, "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    try:
        for part in (installation.sandbox, installation.api, web):
            await part.start()
        for url in (f"{installation.sandbox_url}/", f"{installation.url}/health"):
            await wait_until_serving(url)
        await wait_until_serving(f"{address}/staff/login")
        yield Doors(installation.url, address, installation.sandbox_url, state.admin.password)
    finally:
        for part in (web, installation.api, installation.sandbox):
            await part.stop()


def _check(answer: httpx.Response) -> None:
    policy = answer.headers.get("content-security-policy", "")
    assert answer.headers["content-type"].startswith("text/html"), answer.url
    assert "frame-ancestors" in policy, answer.url
    assert "*" not in policy.replace("*/", ""), policy
    assert "http:" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] in ("DENY", "SAMEORIGIN")
    assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "access-control-allow-credentials" not in answer.headers


async def test_every_page_has_its_protections(doors: Doors) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        for root, paths in ((doors.api, API), (doors.web, STAFF), (doors.sandbox, SANDBOX)):
            for path in paths:
                answer = await http.get(root + path)
                assert answer.status_code < 500
                if answer.headers["content-type"].startswith("text/html") or path in API:
                    _check(answer)


async def test_no_page_may_be_read_by_another_site_with_cookies(doors: Doors) -> None:
    headers = {"Origin": "https://evil.example", "Cookie": "staff_session=x"}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        for url in (f"{doors.api}/v1/policies", f"{doors.web}/staff/login", f"{doors.sandbox}/"):
            answer = await http.get(url, headers=headers)
            assert "access-control-allow-credentials" not in answer.headers
            assert answer.headers.get("access-control-allow-origin", "*") == "*"


async def test_the_staff_pages_work_under_their_policy(doors: Doors, browser: Browser) -> None:  # noqa: F811
    context = await new_context(browser)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    for url in (f"{doors.api}/demo", f"{doors.api}/docs", f"{doors.sandbox}/"):
        await page.goto(url)
    await page.goto(f"{doors.web}/staff/login")
    await page.fill("input[name=login]", "admin")
    await page.fill("input[name=password]", doors.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/staff/admin/wizard")  # the first log-in of an administrator
    await page.goto(f"{doors.web}/staff/admin/home")
    await page.get_by_text("База знаний").first.click()
    await page.wait_for_url("**/staff/admin/knowledge")
    await page.get_by_role("heading", name="База знаний").first.wait_for()
    await context.close()
    assert [text for text in troubles if "Content Security Policy" in text] == []


async def _long_head(url: str, kilobytes: int) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: a\r\n")
    try:
        for number in range(kilobytes):
            writer.write(b"X-%d: " % number + b"y" * 1000 + b"\r\n")
            await writer.drain()
        writer.write(b"\r\n")
        return await asyncio.wait_for(reader.readline(), 10)
    except ConnectionError:
        return b"closed"
    finally:
        writer.close()


async def test_a_head_without_end_is_not_kept_in_memory(doors: Doors) -> None:
    assert b" 200 " in await _long_head(doors.api, 20)
    refused = await _long_head(doors.api, 20_000)
    assert refused == b"closed" or b" 400 " in refused
    body = b"x" * 200_000
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.post(f"{doors.api}/v1/auth/login", content=body)
        assert answer.status_code == 422
