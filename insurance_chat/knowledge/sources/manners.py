"""Asks sites politely: robots.txt, pauses, conditions, and words for every refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from protego import Protego

from insurance_chat.core.clock import utcnow
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found, unavailable
from insurance_chat.core.fetching import AGENT, Fetched, Fetcher

ROBOT = AGENT.partition("/")[0]
LONGEST_PAUSE = 30.0  # a site that asks for more is served by fewer pages instead
LARGEST_ROBOTS = 500_000
Pause = Callable[[float], Awaitable[None]]


class Guest:
    """One look's visits; remembers the rules of each site and when it was asked last.

    Args:
        fetcher: refuses internal addresses, also after a redirect.
        pause_seconds: between two requests to one site.
        pause: waits; tests pass one that only notes.
    """

    def __init__(
        self, fetcher: Fetcher, pause_seconds: float, pause: Pause = asyncio.sleep
    ) -> None:
        self._fetcher, self._pause_seconds, self._pause = fetcher, pause_seconds, pause
        self._rules: dict[str, Protego] = {}
        self._asked: set[str] = set()

    async def get(
        self, url: str, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        """A page or a file, or the news that it has not changed (status 304).

        Raises:
            ServiceError: `source_robots`, `source_gone`, `source_closed`, `source_status` (try at
                the next date), `source_busy` (try later, `retry_after` seconds), and those of
                `Fetcher.fetch`.
        """
        rules = await self._rules_of(url)
        if not rules.can_fetch(url, ROBOT):
            text = "Сайт запрещает роботам читать эту страницу (robots.txt)."
            raise ServiceError("source_robots", Kind.FORBIDDEN, text)
        await self._wait(url, rules)
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        found = await self._fetcher.fetch(
            url, {name: value for name, value in conditions.items() if value}
        )
        return _usable(found)

    async def _rules_of(self, url: str) -> Protego:
        site = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        if site not in self._rules:
            found = await self._fetcher.fetch(f"{site}/robots.txt")
            if found.status == 429 or found.status >= 500:
                raise _busy(found)
            # RFC 9309: no such file, or a refusal to show it, means that everything is open.
            known = found.body[:LARGEST_ROBOTS] if found.status == 200 else b""
            self._rules[site] = Protego.parse(known.decode("utf-8", errors="replace"))
        return self._rules[site]

    async def _wait(self, url: str, rules: Protego) -> None:
        host = urlsplit(url).netloc
        if host in self._asked:
            wished = rules.crawl_delay(ROBOT) or 0.0
            await self._pause(min(max(wished, self._pause_seconds), LONGEST_PAUSE))
        self._asked.add(host)


def _usable(found: Fetched) -> Fetched:
    status = found.status
    if status in (200, 304):
        return found
    if status in (404, 410):
        text = f"Страницы больше нет: сайт ответил {status}."
        error = not_found("source_gone", text)
        error.data["status"] = status
        raise error
    if status in (401, 403):
        raise invalid("source_closed", f"Сайт не пускает к этой странице: ответил {status}.")
    if status == 429 or status >= 500:
        raise _busy(found)
    raise invalid("source_status", f"Сайт ответил кодом {status}, его сервис не понимает.")


def _busy(found: Fetched) -> ServiceError:
    text = f"Сайт сейчас не работает: ответил {found.status}. Попробуем позже."
    asked = retry_after(found.headers.get("retry-after", ""))
    return unavailable("source_busy", text, retry_after=asked.total_seconds())


def retry_after(value: str) -> timedelta:
    """How long a site asks to wait; nothing when it does not say or says it unclearly."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 8:
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - utcnow(), timedelta(0))
    except (TypeError, ValueError):
        return timedelta(0)
