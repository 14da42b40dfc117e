"""Mounts the staff pages. Everything of NiceGUI stays inside this package."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import nicegui
import structlog
from fastapi import FastAPI, Request
from nicegui import ui
from starlette.responses import RedirectResponse, Response

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge.sources import service as sources
from insurance_chat.web import session
from insurance_chat.web.admin import (
    agents,
    audit,
    backups,
    cases,
    channels,
    channels_account,
    channels_add,
    channels_letters,
    client_card,
    commission_entry,
    commission_rules,
    exchanges,
    home,
    incidents,
    knowledge,
    knowledge_add,
    knowledge_bin,
    knowledge_document,
    knowledge_questions,
    models,
    settings,
    updates,
    updates_add,
    updates_sources,
    wizard,
)
from insurance_chat.web.admin import chats as all_chats
from insurance_chat.web.admin import clients as all_clients
from insurance_chat.web.admin import commissions as all_commissions
from insurance_chat.web.admin import reminders as all_reminders
from insurance_chat.web.admin import statistics as all_statistics
from insurance_chat.web.downloads import register_downloads
from insurance_chat.web.login import register_login
from insurance_chat.web.ports import CheckLine, Checks, WebServices
from insurance_chat.web.register import register_registration
from insurance_chat.web.session import ADMIN, PREFIX, STAFF, Desk, Ended, Identity, Visit
from insurance_chat.web.tables import empty
from insurance_chat.web.theme import frame
from insurance_chat.web.workspace import (
    assistant,
    chats,
    clients,
    commissions,
    conversation,
    invitations,
    policies,
    profile,
    reminders,
    sale,
    statistics,
    templates,
)

log = structlog.get_logger()
Build = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StaffPage:
    """One page: address below `/staff`, heading, who may open it, what draws it."""

    path: str
    title: str
    roles: frozenset[Role]
    build: Build


PAGES = (
    StaffPage("/workspace/chats", "Чаты", STAFF, chats.build),
    StaffPage("/workspace/chats/{id}", "Чат", STAFF, conversation.build),
    StaffPage("/workspace/chats/{id}/sale", "Оформление", STAFF, sale.build),
    StaffPage("/workspace/clients", "Мои клиенты", STAFF, clients.build),
    StaffPage("/workspace/invitations", "Приглашения", STAFF, invitations.build),
    StaffPage("/workspace/policies", "Полисы", STAFF, policies.build),
    StaffPage("/workspace/reminders", "Напоминания", STAFF, reminders.build),
    StaffPage("/workspace/commissions", "Комиссия сервису", STAFF, commissions.build),
    StaffPage("/workspace/commissions/{id}", "Комиссия за полис", STAFF, commissions.build_one),
    StaffPage("/workspace/statistics", "Моя статистика", STAFF, statistics.build),
    StaffPage("/workspace/assistant", "Узнать у ИИ", STAFF, assistant.build),
    StaffPage("/workspace/templates", "Шаблоны", STAFF, templates.build),
    StaffPage("/workspace/profile", "Мой профиль", STAFF, profile.build),
    StaffPage("/admin/home", "Главная", ADMIN, home.build),
    StaffPage("/admin/chats", "Все чаты", ADMIN, all_chats.build),
    StaffPage("/admin/chats/{id}", "Чат и ход разговора", ADMIN, all_chats.build_one),
    StaffPage("/admin/clients", "Клиенты", ADMIN, all_clients.build),
    StaffPage("/admin/clients/{id}", "Клиент", ADMIN, client_card.build),
    StaffPage("/admin/channels", "Каналы", ADMIN, channels.build),
    StaffPage("/admin/channels/add", "Подключить мессенджер", ADMIN, channels_add.build),
    StaffPage("/admin/channels/undelivered", "Недоставленные", ADMIN, channels_letters.build),
    StaffPage("/admin/channels/{id}", "Канал", ADMIN, channels_account.build),
    StaffPage("/admin/cases", "Примеры для проверки", ADMIN, cases.build),
    StaffPage("/admin/incidents", "Инциденты", ADMIN, incidents.build),
    StaffPage("/admin/incidents/{id}", "Инцидент", ADMIN, incidents.build_one),
    StaffPage("/admin/statistics", "Статистика", ADMIN, all_statistics.build),
    StaffPage("/admin/knowledge", "База знаний", ADMIN, knowledge.build),
    StaffPage("/admin/knowledge/add", "Добавить информацию", ADMIN, knowledge_add.build),
    StaffPage("/admin/knowledge/bin", "Корзина", ADMIN, knowledge_bin.build),
    StaffPage("/admin/knowledge/questions", "Вопросы без ответа", ADMIN, knowledge_questions.build),
    StaffPage("/admin/knowledge/{id}", "Документ", ADMIN, knowledge_document.build),
    StaffPage("/admin/updates", "Обновления", ADMIN, updates.build),
    StaffPage("/admin/updates/sources", "Источники", ADMIN, updates_sources.build),
    StaffPage("/admin/updates/add", "Добавить источник", ADMIN, updates_add.build),
    StaffPage("/admin/updates/{id}", "Обновление", ADMIN, updates.build_one),
    StaffPage("/admin/agents", "Агенты", ADMIN, agents.build),
    StaffPage("/admin/audit", "Журнал действий", ADMIN, audit.build),
    StaffPage("/admin/commissions", "Комиссии", ADMIN, all_commissions.build),
    StaffPage("/admin/commissions/rules", "Правила комиссий", ADMIN, commission_rules.build),
    StaffPage("/admin/commissions/{id}", "Комиссия за полис", ADMIN, commission_entry.build),
    StaffPage("/admin/exchanges", "Обмен с polis.online", ADMIN, exchanges.build),
    StaffPage("/admin/models", "Языковая модель", ADMIN, models.build),
    StaffPage("/admin/backups", "Резервные копии", ADMIN, backups.build),
    StaffPage("/admin/reminders", "Напоминания", ADMIN, all_reminders.build),
    StaffPage("/admin/settings", "Настройки", ADMIN, settings.build),
    StaffPage("/admin/wizard", "Первая настройка", ADMIN, wizard.build),
)
SHORT = {
    "/workspace": "/workspace/chats",
    "/admin": "/admin/home",
}


async def _no_checks() -> Sequence[CheckLine]:
    return ()


def mount_web(app: FastAPI, services: WebServices, checks: Checks = _no_checks) -> None:
    """Serve the staff pages under `/staff`. Call once in a process.

    Args:
        app: the application of this process.
        services: what the pages read and change.
        checks: state of the service for the administrator's first page.
    """
    desk = Desk(services, checks, Ended(), LoginLimiter(services.settings.accounts))
    register_login(nicegui.app, desk)
    register_registration(nicegui.app, desk)
    register_downloads(nicegui.app, desk)
    for page in PAGES:
        _register(desk, page)
    for short, full in SHORT.items():
        _shorten(nicegui.app, short, PREFIX + full)
        _shorten(app, short, PREFIX + full)
    secure = services.settings.core.base_url.startswith("https://")
    ui.run_with(
        app,
        title="Страховой чат",
        favicon="🛡️",
        language="ru",
        dark=None,
        tailwind=False,
        mount_path=PREFIX,
        storage_secret=services.cipher.lookup("staff-session-key"),
        session_middleware_kwargs={
            "session_cookie": "staff_session",
            "max_age": session.SESSION_SECONDS,
            "path": PREFIX,
            "same_site": "lax",
            "https_only": secure,
        },
        show_welcome_message=False,
    )


def _shorten(app: FastAPI, short: str, full: str) -> None:
    async def lead() -> Response:
        """Lead from a short address to the page."""
        return RedirectResponse(full, 303)

    app.add_api_route(short, lead, methods=["GET"], include_in_schema=False)


def _register(desk: Desk, page: StaffPage) -> None:
    async def open_page(request: Request) -> Response | None:
        """Let the right person in and draw the page."""
        identity = session.read(request.session)
        try:
            async with desk.unit(identity) as (unit, principal, user):
                names = user.name, await installation.company_name(unit, principal)
                waiting = (await sources.counts(unit, principal)).waiting
            assert identity is not None
            visit = _visit(desk, identity, page, request, principal, names)
            visit = replace(visit, updates=waiting)
        except ServiceError as error:
            if error.kind is not Kind.UNAUTHENTICATED:
                raise
            return _to_login(request)
        await _draw(page, visit, request)
        return None

    ui.page(page.path, title=f"{page.title} — Страховой чат", response_timeout=15)(open_page)


def _visit(
    desk: Desk,
    identity: Identity,
    page: StaffPage,
    request: Request,
    principal: Principal,
    names: tuple[str, str],
) -> Visit:
    return Visit(
        desk=desk,
        identity=identity,
        roles=page.roles,
        principal=principal,
        name=names[0],
        company=names[1],
        path=PREFIX + request.url.path.removeprefix(PREFIX),
        query=dict(request.query_params),
        parts=dict(request.path_params),
    )


async def _draw(page: StaffPage, visit: Visit, request: Request) -> None:
    allowed = visit.principal.role in page.roles
    theme = request.cookies.get("staff_theme", "auto")
    with frame(visit, page.title if allowed else "Нет доступа", theme):
        if not allowed:
            ui.context.client.status_code = 403
            empty("Эта страница не для вашей роли", "Выберите раздел в меню.")
            return
        try:
            await page.build(visit)
        except ServiceError as error:
            ui.context.client.status_code = 404 if error.kind is Kind.NOT_FOUND else 400
            empty(error.message, "Вернитесь к списку или выберите раздел в меню.")


def _to_login(request: Request) -> Response:
    goal = PREFIX + request.url.path.removeprefix(PREFIX)
    if request.url.query:
        goal += f"?{request.url.query}"
    return RedirectResponse(f"{PREFIX}/login?next={quote(goal, safe='/')}", 303)
