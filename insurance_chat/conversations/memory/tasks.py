"""The periodic duty of the memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog

from insurance_chat.conversations.memory.repository import MemorySweepRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.jobs import periodic

log = structlog.get_logger()


@periodic("conversations.memory", "40 3 * * *")
async def forget_the_old(services: Any) -> None:
    """Every night: clients of whom nothing new was learnt for `MEMORY_DAYS` are forgotten."""
    before = utcnow() - timedelta(days=services.settings.memory.memory_days)
    async with services.db.unit() as unit:
        gone = await MemorySweepRepository(unit).purge_across_tenants(before)
    if gone:
        log.info("memories_purged", count=gone)
