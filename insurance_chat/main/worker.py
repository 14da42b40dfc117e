"""The process that does jobs: quotes, sales, letters, reminders, webhooks."""

from __future__ import annotations

import asyncio

import structlog

from insurance_chat.channels import tasks as channel_tasks
from insurance_chat.conversations.handover import tasks as handover_tasks
from insurance_chat.conversations.memory import tasks as memory_tasks
from insurance_chat.conversations.merging import tasks as merging_tasks
from insurance_chat.conversations.sounds import tasks as sound_tasks
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.tasks import end
from insurance_chat.dialogue.summary import tasks as summary_tasks
from insurance_chat.insurance import tasks as insurance_tasks
from insurance_chat.integrations import tasks as integration_tasks
from insurance_chat.knowledge.sources import tasks as source_tasks
from insurance_chat.knowledge.uploads import tasks as upload_tasks
from insurance_chat.knowledge.vectors import tasks as vector_tasks
from insurance_chat.knowledge.versions import tasks as version_tasks
from insurance_chat.llm import tasks as llm_tasks
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import Services
from insurance_chat.operators.backups import tasks as backup_tasks
from insurance_chat.operators.clients import tasks as client_tasks
from insurance_chat.operators.commissions import tasks as commission_tasks
from insurance_chat.operators.telegram_desk import tasks as telegram_desk_tasks

log = structlog.get_logger()
HANDLERS = (
    channel_tasks,
    handover_tasks,
    summary_tasks,
    memory_tasks,
    sound_tasks,
    merging_tasks,
    insurance_tasks,
    integration_tasks,
    llm_tasks,
    commission_tasks,
    client_tasks,
    backup_tasks,
    telegram_desk_tasks,
    upload_tasks,
    vector_tasks,
    source_tasks,
    version_tasks,
)


async def run_worker(
    settings: Settings, stop: asyncio.Event, services: Services | None = None
) -> None:
    """Do jobs until `stop` is set.

    Args:
        settings: with a database address.
        stop: asks to finish.
        services: of the process that hosts the worker; None makes its own.
    """
    own = services is None
    services = services or Services(settings)
    if own:
        await services.start()
    try:
        callback = asyncio.get_running_loop().create_task(_register_callback(services))
        await services.messengers.keeper.start()
        try:
            await _work(services, stop)
        finally:
            await services.messengers.keeper.stop()
            await end(callback)
    finally:
        if own:
            await services.stop()


async def _work(services: Services, stop: asyncio.Event) -> None:
    services.db.queue.bind(services)
    await services.db.queue.work(stop, concurrency=services.settings.dialogue.worker_jobs_at_once)


async def _register_callback(services: Services) -> None:
    """Tell the provider where to send news; polling works without it, so keep trying quietly."""
    url = f"{services.settings.core.base_url}/hooks/polis_online"
    delay = 0.5
    while True:
        try:
            await services.polis_online.register_callback(url)
        except ServiceError as error:
            log.info("callback_not_registered", code=error.code)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 60.0)
        else:
            return
