"""A tenant of its own, a file store and documents for tests of the knowledge base."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge import service
from insurance_chat.knowledge.index import KnowledgeIndex
from tests.slices.knowledge.upload_stand import Uploads


@pytest.fixture
def files(tmp_path: Path, cipher: Cipher) -> FileStore:
    """An empty local store."""
    return local_file_store(tmp_path / "files", cipher)


@pytest.fixture
async def admin(db: Database) -> Principal:
    """The administrator of a fresh tenant."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return Principal(int(row[0]), Role.ADMIN, user_public_id="admin")


@pytest.fixture
async def index(db: Database) -> AsyncIterator[KnowledgeIndex]:
    """An index that follows the tables without notifications."""
    found = KnowledgeIndex(db)
    await found.start()
    yield found
    await found.stop()


class Library:
    """Short ways to fill a tenant's knowledge."""

    def __init__(self, db: Database, files: FileStore, admin: Principal) -> None:
        self.db, self.files, self.admin = db, files, admin

    async def publish(self, text: str, name: str = "doc.md", **options: str) -> str:
        """Upload and commit a Markdown text; returns the public id."""
        async with self.db.unit() as unit:
            preview = await service.upload(
                unit, self.files, self.admin, name, text.encode(), **options
            )
            done = await service.commit(unit, self.admin, preview.ingest_id)
        return done.document_id

    async def delete(self, document_id: str) -> None:
        """Take a document out."""
        async with self.db.unit() as unit:
            await service.delete(unit, self.admin, document_id)


@pytest.fixture
def library(db: Database, files: FileStore, admin: Principal) -> Library:
    """The tenant's knowledge base."""
    return Library(db, files, admin)


@pytest.fixture
async def uploads(db: Database, files: FileStore, admin: Principal, tmp_path: Path) -> Uploads:
    """Without an antivirus."""
    found = Uploads(db, files, admin)
    found.folder = str(tmp_path / "files")
    await found.rows("delete from procrastinate_jobs")
    return found
