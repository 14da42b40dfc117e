"""One test per script; see docs/contributor/dialogues.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogues.script import Player, load, script_files
from tests.support.world import World


@pytest.mark.parametrize(
    "path", script_files(), ids=lambda path: f"{path.parent.name}: {path.stem.replace('-', ' ')}"
)
async def test_the_client_is_served_as_the_script_says(path: Path, world: World) -> None:
    await Player(world).play(load(path))
