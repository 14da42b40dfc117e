"""The web site of an insurer: pages, a feed, a site map, a file; a script changes and breaks them.

It behaves as sites do: ETag and Last-Modified with 304, robots.txt, menus and counters around the
text that change at every visit. What it answers is in `SiteState`; `/control/site` changes it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count

from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

HTML, RSS, XML, TEXT = "text/html", "application/rss+xml", "application/xml", "text/plain"
PIECE = 64 * 1024


@dataclass
class SitePage:
    """What stands at an address.

    Args:
        noisy: a clock, a counter and an advertisement stand around the text, as on real sites.
        status: any other than 200 is answered without the body.
        redirect: address to which it leads instead.
        seconds: how long it is silent first.
        padding: bytes that follow the body, sent in pieces.
        retry_after: seconds that a refusal asks to wait.
    """

    body: bytes
    media: str = HTML
    noisy: bool = False
    status: int = 200
    redirect: str = ""
    seconds: float = 0.0
    padding: int = 0
    retry_after: int | None = None
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def etag(self) -> str:
        """Version of the body."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass(frozen=True)
class SiteRequest:
    """One question that the site was asked; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    status: int


@dataclass
class SiteState:
    """Pages by path, and what was asked, oldest first."""

    pages: dict[str, SitePage] = field(default_factory=dict)
    requests: list[SiteRequest] = field(default_factory=list)
    visits: count[int] = field(default_factory=lambda: count(1))

    def write(self, path: str, text: str, media: str = HTML, *, noisy: bool = False) -> None:
        """Put a text at an address; it is a new version when it differs."""
        self.pages[path] = SitePage(text.encode(), media, noisy)

    def reset(self) -> None:
        """Stand as at the beginning."""
        self.pages = first_pages().pages
        self.requests.clear()

    def asked(self, path: str) -> list[SiteRequest]:
        """Requests of one path."""
        return [one for one in self.requests if one.path == path]


def first_pages() -> SiteState:
    """A small insurer with conditions that everybody can change."""
    state = SiteState()
    state.write("/osago/", page_of("ОСАГО", OSAGO), noisy=True)
    state.write("/kasko/", page_of("КАСКО", KASKO), noisy=True)
    state.write("/tariffs.txt", TARIFFS, TEXT)
    state.write("/feed.xml", feed_of({"kasko/": "Новые условия КАСКО"}), RSS)
    state.write("/sitemap.xml", sitemap_of("osago/", "kasko/"), XML)
    state.write("/robots.txt", "User-agent: *\nDisallow: /private/\n", TEXT)
    return state


def create_site_app(state: SiteState | None = None) -> FastAPI:
    """The site as an application; what it answers is in `app.state.site`.

    Args:
        state: to begin with; `first_pages` when absent.
    """
    app = FastAPI(title="Сайт страховой", docs_url=None, redoc_url=None)
    site = state if state is not None else first_pages()
    app.state.site = site

    async def serve(request: Request) -> Response:
        """Answer one request."""
        path = "/" + request.path_params["path"]
        answer = await _answer(site, request, path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        site.requests.append(SiteRequest(path, headers, answer.status_code))
        return answer

    app.add_api_route("/{path:path}", serve, methods=["GET", "HEAD"], response_model=None)
    return app


async def _answer(site: SiteState, request: Request, path: str) -> Response:
    page = site.pages.get(path)
    if page is None:
        return Response("Нет такой страницы", 404)
    if page.seconds:
        await asyncio.sleep(page.seconds)
    if page.redirect:
        return Response(status_code=302, headers={"Location": page.redirect})
    if page.status != 200:
        wait = {} if page.retry_after is None else {"Retry-After": str(page.retry_after)}
        return Response("", page.status, wait)
    media = f"{page.media}; charset=utf-8"
    if page.padding:
        return StreamingResponse(_huge(page), media_type=media)
    if page.noisy:
        return Response(_around(page, next(site.visits)), media_type=media)
    stamps = {
        "ETag": page.etag,
        "Last-Modified": format_datetime(page.changed_at, usegmt=True),
    }
    if request.headers.get("if-none-match") == page.etag:
        return Response(status_code=304, headers=stamps)
    return Response(page.body, media_type=media, headers=stamps)


async def _huge(page: SitePage) -> AsyncIterator[bytes]:
    yield page.body
    for _ in range(page.padding // PIECE + 1):
        yield b" " * PIECE


def _around(page: SitePage, visit: int) -> bytes:
    """What changes at every visit and means nothing."""
    now = datetime.now(UTC)
    top = (
        f'<nav class="menu"><a href="/?PHPSESSID={visit}a7">Главная</a></nav>'
        f'<div class="banner-top">Акция номер {visit}!</div><p>Сегодня {now:%d.%m.%Y}, {now:%H:%M}</p>'
    )
    end = (
        f"<footer>© 2010–{now:%Y}</footer><p>Просмотров: {visit}</p><script>var v={visit}</script>"
    )
    body = page.body.replace(b"<body>", b"<body>" + top.encode())
    return body.replace(b"</body>", end.encode() + b"</body>")


def page_of(title: str, body: str) -> str:
    """A page of the site around a text in HTML."""
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f'<!doctype html><html lang="ru">{head}<body><main><h1>{title}</h1>{body}</main></body></html>'


def feed_of(entries: dict[str, str], title: str = "Новости страховой") -> str:
    """An RSS feed of addresses with their titles."""
    items = "".join(
        f"<item><title>{name}</title><link>{link}</link></item>" for link, name in entries.items()
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def sitemap_of(*links: str) -> str:
    """A site map of addresses."""
    urls = "".join(f"<url><loc>{link}</loc></url>" for link in links)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


OSAGO = (
    "<p>Условия ОСАГО страховой компании Югория.</p><h2>Выплаты</h2>"
    "<p>Лимит возмещения вреда имуществу составляет 400 000 рублей.</p>"
    "<h2>Срок рассмотрения</h2><p>Срок рассмотрения заявления составляет 20 дней.</p>"
)
KASKO = (
    "<p>Условия КАСКО страховой компании Югория.</p><h2>Франшиза</h2>"
    "<p>Франшиза по риску «Ущерб» составляет 15 000 рублей.</p>"
)
TARIFFS = "Тарифы КАСКО\n\nБазовый тариф по риску «Угон» составляет 1,2 % от страховой суммы.\n"
