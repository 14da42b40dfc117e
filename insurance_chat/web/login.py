"""Logging in, in one step or in two, and logging out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from insurance_chat.accounts import audit, auth
from insurance_chat.accounts.entrance import Attempt, Entrance
from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.models import User
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.web import session, theme
from insurance_chat.web.admin import wizard
from insurance_chat.web.entry_forms import (
    HTTP,
    address_of,
    code_form,
    entry_page,
    is_own_form,
    log_in_form,
)
from insurance_chat.web.session import PREFIX, Desk

log = structlog.get_logger()
FOREIGN = "Форма отправлена с другого сайта."
_LONGEST = 200
Handler = Callable[[Request], Awaitable[Response]]


def register_login(pages: FastAPI, desk: Desk) -> None:
    """Add the log-in forms, the log-out button's address and the first page of each role."""
    entrance = Entrance(desk.services.db, desk.limiter)
    for path, handler, method in (
        ("/", _home(desk), "GET"),
        ("/login", _show_login, "GET"),
        ("/login", _enter(desk, entrance), "POST"),
        ("/login/code", _show_code, "GET"),
        ("/login/code", _enter_code(desk, entrance), "POST"),
        ("/logout", _leave(desk), "POST"),
    ):
        pages.add_api_route(path, handler, methods=[method], include_in_schema=False)


def _home(desk: Desk) -> Handler:
    async def home(request: Request) -> Response:
        """Lead to the first page of the person's role."""
        try:
            async with desk.unit(session.read(request.session)) as (_, principal, _user):
                return RedirectResponse(theme.home_of(principal), 303)
        except ServiceError:
            return RedirectResponse(f"{PREFIX}/login", 303)

    return home


async def _show_login(request: Request) -> Response:
    """Show the form."""
    return entry_page(request, "Вход", log_in_form(_goal(request.query_params.get("next", ""))))


async def _show_code(request: Request) -> Response:
    """Ask for the code of whoever has just given the right password."""
    if session.read_half(request.session) is None:
        return RedirectResponse(f"{PREFIX}/login", 303)
    return entry_page(request, "Код для входа", code_form())


def _enter(desk: Desk, entrance: Entrance) -> Handler:
    async def enter(request: Request) -> Response:
        """Check the password; begin a session, or ask for the code."""
        if not is_own_form(request):
            return entry_page(request, "Вход", log_in_form("", FOREIGN), 403)
        data = await request.form()
        name, goal = str(data.get("login", "")).strip()[:_LONGEST], _goal(str(data.get("next", "")))
        attempt = Attempt(name, address_of(request), "pages")
        try:
            user = await entrance.first_step(attempt, str(data.get("password", "")))
        except ServiceError as error:
            log.info("staff_login_refused", code=error.code)
            form = log_in_form(goal, error.message, name)
            return entry_page(request, "Вход", form, HTTP.get(error.kind, 400))
        if user.totp_enabled_at is not None:
            session.begin_half(request.session, user, goal)
            return RedirectResponse(f"{PREFIX}/login/code", 303)
        return await _let_in(desk, request, user, goal)

    return enter


def _enter_code(desk: Desk, entrance: Entrance) -> Handler:
    async def enter_code(request: Request) -> Response:
        """Check the code and begin a session."""
        half = session.read_half(request.session)
        if half is None:
            return RedirectResponse(f"{PREFIX}/login", 303)
        if not is_own_form(request):
            return entry_page(request, "Код для входа", code_form(FOREIGN), 403)
        code = str((await request.form()).get("code", ""))[:_LONGEST]
        attempt = Attempt(half.login, address_of(request), "pages")
        try:
            user = await entrance.with_code(attempt, half.user, half.epoch, code)
        except ServiceError as error:
            log.info("staff_login_refused", code=error.code)
            return _code_refused(request, error)
        return await _let_in(desk, request, user, _goal(half.goal))

    return enter_code


def _code_refused(request: Request, error: ServiceError) -> HTMLResponse:
    status = HTTP.get(error.kind, 400)
    if error.code == "token_invalid":
        request.session.clear()
        return entry_page(request, "Вход", log_in_form("", error.message), status)
    return entry_page(request, "Код для входа", code_form(error.message), status)


async def _let_in(desk: Desk, request: Request, user: User, goal: str) -> Response:
    session.begin(request.session, user)
    return RedirectResponse(goal or await _first_page(desk, user), 303)


async def _first_page(desk: Desk, user: User) -> str:
    principal = auth.principal(user)
    if principal.is_admin:
        async with desk.services.db.unit() as unit:
            # Nobody has seen the first steps yet; afterwards the first page reminds of them.
            if await installation.progress(unit) is None:
                return f"{PREFIX}{wizard.PATH}"
    return theme.home_of(principal)


def _leave(desk: Desk) -> Handler:
    async def leave(request: Request) -> Response:
        """End the session, in the other open pages too."""
        identity = session.read(request.session)
        if identity is not None and is_own_form(request):
            try:
                async with desk.unit(identity) as (unit, principal, user):
                    await audit.record(unit, principal, "login.ended", f"agent:{user.public_id}")
            except ServiceError as error:
                # Somebody without a session has nothing to end.
                if error.kind is not Kind.UNAUTHENTICATED:
                    raise
            desk.ended.add(identity)
            request.session.clear()
        return RedirectResponse(f"{PREFIX}/login", 303)

    return leave


def _goal(wanted: str) -> str:
    inside = wanted.startswith(f"{PREFIX}/") and "\\" not in wanted and "\n" not in wanted
    return wanted if inside and not wanted.startswith(f"{PREFIX}/log") else ""
