"""One test per script; see docs/contributor/dialogues.md.

Each is played with a model first: prompt, HTTP, check of every proposal. The emulated model is scripted
for each turn with what the rules understand of it. Where it was asked for nothing, code alone has served
the client; else the script is played again without any model, and the ends must be the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.conftest import cloned
from tests.dialogues.script import Player, load, script_files
from tests.support.modelled import ModelledServices, add_key
from tests.support.sandbox_server import served
from tests.support.world import World, open_world


@dataclass(frozen=True)
class Modelled:
    """The service with a key of a model."""

    world: World
    services: ModelledServices


@pytest.fixture(scope="module")
async def modelled(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Modelled]:
    """The service with its knowledge and a key of a model, beside the one without."""
    sandbox, folder = create_sandbox_app(time_scale=0), tmp_path_factory.mktemp("modelled")
    with served(sandbox) as url, cloned(postgres_url, template) as database:
        async with open_world(database, folder, sandbox, url, ModelledServices) as opened:
            services = opened.services
            assert isinstance(services, ModelledServices)
            services.control = opened.control
            await add_key(opened)
            yield Modelled(opened, services)
            await services.models.stop()


@pytest.mark.parametrize(
    "path", script_files(), ids=lambda path: f"{path.parent.name}: {path.stem.replace('-', ' ')}"
)
async def test_the_client_is_served_as_the_script_says(
    path: Path, world: World, modelled: Modelled
) -> None:
    asked = modelled.services.scripted.asked
    await Player(modelled.world).play(load(path))
    if modelled.services.scripted.asked > asked:
        await Player(world).play(load(path))


async def test_most_of_what_the_model_proposed_was_taken(modelled: Modelled) -> None:
    world = modelled.world
    rows = await world.rows("select body from log_entries where kind = 'dialogue'")
    bodies = [world.db.cipher.open_json(row[0]) for row in rows]
    notes = [note for body in bodies for note in body.get("trace", {}).get("notes", [])]
    calls = [note for note in notes if note["kind"] == "model" and note["purpose"] == "understand"]
    by = Counter(note["by"] for note in notes if note["kind"] == "understanding")
    assert {note["outcome"] for note in calls} == {"ok"}
    assert by["model"] > by["rules"] > 0, by  # nothing at all was understood by either
