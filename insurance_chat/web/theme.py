"""The frame of every staff page: side bar, drawer on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources

from nicegui import ui

from insurance_chat.core.principal import Principal, Role
from insurance_chat.web.markup import Markup, tag, text
from insurance_chat.web.notices import Bar, script
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html

ROLES = {Role.ADMIN: "администратор", Role.AGENT: "агент"}
WORKSPACE = (
    ("/workspace/chats", "forum", "Чаты"),
    ("/workspace/clients", "groups", "Мои клиенты"),
    ("/workspace/invitations", "qr_code_2", "Приглашения"),
    ("/workspace/policies", "verified_user", "Полисы"),
    ("/workspace/reminders", "notifications", "Напоминания"),
    ("/workspace/commissions", "payments", "Комиссия сервису"),
    ("/workspace/statistics", "bar_chart", "Моя статистика"),
    ("/workspace/assistant", "school", "Узнать у ИИ"),
    ("/workspace/templates", "bolt", "Шаблоны"),
    ("/workspace/profile", "account_circle", "Мой профиль"),
)
ADMIN = (
    ("/admin/home", "dashboard", "Главная"),
    ("/admin/chats", "manage_search", "Все чаты"),
    ("/admin/incidents", "report", "Инциденты"),
    ("/admin/cases", "fact_check", "Примеры для проверки"),
    ("/admin/statistics", "insights", "Статистика"),
    ("/admin/knowledge", "menu_book", "База знаний"),
    ("/admin/agents", "group", "Агенты"),
    ("/admin/audit", "history", "Журнал действий"),
    ("/admin/commissions", "percent", "Комиссии"),
    ("/admin/exchanges", "sync_alt", "Обмен с polis.online"),
    ("/admin/models", "psychology", "Языковая модель"),
    ("/admin/backups", "backup", "Резервные копии"),
    ("/admin/settings", "settings", "Настройки"),
)
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
    show_html(tag("span", "Страховой чат"), "div", "brand")
    with ui.element("nav").props('aria-label="Разделы"'):
        if visit.principal.is_admin:
            _links(visit, "Управление", ADMIN)
        _links(visit, "Работа с клиентами", WORKSPACE)
    with ui.element("div").classes("side-end"):
        role = ROLES[visit.principal.role]
        show_html(tag("p", tag("b", visit.name), tag("br"), tag("span", role)), "div", "who")
        _theme_button(theme)
        show_html(_logout(), "div")


def _links(visit: Visit, title: str, links: tuple[tuple[str, str, str], ...]) -> None:
    show_html(text(title), "p", "side-title")
    items = []
    for path, icon, name in links:
        current = visit.path.startswith(PREFIX + path)
        picture = tag("i", icon, class_="material-icons", aria_hidden="true")
        items.append(
            tag(
                "li",
                tag(
                    "a",
                    picture,
                    tag("span", name),
                    href=PREFIX + path,
                    aria_current="page" if current else None,
                ),
            )
        )
    show_html(tag("ul", *items))


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
