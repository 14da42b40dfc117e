"""Puts the API onto an application."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.api import docs, health, hooks, messengers, sse, ws
from insurance_chat.api.chat import about
from insurance_chat.api.chat import routes as chat_api
from insurance_chat.api.chat import socket as chat_socket
from insurance_chat.api.chat.errors import register_chat_errors
from insurance_chat.api.chat.state import ChatState
from insurance_chat.api.deps import ApiServices
from insurance_chat.api.errors import register_errors
from insurance_chat.api.platform import admin_ai_tokens
from insurance_chat.api.settings import ApiSettings
from insurance_chat.api.shell import Shell
from insurance_chat.api.state import ApiState, Health
from insurance_chat.api.v1 import (
    agents,
    assist,
    auth,
    chat,
    commissions,
    elsewhere,
    files,
    handover,
    incidents,
    invitations,
    kb,
    kb_uploads,
    messages,
    mortgage,
    osago,
    policies,
    quality,
    reminders,
    updates,
    webhooks,
)
from insurance_chat.core.errors import not_found

ROUTERS: tuple[APIRouter, ...] = (
    messages.router,
    chat.router,
    handover.router,
    sse.router,
    ws.router,
    elsewhere.router,
    files.router,
    auth.router,
    agents.router,
    assist.router,
    invitations.router,
    policies.router,
    osago.router,
    mortgage.router,
    kb.router,
    kb_uploads.router,
    incidents.router,
    quality.router,
    updates.router,
    reminders.router,
    commissions.router,
    webhooks.router,
    admin_ai_tokens.router,
    hooks.router,
    messengers.router,
    health.router,
    docs.router,
    chat_api.router,
    chat_socket.router,
    about.router,
)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"]


def register_api(
    app: FastAPI,
    services: ApiServices,
    *,
    api: ApiSettings | None = None,
    accounts: AccountsSettings | None = None,
    health: Health | None = None,
) -> None:
    """Add all addresses of the API, its errors, its documentation and its outer skin.

    Args:
        services: what the composition root has built; also found at `app.state.services`.
        api, accounts: limits; read from the environment when left out.
        health: names parts of the process with `ok` or a reason, beside the database.
    """
    settings = api or ApiSettings()
    app.state.services = services
    app.state.api = state = ApiState(settings, accounts or AccountsSettings(), health)
    app.state.chat = chat = ChatState(settings, services.settings.core.host)
    register_errors(app)
    register_chat_errors(app)
    for router in ROUTERS:
        app.include_router(router, include_in_schema=_is_documented(router))
    _add_document(app)
    _add_catch_all(app)
    largest = (settings.upload_megabytes, services.settings.knowledge.max_file_megabytes)
    app.add_middleware(Shell, metrics=state.metrics, megabytes=largest, key_header=chat.keys.header)


def _is_documented(router: APIRouter) -> bool:
    """Whether this is `/v1`; other surfaces have documents of their own."""
    return any(getattr(route, "path", "").startswith("/v1/") for route in router.routes)


def _add_document(app: FastAPI) -> None:
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        """The document of the API, built at the first question."""
        if not document:
            document.update(docs.build_openapi(app))
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    if app.openapi_url is None:
        app.add_api_route("/openapi.json", openapi, include_in_schema=False)


def _add_catch_all(app: FastAPI) -> None:
    """Unknown addresses of the API answer as the API and not as the pages for people."""

    @app.api_route("/v1/{path:path}", methods=_METHODS, include_in_schema=False)
    @app.api_route("/api/chat", methods=_METHODS, include_in_schema=False)
    @app.api_route("/api/chat/{path:path}", methods=_METHODS, include_in_schema=False)
    @app.api_route("/api/debug", methods=_METHODS, include_in_schema=False)
    async def unknown(request: Request) -> None:
        """Refuse with 404, or with 405 when only the method is wrong."""
        _check_method(request)
        raise not_found("not_found", "Такого адреса нет.")


def _check_method(request: Request) -> None:
    allowed: set[str] = set()
    for route in (route for router in ROUTERS for route in router.routes):
        match, _ = route.matches(request.scope)
        if match is Match.PARTIAL:
            allowed |= getattr(route, "methods", None) or set()
    if allowed:
        raise StarletteHTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
