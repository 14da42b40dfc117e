"""«Моя статистика»: an agent's own figures, and what became of their reports."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.conversations import incidents
from insurance_chat.conversations.incidents import OwnReport
from insurance_chat.operators.pull_away import appeals
from insurance_chat.operators.pull_away.hits import Hit, State
from insurance_chat.operators.pull_away.types import Level
from insurance_chat.operators.statistics import service
from insurance_chat.web import figures
from insurance_chat.web.admin.incident_evidence import DECISIONS
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import INCIDENT_STATES, INCIDENT_TYPES, moment, named

HIT_STATES = {
    State.OPEN: ("Ждёт решения", "warn"),
    State.APPEALED: ("Вы оспорили", "info"),
    State.UPHELD: ("Нарушение подтверждено", "bad"),
    State.DISMISSED: ("Нарушения нет", "good"),
    State.CLOSED: ("Закрыто", ""),
}


async def build(visit: Visit) -> None:
    """Draw the period, the caller's figures and their reports.

    Raises:
        ServiceError: `period_wrong`.
    """
    period = figures.period_of(visit)
    figures.period_form(visit, period)
    async with visit.unit() as (unit, principal):
        mine = await service.own(unit, principal, period)
        reports = await incidents.list_own_reports(unit, principal)
        stopped = await appeals.list_own(unit, principal)
    columns = figures.of_agents()[1:]
    cards = [
        tag("div", tag("dt", one.title), tag("dd", one.cell(mine)), title=one.meaning)
        for one in columns
    ]
    meanings = [tag("div", tag("dt", one.title), tag("dd", one.meaning)) for one in columns]
    shown = join(
        tag("h2", "Мои результаты"),
        tag("dl", *cards, class_="figures"),
        tag("details", tag("summary", "Что значат цифры"), tag("dl", *meanings)),
    )
    show_html(shown, "section", "panel")

    async def save() -> None:
        async with visit.unit() as (unit, principal):
            found = await service.own(unit, principal, period)
        name = f"my-results-{period.since}-{period.until}.csv"
        ui.download.content(figures.file_of(figures.of_agents(), [found]), name, "text/csv")

    ui.button("Скачать CSV", icon="download", on_click=visit.action(save)).props("flat no-caps")
    show_html(_reports(reports), "section", "panel")
    if stopped:
        show_html(_stopped(stopped), "section", "panel")


def _reports(reports: list[OwnReport]) -> Markup:
    title = tag("h2", "Мои сообщения администратору")
    if not reports:
        return join(title, tag("p", "Вы ещё ни о чём не сообщали."))
    return join(title, tag("ul", *(tag("li", _report(one)) for one in reports)))


def _report(report: OwnReport) -> Markup:
    said = f"«{report.said}»" if report.said else ""
    chat = None
    if report.session_id is not None:
        chat = link("Чат", f"{PREFIX}/workspace/chats/{report.session_id}")
    answer = tag("p", report.comment) if report.comment else None
    return join(
        tag("b", INCIDENT_TYPES.get(report.type, report.type)),
        " ",
        named(INCIDENT_STATES, report.status),
        " ",
        badge(DECISIONS[report.decision]) if report.decision in DECISIONS else None,
        f" {moment(report.created_at)} {said} ",
        chat,
        answer,
    )


def _stopped(hits: list[Hit]) -> Markup:
    """Messages that the service stopped or changed, and what the administrator decided."""
    return join(
        tag("h2", "Сообщения под проверкой"),
        tag("ul", *(tag("li", _hit(one)) for one in hits)),
    )


def _hit(hit: Hit) -> Markup:
    happened = "Не отправлено" if hit.level is Level.BLOCK else "Отправлено, контакты скрыты"
    state, tone = HIT_STATES[hit.state]
    return join(
        tag("b", happened),
        " ",
        badge(state, tone),
        f" {moment(hit.created_at)} «{hit.text}»",
        tag("p", f"Причина: {'; '.join(hit.reasons)}."),
        tag("p", f"Ваше возражение: {hit.appeal}") if hit.appeal else None,
        tag("p", hit.comment) if hit.comment else None,
    )
