"""The web application: any of its parts in one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

from fastapi import FastAPI

from insurance_chat.api.app import register_api
from insurance_chat.api.health_page import router as health_page_router
from insurance_chat.api.legal import router as legal_router
from insurance_chat.main.checks import health_checks
from insurance_chat.main.page_headers import PageHeaders
from insurance_chat.main.service_state import ServiceState
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import SANDBOX_PATH, Services
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.web.widget.routes import router as widget_router


def create_app(settings: Settings, parts: frozenset[str]) -> FastAPI:
    """Build the application.

    Args:
        settings: with a database address, unless only the sandbox is served.
        parts: of `api` (machines and the widget), `web` (staff pages), `sandbox` (emulators).
    """
    own = parts & {"api", "web"}
    services = Services(settings) if own else None
    wanted = "sandbox" in parts and (not own or settings.sandbox.sandbox_enabled)
    sandbox = _sandbox(settings, alone=not own) if wanted else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if services is not None:
                await services.start()
                stack.push_async_callback(services.stop)
            if sandbox is not None:
                await stack.enter_async_context(sandbox.router.lifespan_context(sandbox))
            yield

    app = FastAPI(
        title="Страховой чат", version="1.0.0", lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.services = services
    if services is not None and "api" in parts:
        register_api(
            app, services, api=settings.api, accounts=settings.accounts, health=_health(settings)
        )
        app.include_router(widget_router)
        app.include_router(legal_router)
        app.include_router(health_page_router)
    if services is not None and "web" in parts:
        _mount_staff_pages(app, services)
    if sandbox is not None:
        app.mount(SANDBOX_PATH if own else "/", sandbox)
    app.add_middleware(PageHeaders)
    return app


def _mount_staff_pages(app: FastAPI, services: Services) -> None:
    # By name: NiceGUI costs half a second and 25 MB, and only this part of the product needs it.
    pages = import_module("insurance_chat.web.app")
    pages.mount_web(app, services, ServiceState(services).look)


def _health(settings: Settings) -> Callable[[], Awaitable[dict[str, str]]]:
    async def health() -> dict[str, str]:
        checks = await health_checks(settings)
        return {check.name: "ok" if check.ok else check.message for check in checks}

    return health


def _sandbox(settings: Settings, *, alone: bool) -> FastAPI:
    root = settings.core.base_url + ("" if alone else SANDBOX_PATH)
    folder = settings.core.data_dir.resolve() / "sandbox"
    return create_sandbox_app(root, folder, time_scale=settings.sandbox.sandbox_time_scale)
