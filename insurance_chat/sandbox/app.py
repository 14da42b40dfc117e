"""Builds the sandbox application: mounted under a prefix or served on its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI

from insurance_chat.sandbox import control, home, mail, site_control
from insurance_chat.sandbox.context import Sandbox, utc_now
from insurance_chat.sandbox.faults import Behaviour
from insurance_chat.sandbox.gateway.mounting import mount_gateway
from insurance_chat.sandbox.graph.mounting import mount_graph
from insurance_chat.sandbox.llm import control as llm_control
from insurance_chat.sandbox.llm import gigachat, openai
from insurance_chat.sandbox.middleware import PREFIX, FaultMiddleware
from insurance_chat.sandbox.polis_online import (
    auth,
    drafts,
    mortgage_quotes,
    payments,
    policies,
    quotes,
    reference,
)
from insurance_chat.sandbox.polis_online.webhooks import Courier
from insurance_chat.sandbox.polis_online.wire import WireError, refusal
from insurance_chat.sandbox.site import create_site_app
from insurance_chat.sandbox.store import Store
from insurance_chat.sandbox.telegram.mounting import mount_telegram
from insurance_chat.sandbox.voice import openai as voice


def create_sandbox_app(
    public_url: str = "",
    state_dir: Path | None = None,
    *,
    time_scale: float = 0.2,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The emulated outside world; its state is in `app.state.sandbox`.

    Args:
        public_url: address of the sandbox root as browsers see it; empty takes it from each request.
        state_dir: folder for the SQLite file; None keeps everything in memory.
        time_scale: 1 is life-like speed, 0.2 makes the 15-second insurer answer in 3, 0 is at once.
        clock: current moment with a time zone.
    """
    sandbox = Sandbox(
        Store(state_dir),
        public_url=public_url,
        behaviour=Behaviour(time_scale=time_scale),
        clock=clock,
    )
    courier = Courier(sandbox)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        courier.wake()
        telegram.start()
        yield
        await courier.stop()
        await stop_graph()
        await stop_gateway()
        await telegram.stop()

    app = FastAPI(title="Песочница", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.sandbox = sandbox
    stop_graph = mount_graph(app, sandbox)
    stop_gateway = mount_gateway(app, sandbox)
    telegram = mount_telegram(app, sandbox)
    app.add_middleware(FaultMiddleware, sandbox=sandbox, after=courier.wake)
    app.add_exception_handler(WireError, refusal)
    for part in (auth, reference, mortgage_quotes, quotes, drafts, payments, policies):
        app.include_router(part.router, prefix=PREFIX)
    for part in (openai, gigachat, llm_control):
        app.include_router(part.router)
    for router in (voice.router, voice.models, voice.control):
        app.include_router(router)
    for router in (payments.browser, policies.browser, control.router, mail.router, home.router):
        app.include_router(router)
    app.include_router(site_control.router)
    app.mount("/site", create_site_app(sandbox.site))
    return app
