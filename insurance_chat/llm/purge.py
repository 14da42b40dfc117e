"""Records of single calls are kept for a while; what keys have used by day is kept for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from insurance_chat.core.db.unit import Database
from insurance_chat.llm.repository import remove_calls_across_tenants

BATCH = 5000


async def purge(db: Database, keep_days: int, now: datetime, batch: int = BATCH) -> int:
    """Delete records of calls that are older than the installation keeps them.

    A call without an end is deleted too: nothing runs that long, so its process had died.

    Args:
        keep_days: days, counted from the beginning of a call.
        batch: records of one transaction.

    Returns:
        How many records were deleted.
    """
    before = now - timedelta(days=keep_days)
    total = 0
    while True:
        async with db.unit() as unit:
            gone = await remove_calls_across_tenants(unit, before, batch)
        total += gone
        if gone < batch:
            return total
