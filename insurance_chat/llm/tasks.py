"""Duties of this slice."""

from __future__ import annotations

from typing import Protocol

import structlog

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import periodic
from insurance_chat.llm.purge import purge
from insurance_chat.llm.service import ModelDesk

log = structlog.get_logger()


class LlmServices(Protocol):
    """What the duty needs."""

    db: Database
    models: ModelDesk


@periodic("llm.purge_calls", "17 3 * * *")
async def purge_calls(services: LlmServices) -> None:
    """Delete old records of single calls of models, every night."""
    days = services.models.settings.calls_keep_days
    gone = await purge(services.db, days, utcnow())
    if gone:
        log.info("llm.calls_purged", count=gone, keep_days=days)
