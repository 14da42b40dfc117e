"""Insurance agents: approve, block, status, companies, phone, new password, reset of codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import agents, totp
from insurance_chat.accounts.agents import AgentView
from insurance_chat.accounts.phones import show_phone
from insurance_chat.conversations.handover import requests
from insurance_chat.insurance.policies import company_name
from insurance_chat.web import tables
from insurance_chat.web.acts import Acts, Do
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
    acts = Acts(box)

    async def refresh() -> None:
        await _draw(visit, box, acts, refresh)

    new.on_click(lambda: agent_forms.new_agent(visit, refresh))
    await refresh()


async def _draw(visit: Visit, box: ui.element, acts: Acts, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        found = await agents.list_agents(unit, principal)
        phones = await agents.list_phones(unit, principal)
    first = tables.offset(visit)
    shown = sorted(found, key=lambda one: one.approved)[first : first + tables.SIZE]
    box.clear()
    acts.clear()
    with box:
        if shown:
            tables.table(visit, "Агенты", _columns(visit, acts, refresh, phones), shown, len(found))
        else:
            tables.empty("Агентов пока нет", "Заведите первого кнопкой «Новый агент».")


def _columns(
    visit: Visit, acts: Acts, refresh: Refresh, phones: dict[UUID, str]
) -> list[Column[AgentView]]:
    return [
        Column("Агент", lambda row: _name(row, phones.get(row.id)), kind="wrap"),
        Column("Доступ", _access, kind="wrap"),
        Column("Сейчас", _presence, kind="wrap"),
        Column("Компании", _companies, kind="wrap"),
        Column("Действия", lambda row: _buttons(visit, acts, refresh, row), kind="act"),
    ]


def _name(row: AgentView, phone: str | None) -> Markup:
    number = tag("div", tag("small", show_phone(phone))) if phone else None
    return join(tag("b", row.name), " ", tag("small", row.login), number)


def _access(row: AgentView) -> Markup:
    if row.blocked:
        return badge("Заблокирован", "bad")
    if not row.approved:
        return badge("Ждёт подтверждения", "warn")
    codes = tag("small", "вход по коду") if row.totp else None
    since = tag("small", f"заведён {moment(row.created_at)}")
    return join(badge("Открыт", "good"), " ", codes, " ", since)


def _presence(row: AgentView) -> Markup:
    seen = tag("small", f"последний раз {moment(row.seen_at)}") if row.seen_at else None
    return join(named(AGENT_STATES, row.status.value), " ", seen)


def _companies(row: AgentView) -> str:
    return ", ".join(company_name(code) for code in row.companies) or "не указаны"


def _buttons(visit: Visit, acts: Acts, refresh: Refresh, row: AgentView) -> Markup:
    shown: list[Markup] = []

    def button(title: str, click: Do) -> None:
        shown.append(acts.button(title, f"{title}: {row.name}", click))

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

    if not row.approved:
        button("Подтвердить", visit.action(approve))
    if row.blocked:
        button("Разблокировать", visit.action(unblock))
    else:
        button("Заблокировать", lambda: _block(visit, refresh, row))
    button("Статус", lambda: agent_forms.status(visit, refresh, row))
    button("Компании", lambda: agent_forms.companies(visit, refresh, row))
    button("Новый пароль", lambda: agent_forms.new_password(visit, row))
    if row.totp:
        button("Сбросить вход по коду", lambda: _reset_codes(visit, refresh, row))
    return tag("span", *shown, class_="links")


async def _block(visit: Visit, refresh: Refresh, row: AgentView) -> None:
    detail = (
        "Агент сразу выйдет на всех устройствах и не сможет войти, пока вы его не разблокируете."
    )
    if not await confirm(f"Заблокировать агента {row.name}?", detail, "Заблокировать"):
        return

    async def block() -> None:
        async with visit.unit() as (unit, principal):
            await agents.set_blocked(unit, principal, row.id, blocked=True)
            # Open pages of this agent look at once and are led to the log-in.
            await requests.wake(unit, principal.tenant_id)
        ui.notify(f"{row.name}: доступ закрыт", type="positive")
        await refresh()

    await visit.action(block)()


async def _reset_codes(visit: Visit, refresh: Refresh, row: AgentView) -> None:
    detail = (
        "Для входа хватит пароля, пока агент снова не включит коды в своём профиле. Сначала "
        "убедитесь, что о сбросе просит сам агент."
    )
    if not await confirm(f"Сбросить вход по коду: {row.name}?", detail, "Сбросить"):
        return

    async def reset() -> None:
        async with visit.unit() as (unit, principal):
            await totp.reset(unit, principal, row.id)
        ui.notify(f"{row.name}: вход по коду сброшен", type="positive")
        await refresh()

    await visit.action(reset)()
