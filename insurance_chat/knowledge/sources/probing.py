"""«Проверить»: fetch an address before it is watched and say in plain words what is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import invalid
from insurance_chat.core.fetching import Fetched, Fetcher
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.reading.kinds import PLAIN
from insurance_chat.knowledge.sources import folders, listing
from insurance_chat.knowledge.sources.listing import Link
from insurance_chat.knowledge.sources.looking import sitemap_links
from insurance_chat.knowledge.sources.manners import Guest, Pause
from insurance_chat.knowledge.sources.repository import fetch_slug
from insurance_chat.knowledge.sources.service import SourceOptions, checked
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.knowledge.sources.snapshots import SnapshotReader, is_page

SHOWN = 5
FEW = 100  # characters; a page with less is probably drawn by a script


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at an address.

    Args:
        type: what the source should be; it may differ from what was asked for.
        words: Russian, one or two sentences.
        examples: titles or addresses of the first documents.
        feeds: feeds that a page names, as a better source.
        warning: Russian; empty when all is well.
    """

    type: str
    title: str
    words: str
    examples: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    warning: str = ""


class Prober:
    """Looks at an address once, as politely as a look does.

    Args:
        root: folder that holds the folders of all tenants.
    """

    def __init__(
        self,
        db: Database,
        settings: SourceSettings,
        fetcher: Fetcher,
        reader: SnapshotReader,
        root: Path,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._db, self._settings, self._fetcher = db, settings, fetcher
        self._reader, self._root, self._pause = reader, root, pause

    async def folder_of(self, principal: Principal) -> Path:
        """Where the tenant's watched folders are; it is made when it is not there yet.

        Raises:
            ServiceError: `forbidden`.
        """
        access.require(principal, Permission.MANAGE_KNOWLEDGE)
        async with self._db.unit() as unit:
            slug = await fetch_slug(unit, principal.tenant_id)
        root = folders.tenant_root(self._root, slug)
        await asyncio.to_thread(root.mkdir, parents=True, exist_ok=True)
        return root

    async def probe(self, principal: Principal, options: SourceOptions) -> Probe:
        """Fetch an address and say what it is.

        Raises:
            ServiceError: `forbidden`, those of `service.add` for wrong options, and the reasons why
                the address cannot be read, in Russian.
        """
        access.require(principal, Permission.MANAGE_KNOWLEDGE)
        values = checked(options)
        if options.type == "folder":
            return await self._folder(principal, values["url"])
        guest = Guest(self._fetcher, self._settings.pause_seconds, self._pause)
        found = await guest.get(values["url"])
        if not found.body.strip():
            raise invalid("source_empty", "По этому адресу пусто.")
        if listing.is_sitemap(found.body):
            links = await sitemap_links(guest, found)
            return self._listed("sitemap", "Карта сайта", "", links, values["only_with"])
        if listing.is_feed(found.body):
            feed = await asyncio.to_thread(listing.read_feed, found.body, found.url)
            return self._listed(
                "feed", "Лента новостей", feed.title, feed.links, values["only_with"]
            )
        return await self._document(found)

    async def _folder(self, principal: Principal, url: str) -> Probe:
        root = await self.folder_of(principal)
        files = await asyncio.to_thread(folders.list_files, root, url)
        names = tuple(one.path.name for one in files)
        words = f"Папка на сервере, файлов: {len(files)}."
        warning = "" if files else f"Папка пуста. Положите файлы сюда: {root}"
        return Probe("folder", url.removeprefix(folders.SCHEME), words, names[:SHOWN], (), warning)

    def _listed(
        self, kind: str, name: str, title: str, links: tuple[Link, ...] | list[Link], only: str
    ) -> Probe:
        kept = [link for link in links if only in link.url]
        words = f"{name}{f' «{title}»' if title else ''}, документов: {len(links)}."
        if only:
            words += f" Из них с «{only}» в адресе: {len(kept)}."
        warning = ""
        if not kept:
            warning = "Следить пока не за чем: в списке нет подходящих адресов."
        elif len(kept) > self._settings.max_pages:
            warning = (
                f"За один раз сервис смотрит {self._settings.max_pages} документов, поэтому весь "
                "список обойдёт за несколько раз. Оставьте только нужный раздел: укажите часть "
                "адреса, например /osago/."
            )
        examples = tuple(link.title or link.url for link in kept[:SHOWN])
        return Probe(kind, title or name, words, examples, (), warning)

    async def _document(self, found: Fetched) -> Probe:
        page = is_page(found.body, found.file_name)
        snapshot = await self._reader.read(found.body, found.file_name, moscow_today(), found.url)
        title = snapshot.parsed.title
        text = sum(len(piece.text) for piece in snapshot.parsed.pieces)
        conditions = len(snapshot.parsed.analysis.conditions)
        what = "Страница" if page else "Файл"
        words = f"{what} «{title}», знаков текста: {text}."
        if not page and snapshot.parsed.mime not in PLAIN:
            words += f" Страниц: {snapshot.parsed.page_count}."
        if conditions:
            words += f" Найдено условий (лимиты, сроки, тарифы): {conditions}."
        examples = tuple(piece.text[:200] for piece in snapshot.parsed.pieces[:2])
        feeds = snapshot.page.feeds if snapshot.page else ()
        warning = ""
        if page and text < FEW and not conditions:
            warning = (
                "Текста на странице почти нет: возможно, её собирает браузер. Найдите на сайте "
                "другую страницу или файл."
            )
        return Probe("page" if page else "file", title, words, examples, feeds, warning)
