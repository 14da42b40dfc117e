"""The sandbox on a real loopback port, and every insurer adapter aimed at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.masking import Exchange
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.ports import OsagoProvider
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.insurers.cases import LINES, Line
from tests.support.sandbox_server import served

FAST = Resilience(attempts=3, first_wait=0.01, longest_wait=0.05, poll_every=0.01, poll_for=1)


@dataclass
class Callback:
    """What arrived at our callback address; `answers` are used up first, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: list[tuple[list[tuple[str, str]], bytes]] = field(default_factory=list)

    async def handle(self, request: Request) -> Response:
        self.arrived.append((list(request.headers.items()), await request.body()))
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def wait_for(self, count: int) -> None:
        for _ in range(500):
            if len(self.arrived) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.arrived)} notices instead of {count}")


def make_polis_online(url: str, http: httpx.AsyncClient, trace: list[Exchange]) -> OsagoProvider:
    async def record(exchange: Exchange) -> None:
        trace.append(exchange)

    settings = PolisOnlineSettings(timeout_seconds=4).for_sandbox(url)
    return PolisOnline(settings, http, record, resilience=FAST)


ADAPTERS: dict[str, Callable[[str, httpx.AsyncClient, list[Exchange]], OsagoProvider]] = {
    "polis_online": make_polis_online,
}


@dataclass
class World:
    """One adapter, the sandbox behind it, and what the adapter wrote to its trace."""

    provider: Any
    control: httpx.AsyncClient
    trace: list[Exchange]
    url: str

    async def fault(self, **fault: Any) -> None:
        response = await self.control.post("/control/faults", json=fault)
        assert response.status_code == 201

    async def behave(self, **changes: Any) -> None:
        response = await self.control.patch("/control/behaviour", json=changes)
        assert response.status_code == 200

    async def policies(self) -> list[dict[str, Any]]:
        return (await self.control.get("/control/policies")).json()["policies"]

    async def count(self, operation: str) -> int:
        counts = (await self.control.get("/control/requests")).json()["counts"]
        return counts.get(operation, 0)


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture(params=sorted(ADAPTERS))
async def world(request: pytest.FixtureRequest, sandbox_url: str) -> AsyncIterator[World]:
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        httpx.AsyncClient(base_url=sandbox_url, trust_env=False) as control,
    ):
        await control.post("/control/reset")
        trace: list[Exchange] = []
        yield World(ADAPTERS[request.param](sandbox_url, http, trace), control, trace, sandbox_url)


@pytest.fixture(params=sorted(LINES))
def line(request: pytest.FixtureRequest) -> Line:
    """Every product that is sold: the money checks run over all of them."""
    return LINES[request.param]


@pytest.fixture
def callback() -> Iterator[Callback]:
    seen = Callback()
    with served(Starlette(routes=[Route("/hook", seen.handle, methods=["POST"])])) as url:
        seen.url = f"{url}/hook"
        yield seen
