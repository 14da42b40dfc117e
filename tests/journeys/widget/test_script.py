"""The script that sites load: small, cacheable, complete."""

from __future__ import annotations

import gzip
import re

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from insurance_chat.web.widget.assemble import SOURCE_FILES, STATIC, bundle
from insurance_chat.web.widget.routes import router

LIMIT = 30 * 1024
SOURCES = STATIC / "src"
IMPORT = re.compile(r'^import .* from "\./([\w]+)\.js";', re.MULTILINE)


@pytest.fixture
def client() -> AsyncClient:
    """The widget's routes alone."""
    app = FastAPI()
    app.include_router(router)
    return AsyncClient(transport=ASGITransport(app), base_url="http://widget.test")


def test_the_script_is_smaller_than_thirty_kibibytes_gzipped() -> None:
    assert len(bundle().gzipped) < LIMIT
    assert gzip.decompress(bundle().gzipped) == bundle().plain


def test_every_source_file_is_joined_after_what_it_imports() -> None:
    assert {path.stem for path in SOURCES.glob("*.js")} == set(SOURCE_FILES)
    for place, name in enumerate(SOURCE_FILES):
        imported = set(IMPORT.findall((SOURCES / f"{name}.js").read_text("utf-8"))) - {"style"}
        assert imported <= set(SOURCE_FILES[:place]), name


def test_no_module_syntax_is_left_in_the_script() -> None:
    assert not re.search(rb"^(import|export)\b", bundle().plain, re.MULTILINE)


def test_no_source_builds_markup_or_code_from_strings() -> None:
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    )
    for path in SOURCES.glob("*.js"):
        assert not risky.search(path.read_text("utf-8")), path.name


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    for path in STATIC.rglob("*.*"):
        assert len(path.read_text("utf-8").splitlines()) <= 400, path.name


async def test_a_browser_that_has_the_script_gets_not_modified(client: AsyncClient) -> None:
    first = await client.get("/widget/insurance-chat.js")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["content-encoding"] == "gzip"
    assert "max-age" in first.headers["cache-control"]
    again = await client.get(
        "/widget/insurance-chat.js", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
    assert again.content == b""


async def test_the_script_is_sent_plain_to_a_client_without_gzip(client: AsyncClient) -> None:
    answer = await client.get("/widget/insurance-chat.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == bundle().plain


async def test_the_demo_site_needs_nothing_from_elsewhere(client: AsyncClient) -> None:
    page = await client.get("/demo")
    assert page.status_code == 200
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    for asset in re.findall(r'"(/demo/assets/[^"]+)"', page.text):
        assert (await client.get(asset)).status_code == 200
