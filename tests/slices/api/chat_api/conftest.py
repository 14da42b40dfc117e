"""The chat API over real HTTP: an echo for an assistant, and applications with other settings."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from insurance_chat.api.app import register_api
from insurance_chat.api.settings import ApiSettings
from insurance_chat.conversations.types import EntryKind, NewEntry, Sender, Snapshot
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.turn import Thinker
from tests.slices.api.conftest import Stand, _Server, http, stand  # noqa: F401


class Patient:
    """An assistant that repeats the client's words when it is told to, and counts its turns."""

    def history_limit(self, _tenant_id: int) -> int:
        """It reads no history."""
        return 0

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.thinks = asyncio.Event()

    async def think(
        self, snapshot: Snapshot, window: Window, _orders: Any = (), _show: Any = None
    ) -> Decision:
        """Answer all messages with their own text."""
        self.thinks.set()
        await self.may_answer.wait()
        text = ", ".join(str(message.body.get("text")) for message in window.messages)
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": f"Не сразу: {text}"})
        return Decision(DialogueState(), snapshot.state, [reply])


@dataclass(frozen=True)
class Door:
    """A server with settings of its own."""

    url: str
    server: uvicorn.Server

    async def nobody_is_connected(self) -> None:
        """Wait until the server knows that every caller has gone."""
        while self.server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


MANY = {"chat_api_per_minute": 100_000, "chat_api_thread_per_minute": 100_000}


@asynccontextmanager
async def serving(stand: Stand, **settings: Any) -> AsyncIterator[Door]:  # noqa: F811
    """The same service behind a door with other settings."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = FastAPI(openapi_url=None)
    register_api(app, stand.services, api=ApiSettings(**(MANY | settings)))
    config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="websockets-sansio")
    server = _Server(config)
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    await server.ready.wait()
    try:
        yield Door(f"http://127.0.0.1:{listener.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture(scope="module")
async def door(stand: Stand) -> AsyncIterator[Door]:  # noqa: F811
    """A door without keys and with wide limits."""
    async with serving(stand) as opened:
        yield opened


def program(door: Door, key: str | None = None) -> httpx.AsyncClient:
    """A program that calls a door, with its key."""
    headers = {"X-API-Key": key} if key is not None else {}
    return httpx.AsyncClient(base_url=door.url, headers=headers, trust_env=False, timeout=60)


@pytest.fixture
async def api(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A program without a key."""
    async with program(door) as client:
        yield client


@pytest.fixture
async def patient(stand: Stand) -> AsyncIterator[Patient]:  # noqa: F811
    """For one test the assistant thinks until it is told to answer."""
    thinker, services = Patient(), stand.services
    kept = services.turns
    services.turns = TurnRunner(
        services.db, cast("Thinker", thinker), services.hub, services.listener
    )
    await services.turns.start()
    yield thinker
    thinker.may_answer.set()
    await services.turns.stop()
    services.turns = kept


async def session_of(stand: Stand) -> str:  # noqa: F811
    """Public id of the conversation that was opened last."""
    async with stand.services.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select c.public_id from threads t join conversations c on c.id = t.conversation_id"
            " order by t.id desc limit 1"
        )
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture
def thread() -> str:
    """The name of a thread that nobody has used."""
    return f"test-{uuid4()}"
