"""The side bar: the few pages of every day on top, everything else in groups that fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import PREFIX


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: address below `/staff`, name of a Material icon, words."""

    path: str
    icon: str
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """Links under a heading that folds them."""

    title: str
    entries: tuple[Entry, ...]


UPDATES = "/admin/updates"
# Source of the order: the wireframes of the specification (knowledge, updates, chats, incidents,
# agents, reminders, settings).
DAILY = (
    Entry("/admin/home", "dashboard", "Главная"),
    Entry("/admin/knowledge", "menu_book", "База знаний"),
    Entry(UPDATES, "published_with_changes", "Обновления"),
    Entry("/admin/chats", "manage_search", "Чаты"),
    Entry("/admin/incidents", "report", "Инциденты"),
    Entry("/admin/agents", "group", "Агенты"),
    Entry("/admin/reminders", "notifications_active", "Напоминания"),
    Entry("/admin/settings", "settings", "Настройки"),
)
GROUPS = (
    Group(
        "Клиенты и деньги",
        (
            Entry("/admin/clients", "contacts", "Клиенты"),
            Entry("/admin/statistics", "insights", "Статистика"),
            Entry("/admin/commissions", "percent", "Комиссии"),
            Entry("/admin/audit", "history", "Журнал действий"),
        ),
    ),
    Group(
        "Ассистент",
        (
            Entry("/admin/channels", "sms", "Каналы"),
            Entry("/admin/knowledge/questions", "contact_support", "Вопросы без ответа"),
            Entry("/admin/models", "psychology", "Языковая модель"),
            Entry("/admin/cases", "fact_check", "Примеры для проверки"),
        ),
    ),
    Group(
        "Обслуживание",
        (
            Entry("/admin/backups", "backup", "Резервные копии"),
            Entry("/admin/exchanges", "sync_alt", "Обмен с polis.online"),
        ),
    ),
)
WORKSPACE = Group(
    "Работа с клиентами",
    (
        Entry("/workspace/chats", "forum", "Чаты с клиентами"),
        Entry("/workspace/clients", "groups", "Мои клиенты"),
        Entry("/workspace/invitations", "qr_code_2", "Приглашения"),
        Entry("/workspace/policies", "verified_user", "Полисы"),
        Entry("/workspace/reminders", "notifications", "Мои напоминания"),
        Entry("/workspace/commissions", "payments", "Комиссия сервису"),
        Entry("/workspace/statistics", "bar_chart", "Моя статистика"),
        Entry("/workspace/assistant", "school", "Узнать у ИИ"),
        Entry("/workspace/templates", "bolt", "Шаблоны"),
        Entry("/workspace/profile", "account_circle", "Мой профиль"),
    ),
)


def sidebar(path: str, *, admin: bool, updates: int = 0) -> Markup:
    """The links of a role; the group of the open page is unfolded.

    Args:
        path: address of the open page, e.g. `/staff/admin/chats`.
        updates: how many updates of insurers wait for a decision.
    """
    here = _open(path.removeprefix(PREFIX))
    if not admin:
        return _list(WORKSPACE.entries, here)
    groups = (_group(group, here) for group in (*GROUPS, WORKSPACE))
    return join(_list(DAILY, here, {UPDATES: updates}), *groups)


def entries() -> list[Entry]:
    """Every link of the side bar."""
    return [*DAILY, *(entry for group in (*GROUPS, WORKSPACE) for entry in group.entries)]


def _open(path: str) -> Entry | None:
    """The link that leads nearest to the open page."""
    fits = [one for one in entries() if path == one.path or path.startswith(f"{one.path}/")]
    return max(fits, key=lambda one: len(one.path), default=None)


def _group(group: Group, here: Entry | None) -> Markup:
    head = tag("summary", group.title, class_="side-title")
    return tag("details", head, _list(group.entries, here), open=here in group.entries)


def _list(
    entries: tuple[Entry, ...], here: Entry | None, counts: Mapping[str, int] | None = None
) -> Markup:
    known = counts or {}
    items = [_link(entry, here is entry, known.get(entry.path, 0)) for entry in entries]
    return tag("ul", *(tag("li", item) for item in items))


def _link(entry: Entry, current: bool, count: int = 0) -> Markup:
    picture = tag("i", entry.icon, class_="material-icons", aria_hidden="true")
    return tag(
        "a",
        picture,
        tag("span", entry.title),
        badge(str(count), "warn") if count else None,
        href=PREFIX + entry.path,
        aria_current="page" if current else None,
    )
