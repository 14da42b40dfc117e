"""Dialogs about one agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.accounts import agents
from insurance_chat.accounts.agents import AgentStatus, AgentView
from insurance_chat.accounts.passwords import readable_password
from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.session import Visit
from insurance_chat.web.words import AGENT_STATES

Refresh = Callable[[], Awaitable[None]]


async def new_agent(visit: Visit, refresh: Refresh) -> None:
    """Ask for a name, a log-in and companies; the password is made here and shown once."""
    password = readable_password()
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Новый агент"
        ui.label("Новый агент").classes("ask-title")
        name = ui.input("Имя и фамилия").props("outlined autofocus maxlength=200")
        login = ui.input("Логин").props("outlined maxlength=120 autocapitalize=none")
        phone = ui.input("Телефон, увидит только администратор").props(
            "outlined maxlength=40 type=tel"
        )
        known = companies_field([])

        async def add() -> None:
            async with visit.unit() as (unit, principal):
                added = await agents.register(
                    unit,
                    principal.tenant_id,
                    principal,
                    name=name.value or "",
                    login=login.value or "",
                    password=password,
                    companies=known.value,
                    phone=phone.value or "",
                )
            dialog.submit(added)

        dialog_buttons(dialog, "Завести", visit.action(add))
    added = await answer_of(dialog)
    if added is not None:
        await refresh()
        await _show_password(f"Агент {added.name} заведён", added.login, password)


async def companies(visit: Visit, refresh: Refresh, agent: AgentView) -> None:
    """Choose the insurers that an agent knows."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Компании агента"
        ui.label(f"Компании агента {agent.name}").classes("ask-title")
        known = companies_field(agent.companies)

        async def save() -> None:
            async with visit.unit() as (unit, principal):
                await agents.set_companies(unit, principal, agent.id, known.value)
            dialog.submit(True)

        dialog_buttons(dialog, "Сохранить", visit.action(save))
    saved = await answer_of(dialog)
    if saved:
        ui.notify("Компании сохранены", type="positive")
        await refresh()


async def status(visit: Visit, refresh: Refresh, agent: AgentView) -> None:
    """Say for an agent whether they take chats."""
    names = {code: title for code, (title, _) in AGENT_STATES.items()}
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Статус агента"
        ui.label(f"Статус агента {agent.name}").classes("ask-title")
        choice = ui.radio(names, value=agent.status.value)
        choice.props["aria-label"] = "Статус"

        async def save() -> None:
            async with visit.unit() as (unit, principal):
                await agents.set_status(unit, principal, agent.id, AgentStatus(choice.value))
            dialog.submit(True)

        dialog_buttons(dialog, "Сохранить", visit.action(save))
    if await answer_of(dialog):
        ui.notify(f"{agent.name}: статус изменён", type="positive")
        await refresh()


async def new_password(visit: Visit, agent: AgentView) -> None:
    """Make a new password; whoever is logged in with the old one is out."""
    password = readable_password()
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Новый пароль"
        ui.label(f"Новый пароль для агента {agent.name}?").classes("ask-title")
        ui.label("Прежний пароль перестанет работать, агент выйдет на всех устройствах.")

        async def change() -> None:
            async with visit.unit() as (unit, principal):
                await agents.set_password(unit, principal, agent.id, password)
            dialog.submit(True)

        dialog_buttons(dialog, "Сменить пароль", visit.action(change))
    changed = await answer_of(dialog)
    if changed:
        await _show_password("Пароль сменён", agent.login, password)


def companies_field(chosen: list[str]) -> ui.select:
    """Insurers to choose from.

    Args:
        chosen: codes that are chosen now.
    """
    names = {one.slug: one.short for one in all_insurers()}
    # A company that is not in the list any more stays with the agent until it is taken away.
    names |= {code: code for code in chosen if code not in names}
    field = ui.select(names, value=chosen, multiple=True, label="Компании")
    return field.props("outlined use-chips")


def dialog_buttons(dialog: ui.dialog, agree: str, click: Callable[[], Awaitable[None]]) -> None:
    """«Отмена» and the button that does it.

    Args:
        agree: the verb.
    """
    with ui.row().classes("ask-buttons"):
        ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
            "quiet-button"
        )
        ui.button(agree, on_click=click).props("no-caps unelevated")


async def _show_password(title: str, login: str, password: str) -> None:
    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("ask-title")
        ui.label("Передайте агенту логин и пароль. Пароль показан один раз, потом его не узнать.")
        ui.input("Логин", value=login).props("outlined readonly")
        ui.input("Пароль", value=password).props("outlined readonly autofocus")
        with ui.row().classes("ask-buttons"):
            ui.button("Пароль записан", on_click=dialog.close).props("no-caps unelevated")
    await answer_of(dialog)
