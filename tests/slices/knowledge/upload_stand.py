"""The desk of uploads with its reader, as one process has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.analysis.ports import RulesOnly
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads.reading import UploadReader
from insurance_chat.knowledge.uploads.service import UploadDesk, UploadOptions
from insurance_chat.knowledge.uploads.views import UploadView


class Uploads:
    """The desk and its reader as one process has them."""

    def __init__(self, db: Database, files: FileStore, admin: Principal, **settings: Any) -> None:
        self.db, self.files, self.admin = db, files, admin
        self.settings = KnowledgeSettings(fetch_hosts="127.0.0.1", **settings)
        self.desk = UploadDesk(db, files, self.settings)
        self.reader = UploadReader(db, files, self.settings, RulesOnly())

    async def drop(self, name: str, data: bytes, **options: Any) -> UploadView:
        """Accept a file and read it."""
        view = await self.desk.accept_file(self.admin, name, data, UploadOptions(**options))
        await self.work()
        return await self.desk.show(self.admin, view.id)

    async def link(self, url: str) -> UploadView:
        """Accept a link and read it."""
        view = await self.desk.accept_link(self.admin, url)
        await self.work()
        return await self.desk.show(self.admin, view.id)

    async def work(self) -> None:
        """Do what is ordered and due."""
        while orders := await self.orders():
            for upload_id in orders:
                await self.reader.run(upload_id)

    async def orders(self) -> list[int]:
        """Take the orders that are due now."""
        return [
            int(row[0])
            for row in await self.rows(
                "delete from procrastinate_jobs where task_name = 'knowledge.read_upload'"
                " and (scheduled_at is null or scheduled_at <= now())"
                " returning (args->>'upload_id')::bigint"
            )
        ]

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement."""
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    def stored(self) -> int:
        """How many files are kept."""
        return sum(path.is_file() for path in Path(self.folder).rglob("*"))

    folder = ""
