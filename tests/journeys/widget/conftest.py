"""A running stub of the chat API with a few pages that carry the widget."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.journeys.widget.stub_api import Server, StubApi
from tests.support.browser import browser, desktop, phone  # noqa: F401

SCRIPT = '<script src="/widget/insurance-chat.js" data-accent="{accent}" async></script>'
HOSTILE = """
* { all: unset !important; display: block !important; font-size: 3px !important; color: red !important;
    position: static !important; width: 5px !important; visibility: hidden !important; }
html { font-size: 60px !important; letter-spacing: 20px !important; }
body { transform: rotate(4deg) scale(.5) !important; direction: rtl !important; text-transform: uppercase !important; }
button, textarea, div, insurance-chat { display: none !important; opacity: 0 !important; }
"""
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def page_with_widget(style: str = "", accent: str = "", script: str = SCRIPT) -> str:
    """A site's page that loads the widget, with the site's own CSS if any."""
    sheet = f"<style>{style}</style>" if style else ""
    return (
        '<!doctype html><html lang="ru"><head><title>Сайт</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{sheet}{script.format(accent=accent)}</head>"
        "<body><main><h1>Страница сайта</h1></main></body></html>"
    )


@pytest.fixture
def stub() -> Iterator[StubApi]:
    """The scripted API; its address is `stub.url`."""
    api = StubApi()

    async def plain(accent: str = "") -> HTMLResponse:
        return HTMLResponse(page_with_widget(accent=accent))

    async def hostile() -> HTMLResponse:
        return HTMLResponse(page_with_widget(HOSTILE))

    async def strict() -> HTMLResponse:
        return HTMLResponse(page_with_widget(), headers={"Content-Security-Policy": STRICT})

    for path, page in (("/plain", plain), ("/hostile", hostile), ("/strict", strict)):
        api.app.add_api_route(path, page)
    with Server(api.app) as server:
        api.url = server.url
        yield api


@pytest.fixture
def foreign_site(stub: StubApi) -> Iterator[str]:
    """The address of a site on another origin that loads the widget from the service."""
    site = FastAPI()
    script = f'<script src="{stub.url}/widget/insurance-chat.js" data-theme="dark" async></script>'

    async def page() -> HTMLResponse:
        return HTMLResponse(page_with_widget(script=script))

    site.add_api_route("/", page)
    with Server(site) as server:
        yield server.url
