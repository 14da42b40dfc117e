"""Issued policies: find one and download its PDF."""

from __future__ import annotations

from insurance_chat.core.clock import format_date
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.policies import PolicyView
from insurance_chat.web import tables
from insurance_chat.web.downloads import policy_path
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import POLICY_STATES, money, named


async def build(visit: Visit) -> None:
    """Draw the filters and the list."""
    order = visit.query.get("order", "created")
    async with visit.unit() as (unit, principal):
        page = await overview.list_policies(
            unit,
            principal,
            number=visit.query.get("number", ""),
            company=visit.query.get("company", ""),
            state=visit.query.get("state", ""),
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
        companies = await overview.list_companies(unit, principal)
    states = [(state, title) for state, (title, _) in POLICY_STATES.items()]
    tables.filters(
        visit,
        tables.search_field(visit, "number", "Номер полиса", "Можно часть номера"),
        tables.choice_field(visit, "company", "Страховая", companies),
        tables.choice_field(visit, "state", "Срок", states),
    )
    if page.rows:
        tables.table(visit, "Полисы", _columns(), page.rows, page.total, order)
    elif visit.query:
        tables.empty("Таких полисов нет", "Измените фильтр или сбросьте его.")
    else:
        tables.empty(
            "Полисов пока нет",
            "Полис появится здесь, как только клиент оформит и оплатит его в чате.",
        )


def _columns() -> list[Column[PolicyView]]:
    return [
        Column("Полис", _name, kind="wide"),
        Column("Страховая", lambda row: row.company),
        Column("Премия", lambda row: money(row.price), "price", "num"),
        Column("Начало", lambda row: format_date(row.start_date), "start"),
        Column("Окончание", lambda row: format_date(row.expire_at), "end"),
        Column("Срок", lambda row: named(POLICY_STATES, row.state)),
        Column("Действия", _links, kind="act"),
    ]


def _name(row: PolicyView) -> Markup:
    return join(tag("b", row.number), " ", tag("small", row.title))


def _links(row: PolicyView) -> Markup:
    pdf = link(
        "Скачать PDF",
        policy_path(row.id),
        target="_blank",
        aria_label=f"Скачать PDF полиса {row.number}",
    )
    chat = None
    if row.session_id is not None:
        chat = link("Чат", f"{PREFIX}/workspace/chats/{row.session_id}")
    return tag("div", pdf, chat, class_="links")
