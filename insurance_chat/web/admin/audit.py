"""The audit log: who did what, when and to whom."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import agents, audit
from insurance_chat.accounts.audit import AuditView
from insurance_chat.accounts.repository import AuditFilter
from insurance_chat.core.clock import MOSCOW, moscow_today
from insurance_chat.core.sheets import MIME, csv_file
from insurance_chat.web import tables
from insurance_chat.web.audit_words import action_name, details_text, target_name
from insurance_chat.web.markup import Markup, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

NOBODY = "никто не вошёл"


async def build(visit: Visit) -> None:
    """Draw the filters, the list and the button of the file."""
    wanted = _wanted(visit)
    async with visit.unit() as (unit, principal):
        page = await audit.list_entries(
            unit,
            principal,
            user=wanted.user,
            action=wanted.action,
            target=wanted.target,
            since=wanted.since,
            until=wanted.until,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
        actions = await audit.list_actions(unit, principal)
        staff = await agents.list_staff(unit, principal)
    tables.filters(
        visit,
        tables.choice_field(visit, "user", "Кто", [(str(one.id), one.name) for one in staff]),
        tables.choice_field(visit, "action", "Действие", _sorted(actions)),
        tables.date_field(visit, "since", "С"),
        tables.date_field(visit, "until", "По"),
        tables.search_field(visit, "target", "Над чем", "номер чата, агента, документа"),
    )
    if not page.rows:
        tables.empty("Записей нет", "Измените фильтр или сбросьте его.")
        return
    ui.button("Скачать CSV", icon="download", on_click=visit.action(lambda: _save(visit))).props(
        "no-caps outline"
    ).classes("add")
    tables.table(visit, "Журнал, последние сверху", _columns(), page.rows, page.total)


async def _save(visit: Visit) -> None:
    async with visit.unit() as (unit, principal):
        rows = await audit.export(unit, principal, _wanted(visit))
    data = csv_file(
        ("Время (Москва)", "Кто", "Действие", "Код", "Над чем", "Номер", "Подробности"),
        (_cells(row) for row in rows),
    )
    ui.download.content(data, f"audit-{moscow_today():%Y-%m-%d}.csv", MIME)


def _cells(row: AuditView) -> tuple[str, ...]:
    return (
        row.at.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M:%S"),
        row.user or NOBODY,
        action_name(row.action),
        row.action,
        target_name(row.target, row.target_name),
        row.target,
        details_text(row.details),
    )


def _columns() -> list[Column[AuditView]]:
    return [
        Column("Когда", lambda row: moment(row.at)),
        Column("Кто", lambda row: row.user or NOBODY),
        Column("Действие", _what, kind="wide"),
        Column("Над чем", lambda row: target_name(row.target, row.target_name), kind="wrap"),
    ]


def _what(row: AuditView) -> Markup:
    return join(action_name(row.action), " ", tag("small", details_text(row.details)[:300]))


def _sorted(actions: list[str]) -> list[tuple[str, str]]:
    return sorted(((code, action_name(code)) for code in actions), key=lambda pair: pair[1])


def _wanted(visit: Visit) -> AuditFilter:
    since, until = _day(visit, "since"), _day(visit, "until")
    return AuditFilter(
        user=_id(visit.query.get("user", "")),
        action=visit.query.get("action", "").replace("\x00", "")[:60],
        target=visit.query.get("target", "").replace("\x00", "").strip()[:120],
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _day(visit: Visit, name: str) -> date | None:
    try:
        day = date.fromisoformat(visit.query.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), MOSCOW)
