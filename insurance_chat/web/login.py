"""Logging in and out: plain forms, so that they work before any script has loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from insurance_chat.accounts import auth
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.models import User
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.web import session, theme
from insurance_chat.web.markup import Markup, tag
from insurance_chat.web.session import PREFIX, Desk

log = structlog.get_logger()
HTTP = {
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.RATE_LIMITED: 429,
    Kind.NOT_FOUND: 404,
    Kind.INVALID: 400,
    Kind.UNAVAILABLE: 503,
}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[Request], Awaitable[Response]]


def register_login(pages: FastAPI, desk: Desk) -> None:
    """Add the log-in form, the log-out button's address and the first page of each role."""
    limiter = LoginLimiter(desk.services.settings.accounts)

    async def home(request: Request) -> Response:
        """Lead to the first page of the person's role."""
        try:
            async with desk.unit(session.read(request.session)) as (_, principal, _user):
                return RedirectResponse(theme.home_of(principal), 303)
        except ServiceError:
            return RedirectResponse(f"{PREFIX}/login", 303)

    async def form(request: Request) -> Response:
        """Show the form."""
        return _page(request, _goal(request.query_params.get("next", "")))

    async def enter(request: Request) -> Response:
        """Check the password and begin a session."""
        if not _own(request):
            return _page(request, "", "Форма отправлена с другого сайта.", 403)
        data = await request.form()
        name, goal = str(data.get("login", "")).strip()[:200], _goal(str(data.get("next", "")))
        try:
            user = await _check(desk, limiter, request, name, str(data.get("password", "")))
        except ServiceError as error:
            return _page(request, goal, error.message, HTTP.get(error.kind, 400), name)
        session.begin(request.session, user)
        return RedirectResponse(goal or theme.home_of(auth.principal(user)), 303)

    async def leave(request: Request) -> Response:
        """End the session, in the other open pages too."""
        identity = session.read(request.session)
        if identity is not None and _own(request):
            desk.ended.add(identity)
            request.session.clear()
        return RedirectResponse(f"{PREFIX}/login", 303)

    pages.add_api_route("/", home, methods=["GET"], include_in_schema=False)
    pages.add_api_route("/login", form, methods=["GET"], include_in_schema=False)
    pages.add_api_route("/login", enter, methods=["POST"], include_in_schema=False)
    pages.add_api_route("/logout", leave, methods=["POST"], include_in_schema=False)


async def _check(
    desk: Desk, limiter: LoginLimiter, request: Request, name: str, password: str
) -> User:
    address = request.client.host if request.client is not None else "unknown"
    with limiter.attempt(name, address):
        try:
            async with desk.services.db.unit() as unit:
                return await auth.check_credentials(unit, name, password)
        except ServiceError as error:
            limiter.failed(name, address)
            log.info("staff_login_refused", code=error.code)
            raise


def _own(request: Request) -> bool:
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _goal(wanted: str) -> str:
    inside = wanted.startswith(f"{PREFIX}/") and "\\" not in wanted and "\n" not in wanted
    return wanted if inside and not wanted.startswith(f"{PREFIX}/log") else ""


def _page(
    request: Request, goal: str, refusal: str = "", status: int = 200, name: str = ""
) -> HTMLResponse:
    said = tag("p", refusal, class_="refusal", role="alert", id="refusal") if refusal else None
    described = "refusal" if refusal else None
    fields = tag(
        "form",
        tag("h1", "Вход для сотрудников"),
        said,
        tag(
            "label",
            tag("span", "Логин"),
            tag(
                "input",
                name="login",
                value=name,
                autocomplete="username",
                required=True,
                autofocus=not name,
                autocapitalize="none",
                spellcheck="false",
                aria_describedby=described,
            ),
        ),
        tag(
            "label",
            tag("span", "Пароль"),
            tag(
                "input",
                type="password",
                name="password",
                autocomplete="current-password",
                required=True,
                autofocus=bool(name),
                aria_describedby=described,
            ),
        ),
        tag("input", type="hidden", name="next", value=goal),
        tag("button", "Войти", type="submit", class_="main"),
        tag(
            "p",
            "Логин и пароль выдаёт администратор. Пароль первого администратора записан в файле "
            "first-start.json в папке с данными.",
            class_="hint",
        ),
        method="post",
        action=f"{PREFIX}/login",
        class_="login",
    )
    chosen = request.cookies.get("staff_theme", "auto")
    return HTMLResponse(
        document(
            "Вход",
            tag("main", tag("div", "Страховой чат", class_="brand"), fields, class_="login-box"),
            chosen,
        ),
        status,
        HEADERS,
    )


def document(title: str, body: Markup, theme_name: str = "auto") -> str:
    """A whole page without NiceGUI."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{title} — Страховой чат</title><style>{theme.stylesheet()}</style>"
    )
    dark = {"dark": "body--dark", "light": "body--light"}.get(theme_name, "body--auto")
    return f'<!doctype html><html lang="ru"><head>{head}</head><body class="{dark}">{body}</body></html>'
