"""Gives a new tenant the documents that come with the service."""

from __future__ import annotations

import asyncio
from pathlib import Path

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.files import FileStore
from insurance_chat.knowledge.ingest import parse
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.service import publish_parsed

SEED = Path(__file__).parent / "seed"


async def seed_knowledge(
    unit: Unit, files: FileStore, tenant_id: int, folder: Path = SEED
) -> list[str]:
    """Publish the documents that come with the service; safe to call at every start.

    A document that an administrator deleted stays deleted. One that came in a new wording with a
    new version of the service replaces the old one.

    Returns:
        Public ids of what was published now.
    """
    repository = KnowledgeRepository(unit, tenant_id)
    published: list[str] = []
    for name, data in await asyncio.to_thread(_read, folder):
        parsed = await parse(data, name)
        known = await repository.last_with_file(name, parsed.front.kind)
        if known is not None and (
            known.status in ("deleted", "purged")
            or await repository.had_content(name, parsed.content_hash)
        ):
            continue
        document = await publish_parsed(unit, files, tenant_id, name, data, parsed)
        published.append(str(document.public_id))
    return published


def _read(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.md"))]
