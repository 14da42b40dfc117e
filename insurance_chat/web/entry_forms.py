"""Forms before the log-in: plain HTML, so that they work before any script has loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import HTMLResponse

from insurance_chat.accounts.agents import MOST_COMPANIES
from insurance_chat.core.errors import Kind
from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.web import theme
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX

HTTP = {
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.RATE_LIMITED: 429,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.INVALID: 400,
    Kind.UNAVAILABLE: 503,
}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def is_own_form(request: Request) -> bool:
    """Whether a form was sent from one of our own pages."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def address_of(request: Request) -> str:
    """Where the visitor comes from."""
    return request.client.host if request.client is not None else "unknown"


def log_in_form(goal: str, refusal: str = "", name: str = "") -> Markup:
    """The log-in and the password.

    Args:
        goal: page to open afterwards.
        refusal: why the last attempt failed.
        name: log-in of the last attempt.
    """
    return _form(
        "/login",
        "Вход для сотрудников",
        refusal,
        _field(
            "Логин",
            refusal,
            name="login",
            value=name,
            autocomplete="username",
            autofocus=not name,
            autocapitalize="none",
            spellcheck="false",
        ),
        _field(
            "Пароль",
            refusal,
            type="password",
            name="password",
            autocomplete="current-password",
            autofocus=bool(name),
        ),
        tag("input", type="hidden", name="next", value=goal),
        tag("button", "Войти", type="submit", class_="main"),
        tag("p", link("Зарегистрироваться как агент", f"{PREFIX}/register")),
        tag(
            "p",
            "Логин и пароль выдаёт администратор. Пароль первого администратора записан в файле "
            "first-start.json в папке с данными.",
            class_="hint",
        ),
    )


def code_form(refusal: str = "") -> Markup:
    """The code of the app, after the right password."""
    return _form(
        "/login/code",
        "Код для входа",
        refusal,
        _field(
            "Шесть цифр из приложения",
            refusal,
            name="code",
            autocomplete="one-time-code",
            inputmode="numeric",
            maxlength=12,
            autofocus=True,
        ),
        tag("button", "Войти", type="submit", class_="main"),
        tag("p", link("Войти под другим логином", f"{PREFIX}/login")),
        tag(
            "p",
            "Потеряли телефон с кодами? Администратор может сбросить вход по коду.",
            class_="hint",
        ),
    )


def register_form(
    refusal: str = "",
    typed: Mapping[str, str] | None = None,
    companies: Sequence[str] = (),
) -> Markup:
    """An application of an agent; what was typed before a refusal stays, but for the password."""
    said = typed or {}
    return _form(
        "/register",
        "Регистрация агента",
        refusal,
        tag("p", "Заявку проверит администратор. После этого можно будет войти.", class_="hint"),
        _field(
            "Имя и фамилия",
            refusal,
            name="name",
            value=said.get("name", ""),
            maxlength=200,
            autocomplete="name",
            autofocus=not said,
        ),
        _field(
            "Логин",
            name="login",
            value=said.get("login", ""),
            maxlength=120,
            autocomplete="username",
            autocapitalize="none",
            spellcheck="false",
        ),
        _field(
            "Пароль, не короче 10 символов",
            type="password",
            name="password",
            minlength=10,
            maxlength=200,
            autocomplete="new-password",
        ),
        _field(
            "Телефон, увидит только администратор",
            needed=False,
            type="tel",
            name="phone",
            value=said.get("phone", ""),
            maxlength=40,
            autocomplete="tel",
        ),
        _companies(companies),
        tag("button", "Отправить заявку", type="submit", class_="main"),
        tag("p", link("Уже есть логин? Войти", f"{PREFIX}/login")),
    )


def applied_note() -> Markup:
    """What follows a good application."""
    return tag(
        "div",
        tag("h1", "Заявка отправлена"),
        tag(
            "p",
            "Администратор проверит её и откроет доступ. Тогда войдите с вашим логином и паролем.",
        ),
        tag("p", link("На страницу входа", f"{PREFIX}/login")),
        class_="login",
        role="status",
    )


def read_companies(values: Sequence[object]) -> list[str]:
    """Insurers that were ticked; anything else that a form may carry is left out."""
    known = {one.slug for one in all_insurers()}
    return [str(value) for value in values if value in known][:MOST_COMPANIES]


def entry_page(request: Request, title: str, body: Markup, status: int = 200) -> HTMLResponse:
    """A page of somebody who is not logged in."""
    brand = tag("div", "Страховой чат", class_="brand")
    return HTMLResponse(
        document(
            title,
            tag("main", brand, body, class_="login-box"),
            request.cookies.get("staff_theme", "auto"),
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


def _form(address: str, title: str, refusal: str, *parts: Markup) -> Markup:
    said = tag("p", refusal, class_="refusal", role="alert", id="refusal") if refusal else None
    return tag(
        "form",
        tag("h1", title),
        said,
        *parts,
        method="post",
        action=f"{PREFIX}{address}",
        class_="login",
    )


def _field(
    title: str, refusal: str = "", needed: bool = True, **attributes: str | bool | int | None
) -> Markup:
    described = "refusal" if refusal else None
    field = tag("input", **attributes, required=needed, aria_describedby=described)
    return tag("label", tag("span", title), field)


def _companies(chosen: Sequence[str]) -> Markup:
    choices = [
        tag(
            "label",
            tag(
                "input", type="checkbox", name="company", value=one.slug, checked=one.slug in chosen
            ),
            tag("span", one.short),
        )
        for one in all_insurers()
    ]
    return tag(
        "fieldset",
        tag("legend", "С какими компаниями вы работаете"),
        join(*choices),
        class_="choices",
    )
