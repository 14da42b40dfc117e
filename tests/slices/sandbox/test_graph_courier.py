"""Webhooks of the emulated Meta reach the product whenever they are posted."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.graph.courier import GraphCourier
from insurance_chat.sandbox.graph.world import World
from insurance_chat.sandbox.store import Store
from tests.support.sandbox_server import served


async def test_a_call_that_is_posted_while_the_last_connection_closes_is_made() -> None:
    heard: list[bytes] = []

    async def hear(request: Request) -> Response:
        heard.append(await request.body())
        return Response()

    courier = GraphCourier(World(Sandbox(Store())))
    with served(Starlette(routes=[Route("/", hear, methods=["POST"])])) as url:
        for number in range(1, 6):
            courier.post(url, {"first": number}, "client")
            while len(courier.delivered) < 2 * number - 1:  # noqa: ASYNC110 - every turn counts
                await asyncio.sleep(0)
            courier.post(url, {"second": number}, "client")
            await courier.flushed()
            assert len(courier.delivered) == 2 * number
    assert len(heard) == 10
    await courier.stop()
