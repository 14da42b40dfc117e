"""One service and one sandbox for all dialogues of the run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served
from tests.support.world import World, open_world


@pytest.fixture(scope="module")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The service with its knowledge, talking to a sandbox that answers at once."""
    sandbox = create_sandbox_app(time_scale=0)
    folder = tmp_path_factory.mktemp("world")
    with served(sandbox) as url:
        async with open_world(database_url, folder, sandbox, url) as opened:
            yield opened
