"""The look at a source: what it lists, what has changed of it, when to look again."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from insurance_chat.core.clock import moscow_today, utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.fetching import Fetched, Fetcher
from insurance_chat.knowledge.reading.refusals import refusal
from insurance_chat.knowledge.sources import folders, listing
from insurance_chat.knowledge.sources.jobs import LookAtSource, TellOfUpdates
from insurance_chat.knowledge.sources.listing import Link
from insurance_chat.knowledge.sources.manners import Guest, Pause
from insurance_chat.knowledge.sources.models import UpdateItem, UpdateSource
from insurance_chat.knowledge.sources.repository import (
    ItemRepository,
    fail_stuck_across_tenants,
    fetch_due_across_tenants,
    fetch_slug,
    fetch_source_across_tenants,
)
from insurance_chat.knowledge.sources.schedule import next_look, next_try
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.knowledge.sources.snapshots import SnapshotReader
from insurance_chat.knowledge.sources.weighing import Sight, Weigher

log = structlog.get_logger()
MEGABYTE = 1024 * 1024
MOST_NESTED = 20  # site maps named by a site map
MOST_SILENT = 3  # documents in a row that do not answer; then the whole site does not
LONGEST_LOOK = 1200.0  # seconds; what is left waits for the next look
STUCK = timedelta(hours=1)
STUCK_WORDS = "Не получилось выполнить решение. Попробуйте ещё раз."
ONE_DOCUMENT = ("page", "file")


@dataclass(slots=True)
class Look:
    """One look under way.

    Args:
        root: folder of the tenant.
        etags: of files of a folder, by address.
        titles: as the list calls them, by address.
    """

    source: UpdateSource
    guest: Guest
    root: Path
    etags: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    seen: int = 0
    silent: int = 0
    updates: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class SourceWatcher:
    """Looks at sources when their time comes; a repeated look does no harm.

    Args:
        db: sources and items; no transaction is open while a site is asked.
        settings: politeness and limits.
        fetcher: refuses internal addresses.
        reader: reads documents.
        weigher: decides what is news.
        root: folder that holds the folders of all tenants.
        ways: codes of the ways by which administrators are told.
    """

    def __init__(
        self,
        db: Database,
        settings: SourceSettings,
        fetcher: Fetcher,
        reader: SnapshotReader,
        weigher: Weigher,
        root: Path,
        ways: Sequence[str] = (),
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._db, self._settings, self._fetcher = db, settings, fetcher
        self._reader, self._weigher, self._root = reader, weigher, root
        self._ways, self._pause = tuple(ways), pause

    async def order_due(self) -> int:
        """Order looks at sources whose time has come; returns how many."""
        async with self._db.unit() as unit:
            await fail_stuck_across_tenants(unit, utcnow() - STUCK, STUCK_WORDS)
            due = await fetch_due_across_tenants(unit, utcnow())
            for source_id, kind, url in due:
                await unit.defer(LookAtSource(source_id=source_id, host=host_of(kind, url)))
        return len(due)

    async def run(self, source_id: int) -> None:
        """Look at a source now."""
        async with self._db.unit() as unit:
            source = await fetch_source_across_tenants(unit, source_id)
            if source is None or not source.active:
                return
            slug = await fetch_slug(unit, source.tenant_id)
        guest = Guest(self._fetcher, self._settings.pause_seconds, self._pause)
        look = Look(source, guest, folders.tenant_root(self._root, slug))
        try:
            await self._look(look)
        except ServiceError as error:
            log.info("source_failed", source=source_id, code=error.code)
            await self._end(look, error)
        else:
            await self._end(look, None)

    async def _look(self, look: Look) -> None:
        source = look.source
        links = await self._links(look)
        urls = None
        if links is not None:
            wanted = [link for link in links if source.only_with in link.url]
            look.titles = {link.url: link.title for link in wanted}
            urls = list(look.titles)
        async with self._db.unit() as unit:
            repository = ItemRepository(unit, source)
            known = source.ok_at is None and not source.offer_first
            await repository.remember(urls or [], known=known)
            items = await repository.oldest(urls, self._settings.max_pages)
        until = time.monotonic() + LONGEST_LOOK
        for item in items:
            if time.monotonic() > until:
                break
            await self._item(look, item)

    async def _links(self, look: Look) -> Sequence[Link] | None:
        """Addresses that the source names; None when its list has not changed."""
        source = look.source
        if source.type in ONE_DOCUMENT:
            return [Link(source.url)]
        if source.type == "folder":
            files = await asyncio.to_thread(folders.list_files, look.root, source.url)
            look.etags = {one.url: one.etag for one in files}
            return [Link(one.url) for one in files]
        found = await look.guest.get(source.url, source.etag, source.last_modified)
        look.etag, look.last_modified = source.etag, source.last_modified
        if found.status == 304:
            return None
        look.etag = found.headers.get("etag")
        look.last_modified = found.headers.get("last-modified")
        if source.type == "feed":
            return (await asyncio.to_thread(listing.read_feed, found.body, found.url)).links
        return await sitemap_links(look.guest, found)

    async def _item(self, look: Look, item: UpdateItem) -> None:
        try:
            sight = await self._see(look, item)
            if sight is not None:
                look.updates += _one(await self._weigher.weigh(look.source, item, sight))
        except ServiceError as error:
            await self._missed(look, item, error)
        else:
            look.seen, look.silent = look.seen + 1, 0

    async def _missed(self, look: Look, item: UpdateItem, error: ServiceError) -> None:
        alone = look.source.type in ONE_DOCUMENT
        if error.code == "source_gone":
            sure = error.data.get("status") == 410
            look.updates += _one(await self._weigher.gone(look.source, item, sure=sure))
            if not alone:
                return
        look.silent += error.kind is Kind.UNAVAILABLE
        await self._note(look, item, error.message)
        if alone or look.silent >= MOST_SILENT:
            raise error
        look.refused.append(error.message)

    async def _see(self, look: Look, item: UpdateItem) -> Sight | None:
        """Fetch and read a document; None when it has not changed."""
        found = await self._fetch(look, item)
        if found is None:
            await self._note(look, item, item.error)
            return None
        raw_hash = hashlib.sha256(found.body).hexdigest()
        if raw_hash == item.raw_hash:
            await self._note(look, item, item.error)
            return None
        if not found.body.strip():
            raise refusal("empty")
        day = moscow_today()
        snapshot = await self._reader.read(found.body, found.file_name, day, found.url)
        title = look.titles.get(item.url) or snapshot.parsed.title
        parsed = replace(snapshot.parsed, title=title[:300])
        etag, changed = found.headers.get("etag"), found.headers.get("last-modified")
        return Sight(replace(snapshot, parsed=parsed), raw_hash, etag, changed, title, day)

    async def _fetch(self, look: Look, item: UpdateItem) -> Fetched | None:
        if look.source.type == "folder":
            etag = look.etags.get(item.url, "")
            if etag and etag == item.etag:
                return None
            most = self._settings.max_megabytes * MEGABYTE
            body = await asyncio.to_thread(folders.read_file, look.root, item.url, most)
            return Fetched(item.url, 200, {"etag": etag}, body)
        found = await look.guest.get(item.url, item.etag, item.last_modified)
        return found if found.status == 200 else None

    async def _note(self, look: Look, item: UpdateItem, error: str | None) -> None:
        async with self._db.unit() as unit:
            row = await ItemRepository(unit, look.source).lock(item.id)
            if row is not None:
                row.checked_at, row.error = utcnow(), error
                row.misses = 0 if error is None else row.misses

    async def _end(self, look: Look, error: ServiceError | None) -> None:
        now = utcnow()
        async with self._db.unit() as unit:
            row = await fetch_source_across_tenants(unit, look.source.id, lock=True)
            if row is None:
                return
            row.checked_at = now
            row.error_code = error.code[:40] if error else None
            row.error = error.message if error else None
            row.next_at = next_look(row.schedule_cron, now)
            row.note = _in_words(look)
            if error is None:
                row.ok_at, row.failures = now, 0
                row.etag, row.last_modified = look.etag, look.last_modified
            else:
                row.failures += 1
                if error.kind is Kind.UNAVAILABLE:
                    asked = timedelta(seconds=float(error.data.get("retry_after") or 0))
                    row.next_at = next_try(row.failures, now, asked)
            for way in self._ways if look.updates else ():
                ids = tuple(look.updates)
                await unit.defer(TellOfUpdates(way=way, tenant_id=row.tenant_id, event_ids=ids))


async def sitemap_links(guest: Guest, found: Fetched) -> list[Link]:
    """Pages of a site map and of those that it names, on the same site only.

    Raises:
        ServiceError: of `listing.read_sitemap` and `Guest.get`.
    """
    host = urlsplit(found.url).netloc
    first = await asyncio.to_thread(listing.read_sitemap, found.body, found.url)
    links = list(first.links)
    for nested in first.nested[:MOST_NESTED]:
        if urlsplit(nested).netloc != host or len(links) >= listing.MOST_LINKS:
            continue
        answer = await guest.get(nested)
        links += (await asyncio.to_thread(listing.read_sitemap, answer.body, nested)).links
    own = [link for link in links if urlsplit(link.url).netloc == host]
    return own[: listing.MOST_LINKS]


def host_of(kind: str, url: str) -> str:
    """The site that a source asks; all folders are one."""
    if kind == "folder":
        return "folder"
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _one(event_id: int | None) -> list[int]:
    return [event_id] if event_id is not None else []


def _in_words(look: Look) -> str:
    words = f"Просмотрено документов: {look.seen}, новостей: {len(look.updates)}."
    if look.refused:
        words += f" Не прочитано: {len(look.refused)}. {look.refused[0]}"
    return words
