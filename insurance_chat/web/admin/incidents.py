"""Incidents: what went wrong, its details, closed or open."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.conversations.overview import service as overview
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import INCIDENT_STATES, INCIDENT_TYPES, moment, named

ROOT = f"{PREFIX}/admin/incidents"
_FIELDS = {
    "text": "Текст",
    "reason": "Причина",
    "comment": "Комментарий",
    "action": "Шаг",
    "code": "Код ошибки",
    "seq": "Номер строки в переписке",
    "messageId": "Номер сообщения",
    "companyCode": "Страховая",
    "draftId": "Номер черновика",
    "sessionId": "Номер чата",
}


async def build(visit: Visit) -> None:
    """Draw the filters and the list."""
    async with visit.unit() as (unit, principal):
        page = await overview.list_incidents(
            unit,
            principal,
            status=visit.query.get("status", ""),
            kind=visit.query.get("type", ""),
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    states = [(state, title) for state, (title, _) in INCIDENT_STATES.items()]
    tables.filters(
        visit,
        tables.choice_field(visit, "status", "Статус", states),
        tables.choice_field(visit, "type", "Вид", list(INCIDENT_TYPES.items())),
    )
    if page.rows:
        tables.table(visit, "Инциденты, последние сверху", _columns(), page.rows, page.total)
    elif visit.query:
        tables.empty("Таких инцидентов нет", "Измените фильтр или сбросьте его.")
    else:
        tables.empty(
            "Инцидентов нет",
            "Сюда попадают жалобы клиентов на ответы, сбои и ответы, которые сервис не отправил. "
            "Делать ничего не нужно.",
        )


def _columns() -> list[Column[IncidentView]]:
    return [
        Column("Что случилось", _title, kind="wide"),
        Column("Статус", lambda row: named(INCIDENT_STATES, row.status)),
        Column("Когда", lambda row: moment(row.created_at)),
    ]


def _title(row: IncidentView) -> Markup:
    title = INCIDENT_TYPES.get(row.type, row.type)
    said = next((str(row.details[key]) for key in _FIELDS if row.details.get(key)), "")
    return join(link(title, f"{ROOT}/{row.id}"), " ", tag("small", said[:120]))


async def build_one(visit: Visit) -> None:
    """Draw one incident with a button that closes it or opens it again.

    Raises:
        ServiceError: `incident_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все инциденты", ROOT), "p")
    box = ui.element("div").classes("panel")
    async with visit.unit() as (unit, principal):
        incident = await overview.get_incident(unit, principal, visit.uuid())
    _draw(visit, box, incident)


def _draw(visit: Visit, box: ui.element, incident: IncidentView) -> None:
    closed = incident.status == "closed"

    async def turn() -> None:
        status = "open" if closed else "closed"
        async with visit.unit() as (unit, principal):
            changed = await overview.set_incident_status(unit, principal, incident.id, status)
        ui.notify("Инцидент закрыт" if status == "closed" else "Инцидент открыт", type="positive")
        _draw(visit, box, changed)

    box.clear()
    with box:
        tables.show_html(_facts(incident))
        words = "Открыть снова" if closed else "Закрыть инцидент"
        ui.button(words, on_click=visit.action(turn)).props("no-caps unelevated")


def _facts(incident: IncidentView) -> Markup:
    chat = None
    if incident.session_id is not None:
        chat = tag("p", link("Открыть переписку", f"{PREFIX}/admin/chats/{incident.session_id}"))
    details = [
        tag("div", tag("dt", _FIELDS.get(name, name)), tag("dd", _value(value)))
        for name, value in incident.details.items()
    ]
    return join(
        tag("h2", INCIDENT_TYPES.get(incident.type, incident.type)),
        tag("p", named(INCIDENT_STATES, incident.status), " ", moment(incident.created_at)),
        tag("dl", *details, class_="details") if details else tag("p", "Подробностей нет."),
        chat,
    )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
