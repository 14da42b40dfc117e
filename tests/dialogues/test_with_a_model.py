"""The same scripts through a model: prompt, HTTP, check of every proposal. The ends must be the same.

The emulated model is scripted for each turn with what the rules understand of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.dialogues.script import Player, load, script_files
from tests.support.modelled import ModelledServices, add_key
from tests.support.sandbox_server import served
from tests.support.world import World, open_world


@pytest.fixture(scope="module")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The service with its knowledge and a key of a model."""
    sandbox = create_sandbox_app(time_scale=0)
    folder = tmp_path_factory.mktemp("world")
    with served(sandbox) as url:
        async with open_world(database_url, folder, sandbox, url, ModelledServices) as opened:
            assert isinstance(opened.services, ModelledServices)
            opened.services.control = opened.control
            await add_key(opened)
            yield opened
            await opened.services.models.stop()


@pytest.mark.parametrize(
    "path",
    script_files(),
    ids=lambda path: f"{path.parent.name}: {path.stem.replace('-', ' ')}",
)
async def test_a_model_serves_the_client_as_the_script_says(path: Path, world: World) -> None:
    await Player(world).play(load(path))


async def test_most_of_what_the_model_proposed_was_taken(world: World) -> None:
    rows = await world.rows("select body from log_entries where kind = 'dialogue'")
    bodies = [world.db.cipher.open_json(row[0]) for row in rows]
    notes = [note for body in bodies for note in body.get("trace", {}).get("notes", [])]
    calls = [note for note in notes if note["kind"] == "model" and note["purpose"] == "understand"]
    by = Counter(note["by"] for note in notes if note["kind"] == "understanding")
    assert {note["outcome"] for note in calls} == {"ok"}
    assert by["model"] > by["rules"] > 0, by  # nothing at all was understood by either
