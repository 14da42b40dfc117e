"""Promises to remind of renewal: see them and cancel one."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.insurance import reminders
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.confirm import confirm
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import RECIPIENTS, REMINDER_STATES, moment, named


async def build(visit: Visit) -> None:
    """Draw the filter and the list."""
    states = [(state, title) for state, (title, _) in REMINDER_STATES.items()]
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
                "Они появятся, когда клиент купит полис и согласится, чтобы ему напомнили о продлении.",
            )


def _columns(visit: Visit, box: ui.element) -> list[Column[ReminderRow]]:
    def cancel(row: ReminderRow) -> None:
        if row.status == "pending":
            button = ui.button("Отменить", on_click=lambda: _ask(visit, box, row), color=None)
            button.props("flat dense no-caps").classes("danger")
            button.props["aria-label"] = f"Отменить напоминание о полисе {row.number}"

    return [
        Column("Когда", lambda row: moment(row.remind_at), "at"),
        Column("Полис", lambda row: f"{row.number}, {row.company}", kind="wide"),
        Column("Кому", lambda row: ", ".join(RECIPIENTS.get(one, one) for one in row.recipients)),
        Column("Статус", lambda row: named(REMINDER_STATES, row.status)),
        Column("Действия", cancel, kind="act"),
    ]


async def _ask(visit: Visit, box: ui.element, row: ReminderRow) -> None:
    question = f"Отменить напоминание о полисе {row.number}?"
    detail = f"Письмо {moment(row.remind_at)} не уйдёт. Остальные напоминания останутся."
    if not await confirm(question, detail, "Отменить напоминание", refuse="Оставить"):
        return

    async def cancel() -> None:
        async with visit.unit() as (unit, principal):
            await reminders.set_status(unit, principal, row.id, "cancelled")
        ui.notify("Напоминание отменено", type="positive")
        await _draw(visit, box)

    await visit.action(cancel)()
