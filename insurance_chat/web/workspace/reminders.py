"""Promises to remind of renewal: see them and cancel one."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.core.clock import format_date
from insurance_chat.insurance import reminders
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import RECIPIENTS, REMINDER_STATES, moment, named

DUE = ("due", "Пора связаться")


async def build(visit: Visit) -> None:
    """Draw the filter and the list."""
    states = [DUE, *((state, title) for state, (title, _) in REMINDER_STATES.items())]
    tables.filters(visit, tables.choice_field(visit, "status", "Статус", states))
    box = ui.element("div")
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.element) -> None:
    order = visit.query.get("order", "at")
    async with visit.unit() as (unit, principal):
        page = await overview.list_reminders(
            unit,
            principal,
            status=visit.query.get("status", ""),
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    box.clear()
    with box:
        if page.rows:
            tables.table(visit, "Напоминания", _columns(visit, box), page.rows, page.total, order)
        elif visit.query:
            tables.empty("Таких напоминаний нет", "Выберите другой статус или «Все».")
        else:
            tables.empty(
                "Напоминаний пока нет",
                "Они появятся, когда ваш клиент купит полис: вам — всегда, клиенту — если он согласен.",
            )


def _columns(visit: Visit, box: ui.element) -> list[Column[ReminderRow]]:
    return [
        Column("Когда", lambda row: moment(row.remind_at), "at"),
        Column("Полис", _policy, kind="wide"),
        Column("Заканчивается", lambda row: format_date(row.expire_at)),
        Column("Кому", lambda row: ", ".join(RECIPIENTS.get(one, one) for one in row.recipients)),
        Column("Статус", _status),
        Column("Действия", lambda row: _actions(visit, box, row), kind="act"),
    ]


def _policy(row: ReminderRow) -> Markup:
    under = tag("small", f"{row.number}, {row.company}")
    if row.session_id is None:
        return join(tag("b", row.title), " ", under)
    return join(link(row.title, f"{PREFIX}/workspace/chats/{row.session_id}"), " ", under)


def _is_due(row: ReminderRow) -> bool:
    return row.status == "sent" and "agent" in row.recipients and row.handled_at is None


def _status(row: ReminderRow) -> Markup:
    if _is_due(row):
        return badge("Пора связаться", "warn")
    if row.handled_at is not None:
        return badge("Обработано", "good")
    return named(REMINDER_STATES, row.status)


def _actions(visit: Visit, box: ui.element, row: ReminderRow) -> None:
    if row.status == "pending":
        button = ui.button("Отменить", on_click=lambda: _ask(visit, box, row), color=None)
        button.props("flat dense no-caps").classes("danger")
        button.props["aria-label"] = f"Отменить напоминание о полисе {row.number}"
    elif _is_due(row):
        done = visit.action(lambda: _handled(visit, box, row))
        button = ui.button("Обработано", on_click=done, color=None)
        button.props("flat dense no-caps").classes("quiet-button")
        button.props["aria-label"] = f"Обработано: полис {row.number}"


async def _handled(visit: Visit, box: ui.element, row: ReminderRow) -> None:
    async with visit.unit() as (unit, principal):
        await reminders.set_handled(unit, principal, row.id, done=True)
    ui.notify("Отмечено", type="positive")
    await _draw(visit, box)


async def _ask(visit: Visit, box: ui.element, row: ReminderRow) -> None:
    question = f"Отменить напоминание о полисе {row.number}?"
    detail = f"{moment(row.remind_at)} никому не напомним. Остальные напоминания останутся."
    if not await confirm(question, detail, "Отменить напоминание", refuse="Оставить"):
        return

    async def cancel() -> None:
        async with visit.unit() as (unit, principal):
            await reminders.set_status(unit, principal, row.id, "cancelled")
        ui.notify("Напоминание отменено", type="positive")
        await _draw(visit, box)

    await visit.action(cancel)()
