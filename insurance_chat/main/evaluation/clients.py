"""Simulated clients: they buy through the public API while jobs and turns run as in production."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Protocol

import httpx
from fastapi import FastAPI

from insurance_chat.api.app import register_api
from insurance_chat.api.health_page import router as health_page
from insurance_chat.api.settings import ApiSettings
from insurance_chat.core.tasks import end
from insurance_chat.main.evaluation.buyers import Buyer
from insurance_chat.main.evaluation.failure import Failed
from insurance_chat.main.evaluation.simulator import Client, Journal
from insurance_chat.main.evaluation.world import World

OURS = "http://service.test"


class Buy(Protocol):
    """Lets one client buy; returns what they saw and why it failed, if it did."""

    def __call__(self, who: Buyer, *, blocks: bool) -> Awaitable[tuple[Journal, str]]:
        """See `simulator.Client`."""
        ...


@asynccontextmanager
async def simulated(world: World) -> AsyncIterator[Buy]:
    """Serve the API inside this process and work the queue for as long as clients come."""
    app = FastAPI(openapi_url=None)
    # All clients come from one address here, so its limit must not stop them.
    app.include_router(health_page)
    register_api(app, world.services, api=ApiSettings(chat_sessions_per_minute=10_000))
    inside = httpx.ASGITransport(app=app)
    stop = asyncio.Event()
    services = world.services
    await services.listener.start()
    await services.turns.start()
    work = asyncio.get_running_loop().create_task(services.db.queue.work(stop, concurrency=4))
    # The payment page belongs to the insurer: it is asked over the network, all else inside.
    outside = httpx.AsyncHTTPTransport()
    mounts = {f"{world.control.base_url}".rstrip("/"): outside}
    async with httpx.AsyncClient(
        transport=inside, base_url=OURS, mounts=mounts, timeout=30, trust_env=False
    ) as http:

        async def buy(who: Buyer, *, blocks: bool) -> tuple[Journal, str]:
            client = Client(http, who, blocks=blocks)
            try:
                await client.buy()
            except (Failed, KeyError, httpx.HTTPError) as error:
                return client.journal, f"{type(error).__name__}: {error}"
            return client.journal, await shortcoming(world, who, client.journal)

        yield buy
    stop.set()
    await end(work)
    await services.listener.stop()


async def shortcoming(world: World, who: Buyer, journal: Journal) -> str:
    """What is wrong with what the insurer has issued since this client came; empty: nothing."""
    issued = await world.policies_at_insurer()
    if len(issued) != 1:
        return f"{len(issued)} полисов у страховой вместо одного"
    (policy,) = issued
    if policy["product"] != who.product:
        return f"у страховой полис {policy['product']} вместо {who.product}"
    if Decimal(policy["price"]) != journal.amount:
        return f"полис за {policy['price']}, а к оплате было показано {journal.amount}"
    return "" if "policy" in journal.papers else "клиент не получил полис"
