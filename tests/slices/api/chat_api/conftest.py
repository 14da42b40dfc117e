"""The chat API over real HTTP: an echo for an assistant, and applications with other settings."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from insurance_chat.api.app import register_api
from insurance_chat.api.settings import ApiSettings
from tests.slices.api.conftest import Stand, _Server, http, stand  # noqa: F401

MANY = {"chat_api_per_minute": 100_000, "chat_api_thread_per_minute": 100_000}


@asynccontextmanager
async def serving(stand: Stand, **settings: Any) -> AsyncIterator[str]:  # noqa: F811
    """The same service behind a door with other settings; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = FastAPI(openapi_url=None)
    register_api(app, stand.services, api=ApiSettings(**(MANY | settings)))
    config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="websockets-sansio")
    server = _Server(config)
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture(scope="module")
async def url(stand: Stand) -> AsyncIterator[str]:  # noqa: F811
    """A door without keys and with wide limits."""
    async with serving(stand) as address:
        yield address


@pytest.fixture
async def api(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that calls it."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def thread() -> str:
    """The name of a thread that nobody has used."""
    return f"test-{uuid4()}"
