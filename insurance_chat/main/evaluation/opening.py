"""Starts the whole service for an evaluation: quick towards the insurer, watched, in one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI

from insurance_chat.knowledge.seeding import seed_knowledge
from insurance_chat.main.evaluation.quick import QuickServices
from insurance_chat.main.evaluation.world import World
from insurance_chat.main.settings import Settings
from insurance_chat.sandbox.smtp import MailCatcher


def settings_for(
    base: Settings, database_url: str, data_dir: Path, sandbox_url: str, smtp_port: int
) -> Settings:
    """Settings of a service that talks to one sandbox only, whatever else is configured."""
    quick = {"quote_poll_seconds": 0.02, "quote_deadline_seconds": 1}
    place = {"database_url": database_url, "data_dir": data_dir, "database_pool": 5}
    llm = base.llm
    if llm.provider == "openai" and not llm.base_url:
        # A key without an address means the emulated model, which is served here.
        llm = llm.model_copy(update={"base_url": f"{sandbox_url}/llm/v1"})
    insurer = base.polis_online.model_copy(update={"timeout_seconds": 1, "enabled": True})
    return base.model_copy(
        update={
            "core": base.core.model_copy(update=place),
            "mail": base.mail.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{smtp_port}"}),
            "insurance": base.insurance.model_copy(update=quick),
            "llm": llm,
            # What scripts say aloud is heard word for word, and nobody listens to their replies.
            "voice": base.voice.model_copy(update={"stt": "", "tts": ""}),
            "polis_online": insurer.for_sandbox(sandbox_url),
        }
    )


@asynccontextmanager
async def open_world(
    database_url: str,
    data_dir: Path,
    sandbox: FastAPI,
    sandbox_url: str,
    made_of: type[QuickServices] = QuickServices,
    base: Settings | None = None,
) -> AsyncIterator[World]:
    """A started service over an empty migrated database, with its knowledge.

    Args:
        made_of: puts the parts together.
        base: settings of everything but the database, the insurer and the mail, such as the model;
            None takes those of the environment.
    """
    async with MailCatcher(sandbox.state.sandbox, "127.0.0.1", 0) as mail:
        settings = settings_for(base or Settings(), database_url, data_dir, sandbox_url, mail.port)
        services = made_of(settings)
        await services.db.open()
        world = World(services, 0, sandbox_url)
        world.tenant_id = await world.probe.add_tenant(uuid4().hex)
        async with services.db.unit() as unit:
            await seed_knowledge(unit, services.files, world.tenant_id)
        await services.models.start(services.listener)
        await services.knowledge.start(services.listener)
        services.db.queue.bind(services)
        yield world
        await world.control.aclose()
        await services.turns.stop()
        await services.knowledge.stop()
        await services.http.aclose()
        await services.models.stop()
        await services.db.close()
