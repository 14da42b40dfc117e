"""«Напоминания» of the administrator: what goes out, to whom and when; calling one off."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.core.clock import format_date
from insurance_chat.insurance import reminders
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.admin.chats import as_day
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, options, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import REMINDER_STATES, moment, named

DUE = ("due", "Агент ещё не связался")
ALL = ("all", "Все")


async def build(visit: Visit) -> None:
    """Draw the filter and the list."""
    tables.show_html(
        tag(
            "p",
            "За 45, 30, 14, 7, 3 и 1 день до конца полиса. Клиенту напоминаем, если он согласился, его "
            "агенту — всегда.",
            class_="lead",
        )
    )
    states = [*((state, title) for state, (title, _) in REMINDER_STATES.items()), DUE, ALL]
    field = tag("select", options(states, _status_of(visit)), name="status")
    tables.filters(
        visit,
        tag("label", tag("span", "Статус"), field),
        tables.date_field(visit, "since", "С"),
        tables.date_field(visit, "until", "По"),
        tables.search_field(visit, "number", "Номер полиса"),
    )
    box = ui.element("div")
    await _draw(visit, box)


def _status_of(visit: Visit) -> str:
    """What will be sent is asked for most often, so it is what the page opens with."""
    return visit.query.get("status", "") or "pending"


async def _draw(visit: Visit, box: ui.element) -> None:
    order = visit.query.get("order", "at")
    async with visit.unit() as (unit, principal):
        page = await overview.list_reminders(
            unit,
            principal,
            status="" if _status_of(visit) == ALL[0] else _status_of(visit),
            number=visit.query.get("number", ""),
            since=as_day(visit.query.get("since", "")),
            until=as_day(visit.query.get("until", "")),
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    box.clear()
    with box:
        if page.rows:
            tables.table(visit, "Напоминания", _columns(visit, box), page.rows, page.total, order)
        elif visit.query:
            tables.empty("Таких напоминаний нет", "Измените фильтр или сбросьте его.")
        else:
            tables.empty(
                "Запланированных напоминаний нет",
                "Они появятся сами, когда клиент купит полис и согласится на напоминания или придёт "
                "по приглашению агента.",
            )


def _columns(visit: Visit, box: ui.element) -> list[Column[ReminderRow]]:
    return [
        Column("Когда", lambda row: moment(row.remind_at), "at"),
        Column("Полис", _policy, kind="wide"),
        Column("Заканчивается", lambda row: format_date(row.expire_at), "end"),
        Column("Что отправим", _what, kind="wrap"),
        Column("Статус", _status),
        Column("Действия", lambda row: _actions(visit, box, row), kind="act"),
    ]


def _policy(row: ReminderRow) -> Markup:
    under = tag("small", f"{row.number}, {row.company}")
    if row.session_id is None:
        return join(tag("b", row.title), " ", under)
    return join(link(row.title, f"{PREFIX}/admin/chats/{row.session_id}"), " ", under)


def _what(row: ReminderRow) -> Markup:
    ways = [name for name, used in (("в чат", row.in_chat), ("письмом", row.by_mail)) if used]
    whom = []
    if "client" in row.recipients:
        whom.append(f"клиенту {' и '.join(ways)}" if ways else "клиенту: ни чата, ни почты нет")
    if "agent" in row.recipients:
        whom.append("агенту в «Напоминания»")
    shown = tag("div", ", ".join(whom))
    if "client" not in row.recipients:
        return shown
    return join(shown, tag("details", tag("summary", "Текст"), tag("p", row.text, class_="hint")))


def _status(row: ReminderRow) -> Markup:
    if row.status == "sent" and "agent" in row.recipients and row.handled_at is None:
        return badge("Агент ещё не связался", "warn")
    if row.handled_at is not None:
        return badge("Обработано", "good")
    return named(REMINDER_STATES, row.status)


def _actions(visit: Visit, box: ui.element, row: ReminderRow) -> None:
    if row.status != "pending":
        return
    button = ui.button("Отменить", on_click=lambda: _ask(visit, box, row), color=None)
    button.props("flat dense no-caps").classes("danger")
    button.props["aria-label"] = f"Отменить напоминание о полисе {row.number}"


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
