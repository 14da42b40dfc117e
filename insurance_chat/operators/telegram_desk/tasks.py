"""Periodic duty of agents in Telegram."""

from __future__ import annotations

from typing import Any

from insurance_chat.core.jobs import periodic
from insurance_chat.operators.telegram_desk import outbox_repository as outbox


@periodic("telegram_desk.purge", "27 3 * * *")
async def purge_messages(services: Any) -> None:
    """Delete messages to agents that are older than `CHANNEL_UPDATE_DAYS`, and spent codes."""
    days = services.settings.channels.channel_update_days
    async with services.db.pool.connection() as connection:
        await outbox.purge_across_tenants(connection, days)
