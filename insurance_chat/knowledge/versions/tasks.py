"""The nightly duty of the knowledge base."""

from __future__ import annotations

from typing import Protocol

import structlog

from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.core.jobs import periodic
from insurance_chat.knowledge.unanswered import service as unanswered
from insurance_chat.knowledge.versions import service

log = structlog.get_logger()


class VersionServices(Protocol):
    """What the duty needs."""

    db: Database
    files: FileStore


@periodic("knowledge.purge_deleted", "25 3 * * *")
async def purge_deleted(services: VersionServices) -> None:
    """Every night: what was deleted 30 days ago goes for good, questions after half a year."""
    removed = await service.purge(services.db, services.files)
    forgotten = await unanswered.forget_old(services.db)
    if removed or forgotten:
        log.info("knowledge_purged", files=removed, questions=forgotten)
