"""Handlers and duties of messengers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import chats_repository as chats
from insurance_chat.channels import updates_repository as updates
from insurance_chat.channels.jobs import FetchMedia
from insurance_chat.core.clock import utcnow
from insurance_chat.core.jobs import handles, periodic

LOST_SECONDS = 300.0  # a file is asked for again when its job has vanished
PROBED_EVERY_SECONDS = 300.0
PROBES_AT_ONCE = 50


@handles(FetchMedia, attempts=6, wait_seconds=2)
async def fetch_media(job: FetchMedia, services: Any) -> None:
    """Get the files of an update."""
    await services.messengers.media.fetch(job.update)


@periodic("channels.probe", "* * * * *")
async def probe_accounts(services: Any) -> None:
    """Ask messengers how our accounts are: «подключён» must mean that it works."""
    async with services.db.pool.connection() as connection:
        due = await accounts.probed_before_across_tenants(
            connection, list(services.messengers.adapters), PROBED_EVERY_SECONDS, PROBES_AT_ONCE
        )
    for connection_id in due:
        await services.messengers.health.probe(connection_id)


@periodic("channels.sweep", "* * * * * */20")
async def sweep_channels(services: Any) -> None:
    """Chats whose owner has fallen silent go back to the assistant; lost files are asked for again."""
    settings = services.settings.channels
    before = utcnow() - timedelta(minutes=settings.owner_silence_minutes)
    async with services.db.pool.connection() as connection:
        silent = await chats.silent_owners_across_tenants(connection, before)
        lost = await updates.forgotten_media_across_tenants(connection, LOST_SECONDS)
    for chat_id, owner_id in silent:
        await services.messengers.talking.give_back(chat_id, owner_id)
    async with services.db.unit() as unit:
        for update_id in lost:
            await unit.defer(FetchMedia(update=update_id))


@periodic("channels.purge", "17 3 * * *")
async def purge_updates(services: Any) -> None:
    """Wipe stored updates that are older than `CHANNEL_UPDATE_DAYS`."""
    async with services.db.pool.connection() as connection:
        await updates.purge_across_tenants(
            connection, services.settings.channels.channel_update_days
        )
