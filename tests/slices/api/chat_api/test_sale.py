"""A client buys a policy through the chat API alone, from the first word to the reminder."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from typing_extensions import override

from insurance_chat.core.clock import moscow_today
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.people import customer
from tests.support.processes import Installation
from tests.support.simulator import Client

KEY = "key-of-the-test"


class Program(Client):
    """The client of the simulator behind a program that knows only `/api/chat`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._thread = ""
        self._unread: list[dict[str, Any]] = []

    @override
    async def _open(self) -> None:
        self._thread = f"shop-{uuid4()}"

    @override
    async def send(self, text: str) -> None:
        self.journal.sent.append(text)
        body = {"message": text, "thread_id": self._thread, "message_id": str(uuid4())}
        self._unread += (await self._call("POST", "/api/chat", body))["messages"]

    @override
    async def _fresh(self) -> list[dict[str, Any]]:
        news = await self._call("GET", f"/api/chat?thread_id={self._thread}")
        fresh, self._unread = [*self._unread, *news["messages"]], []
        self.journal.seen += fresh
        return fresh


@pytest.fixture(scope="module")
async def installation(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """The product as several processes, with a key for the chat API."""
    extra = {
        "QUOTE_POLL_SECONDS": "0.2",
        "API_KEY": KEY,
        "CHAT_API_PER_MINUTE": "100000",
        "CHAT_API_THREAD_PER_MINUTE": "100000",
    }
    made = Installation(database_url, tmp_path_factory.mktemp("chat-sale"), extra)
    settings = load_settings()
    folder = Path(made.environment["DATA_DIR"])
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": folder})
    await seed(settings.model_copy(update={"core": core}))
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize("blocks", [True, False])
async def test_a_program_sells_a_policy(installation: Installation, blocks: bool) -> None:
    person = customer(random.Random(500 + blocks), moscow_today())
    async with httpx.AsyncClient(
        base_url=installation.url, timeout=90, trust_env=False, headers={"X-API-Key": KEY}
    ) as http:
        journal = await Program(http, person, blocks=blocks).buy("сколько действует полис осаго?")
        assert journal.paid
        assert journal.file_url is not None
        policy = await http.get(journal.file_url)
        assert policy.content.startswith(b"%PDF")
    seen = [message["id"] for message in journal.seen]
    assert len(seen) == len(set(seen))
    assert [message["seq"] for message in journal.seen] == sorted(
        message["seq"] for message in journal.seen
    )
    assert any(message["metadata"]["offers"] for message in journal.seen)
