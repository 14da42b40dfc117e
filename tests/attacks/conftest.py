"""One service with an obedient model, a second client and a second company with secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.attacks.attack import attacks
from tests.attacks.stage import Stage, open_stage
from tests.support.sandbox_server import served


@pytest.fixture(scope="module")
async def stage(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """The whole service, ready to be attacked."""
    sandbox = create_sandbox_app(time_scale=0)
    documents = [one for one in attacks(*request.module.GROUPS) if one.document]
    with served(sandbox) as url:
        folder = tmp_path_factory.mktemp("attacked")
        async with open_stage(database_url, folder, sandbox, url, documents) as opened:
            yield opened
