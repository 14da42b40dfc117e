"""The emulated site of an insurer and the desk that watches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.analysis.ports import RulesOnly
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources import deciding, service
from insurance_chat.knowledge.sources.desk import SourceDesk
from insurance_chat.knowledge.sources.service import SourceOptions, SourceView, UpdateView
from insurance_chat.knowledge.sources.settings import SourceSettings
from insurance_chat.sandbox.site import SiteState, create_site_app
from tests.support.sandbox_server import served


class Watch:
    """Short ways to watch the site and to decide."""

    def __init__(
        self,
        db: Database,
        files: FileStore,
        admin: Principal,
        site: SiteState,
        url: str,
        root: Path,
    ) -> None:
        self.db, self.files, self.admin = db, files, admin
        self.site, self.url, self.root = site, url, root
        self.pauses: list[float] = []
        self.desk = self.made()

    def made(self, **settings: Any) -> SourceDesk:
        """A desk with other settings."""

        async def note(seconds: float) -> None:
            self.pauses.append(seconds)

        own = SourceSettings(**{"max_megabytes": 1, "timeout_seconds": 5, **settings})
        knowledge = KnowledgeSettings(fetch_hosts="127.0.0.1")
        return SourceDesk(
            self.db, self.files, own, knowledge, RulesOnly(), self.root, [], "http://x", note
        )

    async def add(self, path: str, kind: str = "page", **options: Any) -> SourceView:
        """Begin to watch a path of the site."""
        url = path if kind == "folder" else f"{self.url}{path}"
        async with self.db.unit() as unit:
            return await service.add(unit, self.admin, SourceOptions(kind, url, **options))

    async def look(self, source: SourceView) -> SourceView:
        """Look now; returns what the list shows afterwards."""
        rows = await self.rows("select id from update_sources where public_id = %s", source.id)
        await self.desk.watcher.run(rows[0][0])
        async with self.db.unit() as unit:
            shown = await service.list_sources(unit, self.admin)
        return next(one for one in shown if one.id == source.id)

    async def updates(self, *statuses: str) -> list[UpdateView]:
        """Updates, oldest first."""
        async with self.db.unit() as unit:
            found, _ = await service.list_updates(
                unit, self.admin, statuses=statuses or ("new",), limit=100
            )
        return found[::-1]

    async def decide(self, update: UpdateView, decision: str) -> UpdateView:
        """Decide and have it carried out."""
        async with self.db.unit() as unit:
            await deciding.decide(unit, self.admin, update.id, decision)
        rows = await self.rows("select id from update_events where public_id = %s", update.id)
        await self.desk.settler.run(rows[0][0])
        async with self.db.unit() as unit:
            return await service.read_update(unit, self.admin, update.id)

    async def published(self, path: str = "/osago/", **options: Any) -> SourceView:
        """Watch a page and take it into the knowledge base."""
        source = await self.add(path, company_code="ugoria", product_code="osago", **options)
        await self.look(source)
        (update,) = await self.updates()
        await self.decide(update, "add")
        return source

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement."""
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def documents(self) -> list[Any]:
        """Documents of the tenant: status, version, company, product."""
        return await self.rows(
            "select status, version, company_code, product_code from kb_documents"
            " where tenant_id = %s order by id",
            self.admin.tenant_id,
        )


@pytest.fixture(scope="module")
def served_site() -> Iterator[tuple[SiteState, str]]:
    """One site for the module."""
    app = create_site_app()
    with served(app) as url:
        yield app.state.site, url


@pytest.fixture
def watch(
    db: Database,
    files: FileStore,
    admin: Principal,
    served_site: tuple[SiteState, str],
    tmp_path: Path,
) -> Watch:
    """The site as at the beginning, and a tenant that watches nothing yet."""
    site, url = served_site
    site.reset()
    return Watch(db, files, admin, site, url, tmp_path / "sources")
