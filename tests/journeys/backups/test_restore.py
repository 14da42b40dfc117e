"""The database is lost: last night's backup brings back an assistant that answers the same."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import make_url

from insurance_chat.core.settings import CoreSettings
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.knowledge import service as knowledge
from insurance_chat.main.backups import knowledge_merge, known_revisions, open_desk
from insurance_chat.main.migrate import migrate
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import Services
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served
from tests.support.world import Reply, World, open_world

QUESTION = "что входит в осаго"
RULES = """---
title: Памятка об эвакуаторе
---
# Памятка об эвакуаторе

## Какие документы нужны для эвакуатора Ромашка?

Для эвакуатора Ромашка по ОСАГО нужны паспорт и квитанция эвакуатора Ромашка.
"""
OTHER_QUESTION = "можно ли вернуть деньги за полис"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[FastAPI, str]]:
    app = create_sandbox_app(time_scale=0)
    with served(app) as url:
        yield app, url


@pytest.fixture(scope="module")
def lost_and_empty(postgres_url: str, template: str) -> Iterator[tuple[str, str]]:
    """A migrated database and an empty one."""
    names = [f"restore_{uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {names[0]} template {template}")
        connection.execute(f"create database {names[1]}")
    url = make_url(postgres_url)
    yield (
        url.set(database=names[0]).render_as_string(hide_password=False),
        url.set(database=names[1]).render_as_string(hide_password=False),
    )
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"drop database if exists {name} with (force)")


def settings_of(url: str, data_dir: Path, sandbox_url: str) -> Settings:
    """Settings of the same installation over another database and another folder."""
    return Settings(
        core=CoreSettings(database_url=url, data_dir=data_dir, database_pool=5),
        polis_online=PolisOnlineSettings(timeout_seconds=10).for_sandbox(sandbox_url),
    )


@asynccontextmanager
async def reopened(
    url: str, data_dir: Path, sandbox_url: str, tenant_id: int
) -> AsyncIterator[World]:
    """The service started anew over a restored database."""
    services = Services(settings_of(url, data_dir, sandbox_url))
    await services.db.open()
    await services.knowledge.start(services.listener)
    services.db.queue.bind(services)
    world = World(services, tenant_id, sandbox_url)
    yield world
    await world.control.aclose()
    await services.turns.stop()
    await services.knowledge.stop()
    await services.http.aclose()
    await services.db.close()


async def publish(world: World, name: str, text: str) -> str:
    async with world.db.unit() as unit:
        parsed = await knowledge.parse(text.encode(), name)
        document = await knowledge.publish_parsed(
            unit, world.services.files, world.tenant_id, name, text.encode(), parsed
        )
        public_id = str(document.public_id)
    await world.services.knowledge.refresh()
    return public_id


async def answered(world: World, question: str) -> Reply:
    replies = await world.say(await world.begin(), question)
    assert replies, "no answer"
    return replies[-1]


def citations(reply: Reply) -> list[dict[str, object]]:
    return list(reply.metadata["citations"])


async def test_the_assistant_answers_the_same_after_the_database_was_lost(
    sandbox: tuple[FastAPI, str], lost_and_empty: tuple[str, str], tmp_path: Path
) -> None:
    app, sandbox_url = sandbox
    lost, empty = lost_and_empty
    old_folder, new_folder = tmp_path / "old", tmp_path / "new"
    old_folder.mkdir()
    async with open_world(lost, old_folder, app, sandbox_url) as world:
        await publish(world, "towing.md", RULES)
        before = [await answered(world, asked) for asked in (QUESTION, OTHER_QUESTION)]
        assert all(citations(reply) for reply in before), before
        assert "охлаждения" in before[1].text
        tenant_id = world.tenant_id
    open_desk(settings_of(lost, old_folder, sandbox_url)).make("daily")
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(f"drop database {make_url(lost).database} with (force)")
    new_folder.mkdir()
    shutil.copy(old_folder / "secret.key", new_folder / "secret.key")
    shutil.copytree(old_folder / "backups", new_folder / "backups")
    shutil.rmtree(old_folder)

    desk = open_desk(settings_of(empty, new_folder, sandbox_url))
    restored = desk.restore_all("", known_revisions(), force=False)
    migrate(empty)

    assert restored.files >= 2
    async with reopened(empty, new_folder, sandbox_url, tenant_id) as world:
        after = [await answered(world, asked) for asked in (QUESTION, OTHER_QUESTION)]
        assert [reply.text for reply in after] == [reply.text for reply in before]
        assert [citations(reply) for reply in after] == [citations(reply) for reply in before]
        rows = await world.rows("select file_key from kb_documents where file_name = 'towing.md'")
        assert await world.services.files.get(rows[0][0]) == RULES.encode()
        await knowledge_comes_back_into_the_running_service(world)


async def knowledge_comes_back_into_the_running_service(world: World) -> None:
    """Spoil the knowledge base, restore only it, and see that chats stayed and answers came back."""
    desk = open_desk(world.services.settings)
    kept = await answered(world, OTHER_QUESTION)
    desk.make("manual")
    talk = await world.begin()
    await world.say(talk, "здравствуйте")
    newer = await publish(world, "newer.md", RULES.replace("Ромашка", "Лютик"))
    rows = await world.rows("select file_key from kb_documents where file_name = 'towing.md'")
    await world.change("update kb_passages set text = %s", "Испорчено.")
    await world.services.files.delete(rows[0][0])
    chats = await world.number("select count(*) from conversations")

    restored = desk.restore_part("", knowledge_merge(), known_revisions())
    await world.services.knowledge.refresh()

    again = await answered(world, OTHER_QUESTION)
    assert (again.text, citations(again)) == (kept.text, citations(kept))
    assert await world.services.files.get(rows[0][0]) == RULES.encode()
    assert restored.documents > 1
    assert await world.number("select count(*) from conversations") == chats + 1
    status = await world.rows("select status from kb_documents where public_id = %s", newer)
    assert status == [("deleted",)]
    later = RULES.replace("Ромашка", "Василёк").replace("Памятка", "Справка")
    fresh = await publish(world, "after.md", later)
    status = await world.rows("select status from kb_documents where public_id = %s", fresh)
    assert status == [("published",)], "new rows get numbers that nothing uses"
