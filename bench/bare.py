"""The bare baseline: FastAPI, one insert, one notify, one WebSocket; nothing else."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import psycopg
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

URL = os.environ["DATABASE_URL"]


class Message(BaseModel):
    """What a client posts."""

    sessionId: str  # noqa: N815
    sender: str
    text: str
    clientMessageId: UUID  # noqa: N815


def create_app() -> FastAPI:
    """The baseline as an application."""
    pool = AsyncConnectionPool(
        URL, open=False, min_size=2, max_size=10, kwargs={"autocommit": True}
    )
    waiting: dict[str, list[asyncio.Event]] = defaultdict(list)

    async def listen() -> None:
        connection = await psycopg.AsyncConnection.connect(URL, autocommit=True)
        await connection.execute("listen bare")
        async for notice in connection.notifies():
            for event in waiting[notice.payload]:
                event.set()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.open()
        async with pool.connection() as connection:
            await connection.execute(
                "create table if not exists bare (id bigserial primary key, session text, body text)"
            )
        task = asyncio.get_running_loop().create_task(listen())
        yield
        task.cancel()
        await pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/messages", status_code=201)
    async def post(message: Message) -> dict[str, str]:
        async with pool.connection() as connection:
            await connection.execute(
                "with x as (insert into bare (session, body) values (%s, %s) returning 1)"
                " select pg_notify('bare', %s) from x",
                (message.sessionId, message.text, message.sessionId),
            )
        return {"id": str(uuid4())}

    @app.websocket("/ws/{session}")
    async def feed(socket: WebSocket, session: str) -> None:
        await socket.accept()
        event = asyncio.Event()
        waiting[session].append(event)
        try:
            while True:
                await event.wait()
                event.clear()
                await socket.send_json({"type": "message", "sender": "ai"})
        except WebSocketDisconnect:
            waiting[session].remove(event)

    return app
