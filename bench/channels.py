"""Messengers: webhooks accepted beside a bare FastAPI with one insert, replies sent a second.

Replies are sent twice: as fast as we can, and at the pace that the product keeps to, where the emulated
Telegram refuses what is quicker than the real one allows.

The service and the bare one take the same bodies, one after the other, in the same run and in the
same event loop; the caller is a thread of its own.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from fastapi import FastAPI, Request
from psycopg_pool import AsyncConnectionPool

from insurance_chat.channels.instagram.adapter import Instagram
from insurance_chat.channels.ports import Pace
from insurance_chat.channels.telegram.adapter import TelegramAdapter
from insurance_chat.channels.whatsapp_cloud.adapter import WhatsAppCloud
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.main import models
from insurance_chat.main.migrate import migrate
from tests.contracts.channels import toy
from tests.contracts.channels.toy_server import SECRET
from tests.contracts.channels.world import World, open_world
from tests.support.telegram import TelegramMessenger

AT_ONCE = 16
CHATS = 20
PACED_REPLIES = 3  # to each chat: what a chat takes at once
MESSENGERS: dict[str, type[Any]] = {
    "telegram": TelegramAdapter,
    "whatsapp_cloud": WhatsAppCloud,
    "whatsapp_gateway": WhatsAppGateway,
    "instagram": Instagram,
}
assert models.Base.metadata.tables  # every slice knows the tables that it refers to


@dataclass(frozen=True)
class Size:
    """How much is measured: webhooks, replies of one chat, drivers."""

    webhooks: int
    replies: int


FULL = Size(4000, 50)
QUICK = Size(800, 10)


def _body(number: int) -> bytes:
    update = {"what": "ignored", "chat": f"c{number % 50}", "n": number, "text": "Добрый день " * 8}
    return json.dumps([update], ensure_ascii=False).encode()


async def _call(url: str, count: int, first: int) -> tuple[float, list[float]]:
    left = iter(range(first, first + count))
    spent: list[float] = []

    async def talk(http: aiohttp.ClientSession) -> None:
        for number in left:
            body = _body(number)
            signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
            began = time.perf_counter()
            async with http.post(url, data=body, headers={"x-toy-signature": signature}) as answer:
                assert answer.status == 200, await answer.text()
            spent.append(time.perf_counter() - began)

    async with aiohttp.ClientSession() as http:
        began = time.perf_counter()
        await asyncio.gather(*(talk(http) for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - began), sorted(spent)


async def _bare(database_url: str) -> FastAPI:
    """FastAPI, one insert, one notify: no signature, no seal, no unique key."""
    pool = AsyncConnectionPool(
        database_url, open=False, min_size=2, max_size=10, kwargs={"autocommit": True}
    )
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute("create table bare (id bigserial primary key, body bytea)")
    app = FastAPI()
    app.state.pool = pool

    @app.post("/bare")
    async def take(request: Request) -> dict[str, bool]:
        """Store what came."""
        body = await request.body()
        async with pool.connection() as connection:
            await connection.execute(
                "with kept as (insert into bare (body) values (%s) returning id)"
                " select pg_notify('bare', id::text) from kept",
                (body,),
            )
        return {"ok": True}

    return app


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", ws="none"))
    serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


async def _from_outside(url: str, count: int, first: int = 1) -> tuple[float, list[float]]:
    """Call from a thread with its own loop, so that the caller does not wait for the service."""
    found: list[tuple[float, list[float]]] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        try:
            found.append(asyncio.run(_call(url, count, first)))
        finally:
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=work, daemon=True).start()
    await done.wait()
    return found[0]


def _row(name: str, rate: float, spent: list[float]) -> None:
    half, most = spent[len(spent) // 2] * 1e3, spent[int(len(spent) * 0.99)] * 1e3
    print(f"| {name} | {AT_ONCE} | {rate:.0f} | {half:.1f} | {most:.1f} |")


async def _webhooks(world: World, database_url: str, size: Size) -> None:
    await world.parts.messengers.keeper.stop()  # only the door is measured; the reader comes later
    print("\n| webhooks | at once | a second | p50 ms | p99 ms |\n|---|---|---|---|---|")
    app = await _bare(database_url)
    async with _served(app) as bare:
        await _from_outside(f"{bare}/bare", 50)
        _row("bare FastAPI, one insert", *await _from_outside(f"{bare}/bare", size.webhooks))
    await app.state.pool.close()
    url = world.account.hook_url
    await _from_outside(url, 50)
    rate, spent = await _from_outside(url, size.webhooks, 1000)
    _row("our door: signature, seal, unique key, insert", rate, spent)
    kept = await world.number("select count(*) from channel_updates")
    assert kept >= size.webhooks, kept


async def _replies(world: World, count: int) -> float:
    """Replies a second when many chats are owed a few each, as after an outage."""
    clients = [await world.client() for _ in range(CHATS)]
    for client in clients:
        await client.say("привет")
    for client in clients:
        await world.shown(client)
    await world.settled()
    world.assistant.script = lambda _text: [{"text": f"Ответ {n}"} for n in range(count)]
    began = time.perf_counter()
    for client in clients:
        await client.say("ещё")
    for client in clients:
        await world.shown(client, 1 + count)
    return CHATS * count / (time.perf_counter() - began)


async def _within_limits(world: World, pace: Pace) -> tuple[float, int]:
    """Replies a second at the pace of the product, and how many tries the messenger refused."""
    clients = [await world.client() for _ in range(max(5, int(pace.account)))]
    for client in clients:
        await client.say("привет")
    for client in clients:
        await world.shown(client)
    await world.settled()
    calls = await world.messenger.calls()
    world.assistant.script = lambda _text: [{"text": f"Ответ {n}"} for n in range(PACED_REPLIES)]
    began = time.perf_counter()
    for client in clients:
        await client.say("ещё")
    for client in clients:
        await world.shown(client, 1 + PACED_REPLIES)
    seconds = time.perf_counter() - began
    sent = PACED_REPLIES * len(clients)
    return sent / seconds, await world.messenger.calls() - calls - sent


async def report(size: Size) -> None:
    """Print all tables."""
    folder = tempfile.TemporaryDirectory()
    server = EmbeddedPostgres(Path(folder.name) / "data")
    url = server.start()
    await asyncio.to_thread(migrate, url)
    try:
        async with _opened(toy.DRIVER, url, Path(folder.name) / "files") as world:
            await world.connect()
            await _webhooks(world, url, size)
        print("\n| replies | chats | a second |\n|---|---|---|")
        for name, driver in ({"toy": toy.DRIVER} | _drivers()).items():
            async with _opened(driver, url, Path(folder.name) / name) as world:
                await world.connect()
                print(f"| {name} | {CHATS} | {await _replies(world, size.replies):.0f} |")
        print(
            "\n| replies within the limits | allowed a second | a second | refused |"
            "\n|---|---|---|---|"
        )
        for name, driver in _drivers().items():
            async with _opened(driver, url, Path(folder.name) / f"{name}-paced") as world:
                pace = await _as_in_life(name, world)
                rate, refused = await _within_limits(world, pace)
                print(f"| {name} | {pace.account:.0f} | {rate:.1f} | {refused} |")
    finally:
        server.stop()
        folder.cleanup()


def _drivers() -> dict[str, Any]:
    return {
        name: import_module(f"tests.contracts.channels.drivers.{name}").DRIVER
        for name in MESSENGERS
    }


@asynccontextmanager
async def _opened(driver: Any, url: str, folder: Path) -> AsyncIterator[World]:
    async with driver.start() as messenger, open_world(messenger, url, folder) as world:
        yield world


async def _as_in_life(name: str, world: World) -> Pace:
    """Give the adapter its own pace back, and the emulated Telegram its limits; connect."""
    pace: Pace = MESSENGERS[name].pace
    # Tests take the pace away from the object; what the class says is what the product keeps to.
    world.messenger.adapter.pace = pace  # type: ignore[misc]
    if isinstance(world.messenger, TelegramMessenger):
        await world.messenger.post("/pace", {})
    await world.connect()
    return pace
