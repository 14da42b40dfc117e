"""The periodic duty of the queue for a human."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from insurance_chat.accounts import presence
from insurance_chat.conversations.handover import duties
from insurance_chat.conversations.handover.repository import HandoverSweepRepository
from insurance_chat.core.jobs import periodic


@periodic("conversations.handover", f"* * * * * */{duties.EVERY_SECONDS}")
async def look_after_the_queue(services: Any) -> None:
    """Agents who are gone, clients who wait for long, requests whose audience grows."""
    settings = services.settings.handover
    async with services.db.unit() as unit:
        holders = await HandoverSweepRepository(unit).holders_across_tenants()
        gone_after = timedelta(minutes=services.settings.accounts.agent_gone_minutes)
        await presence.sweep_across_tenants(unit, mid_chat=holders, gone_after=gone_after)
    await duties.return_lost_chats(services.db, settings)
    await duties.tell_that_nobody_came(services.db, settings)
    await duties.wake_for_widened(services.db)
