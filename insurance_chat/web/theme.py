"""The frame of every staff page: side bar, drawer on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources

from nicegui import ui

from insurance_chat.accounts.seed import NAME
from insurance_chat.core.principal import Principal, Role
from insurance_chat.web.markup import Markup, tag, text
from insurance_chat.web.notices import Bar, script
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.sidebar import sidebar
from insurance_chat.web.tables import show_html

ROLES = {Role.ADMIN: "администратор", Role.AGENT: "агент"}
THEMES = (
    ("auto", "brightness_auto", "как в системе"),
    ("light", "light_mode", "светлая"),
    ("dark", "dark_mode", "тёмная"),
)
_DARK = {"light": False, "dark": True}


@cache
def stylesheet() -> str:
    """CSS of all staff pages."""
    return resources.files(__package__ or "").joinpath("static/staff.css").read_text("utf-8")


def home_of(principal: Principal) -> str:
    """The first page of a role."""
    return f"{PREFIX}/admin/home" if principal.is_admin else f"{PREFIX}/workspace/chats"


@contextmanager
def frame(visit: Visit, title: str, theme: str) -> Iterator[None]:
    """Draw everything around the content of a page.

    Args:
        title: heading of the page; the tab shows it too.
        theme: `auto`, `light` or `dark`, as the person chose before.
    """
    ui.page_title(f"{title} — Страховой чат")
    ui.add_head_html(f"<style>{stylesheet()}</style>")
    ui.dark_mode(_DARK.get(theme))
    ui.colors(primary="#1f5fbf", negative="#b3261e", positive="#14683c")
    ui.add_body_html(tag("a", "К содержанию", href="#content", class_="skip"))
    ui.add_body_html(f"<script>{script()}</script>")
    drawer = ui.left_drawer(value=False, bordered=True)
    drawer.props("show-if-above breakpoint=900 width=248")
    with drawer.classes("side"):
        _side(visit, theme)
    with ui.header().classes("top"):
        ui.button(icon="menu", on_click=drawer.toggle, color=None).props(
            'flat round aria-label="Открыть меню"'
        )
        ui.label(title).classes("top-title")
        Bar(visit).draw()
    with ui.element("div").classes("content").props('id=content tabindex="-1"'):
        show_html(text(title), "h1")
        yield
    visit.live.follow(visit)


def _side(visit: Visit, theme: str) -> None:
    show_html(tag("span", visit.company or NAME), "div", "brand")
    with ui.element("nav").props('aria-label="Разделы"'):
        admin = visit.principal.is_admin
        show_html(sidebar(visit.path, admin=admin, updates=visit.updates))
    with ui.element("div").classes("side-end"):
        role = ROLES[visit.principal.role]
        show_html(tag("p", tag("b", visit.name), tag("br"), tag("span", role)), "div", "who")
        _theme_button(theme)
        show_html(_logout(), "div")


def _theme_button(theme: str) -> None:
    names = [name for name, _, _ in THEMES]
    place = names.index(theme) if theme in names else 0
    _, icon, title = THEMES[place]
    follows = names[(place + 1) % len(names)]
    script = (
        f"document.cookie = 'staff_theme={follows}; path={PREFIX}; max-age=31536000; samesite=lax';"
        "location.reload()"
    )
    ui.button(f"Тема: {title}", icon=icon, color=None).props("flat no-caps align=left").classes(
        "side-button"
    ).on("click", js_handler=f"() => {{ {script} }}")


def _logout() -> Markup:
    picture = tag("i", "logout", class_="material-icons", aria_hidden="true")
    button = tag("button", picture, tag("span", "Выйти"), type="submit", class_="logout")
    return tag("form", button, method="post", action=f"{PREFIX}/logout")
