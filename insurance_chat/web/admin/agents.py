"""Insurance agents: approve, block, the companies that they know, a new agent, a new password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentView
from insurance_chat.insurance.policies import company_name
from insurance_chat.web import tables
from insurance_chat.web.admin import agent_forms
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import AGENT_STATES, moment, named

Refresh = Callable[[], Awaitable[None]]


async def build(visit: Visit) -> None:
    """Draw the list and the button of a new agent."""
    new = ui.button("Новый агент", icon="person_add").props("no-caps unelevated").classes("add")
    box = ui.element("div")

    async def refresh() -> None:
        await _draw(visit, box, refresh)

    new.on_click(lambda: agent_forms.new_agent(visit, refresh))
    await refresh()


async def _draw(visit: Visit, box: ui.element, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        found = await agents.list_agents(unit, principal)
    first = tables.offset(visit)
    shown = sorted(found, key=lambda one: one.approved)[first : first + tables.SIZE]
    box.clear()
    with box:
        if shown:
            tables.table(visit, "Агенты", _columns(visit, refresh), shown, len(found))
        else:
            tables.empty("Агентов пока нет", "Заведите первого кнопкой «Новый агент».")


def _columns(visit: Visit, refresh: Refresh) -> list[Column[AgentView]]:
    return [
        Column("Агент", _name, kind="wide"),
        Column("Доступ", _access),
        Column("Сейчас", lambda row: named(AGENT_STATES, row.status.value)),
        Column("Компании", _companies, kind="wrap"),
        Column("Заведён", lambda row: moment(row.created_at)),
        Column("Действия", lambda row: _buttons(visit, refresh, row), kind="act"),
    ]


def _name(row: AgentView) -> Markup:
    return join(tag("b", row.name), " ", tag("small", row.login))


def _access(row: AgentView) -> Markup:
    if row.blocked:
        return badge("Заблокирован", "bad")
    return badge("Открыт", "good") if row.approved else badge("Ждёт подтверждения", "warn")


def _companies(row: AgentView) -> str:
    return ", ".join(company_name(code) for code in row.companies) or "не указаны"


def _buttons(visit: Visit, refresh: Refresh, row: AgentView) -> None:
    def button(title: str, click: Callable[[], Awaitable[None]]) -> None:
        shown = ui.button(title, on_click=click, color=None)
        shown.props("flat dense no-caps").classes("quiet-button")
        shown.props["aria-label"] = f"{title}: {row.name}"

    async def approve() -> None:
        async with visit.unit() as (unit, principal):
            await agents.approve(unit, principal, row.id)
        ui.notify(f"{row.name} может войти", type="positive")
        await refresh()

    async def unblock() -> None:
        async with visit.unit() as (unit, principal):
            await agents.set_blocked(unit, principal, row.id, blocked=False)
        ui.notify(f"{row.name} снова может войти", type="positive")
        await refresh()

    with ui.element("div").classes("links"):
        if not row.approved:
            button("Подтвердить", visit.action(approve))
        if row.blocked:
            button("Разблокировать", visit.action(unblock))
        else:
            button("Заблокировать", lambda: _block(visit, refresh, row))
        button("Компании", lambda: agent_forms.companies(visit, refresh, row))
        button("Новый пароль", lambda: agent_forms.new_password(visit, row))


async def _block(visit: Visit, refresh: Refresh, row: AgentView) -> None:
    detail = (
        "Агент сразу выйдет на всех устройствах и не сможет войти, пока вы его не разблокируете."
    )
    if not await confirm(f"Заблокировать агента {row.name}?", detail, "Заблокировать"):
        return

    async def block() -> None:
        async with visit.unit() as (unit, principal):
            await agents.set_blocked(unit, principal, row.id, blocked=True)
        ui.notify(f"{row.name}: доступ закрыт", type="positive")
        await refresh()

    await visit.action(block)()
