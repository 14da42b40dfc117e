"""What the agent owes the service: own entries, totals, statements."""

from __future__ import annotations

from uuid import UUID

from insurance_chat.operators.commissions import overview
from insurance_chat.web import commissions as parts
from insurance_chat.web import tables
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit

ROOT = f"{PREFIX}/workspace/commissions"


async def build(visit: Visit) -> None:
    """Draw the filters, the totals, the list and the buttons of statements."""
    async with visit.unit() as (unit, principal):
        months = await overview.months(unit, principal)
        mine = UUID(principal.user_public_id or "")
        which = overview.wanted(
            principal,
            agent=mine,
            month=visit.query.get("month", ""),
            status=visit.query.get("status", ""),
        )
        page = await overview.list_entries(
            unit, principal, which, offset=tables.offset(visit), limit=tables.SIZE
        )
        totals = await overview.totals(unit, principal, which)
    tables.show_html(
        tag(
            "p",
            "Это комиссия, которую вы выплачиваете сервису за полисы, оформленные с его помощью.",
            class_="lead",
        )
    )
    tables.filters(visit, parts.month_field(visit, months), parts.status_field(visit))
    parts.show_totals(totals, agents=False)
    parts.statement_buttons(visit, mine)
    if page.rows:
        tables.table(visit, "Комиссия сервису", parts.columns(ROOT), page.rows, page.total)
    elif visit.query:
        tables.empty("Таких записей нет", "Измените фильтр или сбросьте его.")
    else:
        tables.empty(
            "Комиссий пока нет",
            "Запись появится здесь, когда вы оформите полис в чате или его купит ваш клиент.",
        )


async def build_one(visit: Visit) -> None:
    """Draw one entry with its lines and its history.

    Raises:
        ServiceError: `commission_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все комиссии", ROOT), "p")
    async with visit.unit() as (unit, principal):
        card = await overview.card(unit, principal, visit.uuid())
    parts.show_card(card, f"{PREFIX}/workspace/chats")
