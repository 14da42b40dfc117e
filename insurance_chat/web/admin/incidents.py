"""Incidents: what went wrong, with filters; one incident with its evidence and the work on it."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.overview.filters import ChatFilter
from insurance_chat.conversations.overview.service import Choices
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.reports.repository import IncidentFilter
from insurance_chat.web import tables
from insurance_chat.web.admin import incident_evidence, incident_pull_away, incident_work
from insurance_chat.web.admin.chats import as_day, as_uuid
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import INCIDENT_STATES, INCIDENT_TYPES, moment, named

ROOT = f"{PREFIX}/admin/incidents"
REPORTERS = {
    "client": "Клиент",
    "agent": "Агент",
    "admin": "Администратор",
    "service": "Сам сервис",
}
_FIELDS = {
    "question": "Вопрос",
    "why": "Почему не показано",
    "comment": "Комментарий",
    "text": "Текст",
    "reason": "Причина",
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
        choices = await overview.choices(unit, principal)
        page = await reports.list_incidents(
            unit,
            principal,
            read_filter(visit),
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    _filters(visit, choices)
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


def read_filter(visit: Visit) -> IncidentFilter:
    """The filter of the address; values that make no sense do not narrow."""
    asked = visit.query
    period = ChatFilter(since=as_day(asked.get("from", "")), until=as_day(asked.get("to", "")))
    return IncidentFilter(
        status=asked.get("status", ""),
        kind=asked.get("type", ""),
        agent=as_uuid(asked.get("agent", "")),
        reporter=asked.get("reporter", ""),
        since=period.begins,
        until=period.ends,
    )


def _filters(visit: Visit, choices: Choices) -> None:
    states = [(state, title) for state, (title, _) in INCIDENT_STATES.items()]
    fields = [
        tables.choice_field(visit, "status", "Статус", states),
        tables.choice_field(visit, "type", "Вид", list(INCIDENT_TYPES.items())),
        tables.choice_field(visit, "reporter", "Кто сообщил", list(REPORTERS.items())),
    ]
    if choices.agents:
        agents = [(str(agent), name) for agent, name in choices.agents]
        fields.append(tables.choice_field(visit, "agent", "Агент", agents))
    fields += [tables.date_field(visit, "from", "С"), tables.date_field(visit, "to", "По")]
    tables.filters(visit, *fields)


def _columns() -> list[Column[IncidentView]]:
    return [
        Column("Что случилось", _title, kind="wide"),
        Column("Статус", lambda row: named(INCIDENT_STATES, row.status)),
        Column("Кто сообщил", reported_by),
        Column("Кто разбирает", lambda row: str(row.resolution.get("by") or "—")),
        Column("Когда", lambda row: moment(row.created_at)),
    ]


def reported_by(row: IncidentView) -> str:
    """Who noticed it, in a word."""
    kind = (row.reporter or "").partition(":")[0]
    return REPORTERS.get("client" if kind == "user" else kind, REPORTERS["service"])


def _title(row: IncidentView) -> Markup:
    title = INCIDENT_TYPES.get(row.type, row.type)
    said = next((str(row.details[key]) for key in _FIELDS if row.details.get(key)), "")
    return join(link(title, f"{ROOT}/{row.id}"), " ", tag("small", said[:120]))


async def build_one(visit: Visit) -> None:
    """Draw one incident: the facts, what the chat says, and the work on it.

    Raises:
        ServiceError: `incident_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все инциденты", ROOT), "p")
    box = ui.element("div")

    async def draw(written: str) -> None:
        await _draw(visit, box, draw, written)

    await draw("")


async def _draw(visit: Visit, box: ui.element, again: incident_work.Redraw, written: str) -> None:
    async with visit.unit() as (unit, principal):
        incident = await reports.get_incident(unit, principal, visit.uuid())
        evidence = await reports.evidence(unit, principal, visit.uuid())
    box.clear()
    with box:
        tables.show_html(_facts(incident), "div", "panel")
        if incident_pull_away.is_hit(incident):
            tables.show_html(incident_pull_away.evidence(incident), "div", "panel")
        elif evidence.answer is not None:
            tables.show_html(incident_evidence.shown(evidence), "div", "panel")
        with ui.element("div").classes("panel form"):
            if incident_pull_away.is_hit(incident) and incident.status != "closed":
                incident_pull_away.draw_decision(visit, incident, again)
            else:
                incident_work.draw(visit, incident, evidence, again, written)


def _facts(incident: IncidentView) -> Markup:
    chat = None
    if incident.session_id is not None:
        chat = tag("p", link("Открыть переписку", f"{PREFIX}/admin/chats/{incident.session_id}"))
    shown = {} if incident_pull_away.is_hit(incident) else incident.details
    details = [
        tag("div", tag("dt", _FIELDS.get(name, name)), tag("dd", _value(value)))
        for name, value in shown.items()
    ]
    return join(
        tag("h2", INCIDENT_TYPES.get(incident.type, incident.type)),
        tag(
            "p",
            named(INCIDENT_STATES, incident.status),
            f" {moment(incident.created_at)} · сообщил: {reported_by(incident).lower()}",
        ),
        tag("dl", *details, class_="details") if details else None,
        chat,
        incident_evidence.history(incident),
    )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
