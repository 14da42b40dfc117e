"""Commissions of all agents: totals, entries, what waits for a decision, paid in bulk, statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import agents
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.operators.commissions import ledger, overview
from insurance_chat.operators.commissions.overview import CommissionPage, CommissionView
from insurance_chat.operators.commissions.records import Wanted
from insurance_chat.operators.commissions.types import Status
from insurance_chat.web import commissions as parts
from insurance_chat.web import tables
from insurance_chat.web.acts import Acts
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import money, plural

ROOT = f"{PREFIX}/admin/commissions"
RULES = f"{ROOT}/rules"


@dataclass
class _Chosen:
    """Entries that are ticked, with their sums."""

    sums: dict[UUID, Decimal] = field(default_factory=dict)


async def build(visit: Visit) -> None:
    """Draw the filters, what waits, the totals and the list."""
    async with visit.unit() as (unit, principal):
        _wanted(visit, principal)  # a wrong address is refused before anything is drawn
        months = await overview.months(unit, principal)
        people = await agents.list_agents(unit, principal)
        waiting = await overview.list_entries(
            unit, principal, overview.wanted(principal, attention=True), limit=1
        )
    names = [(str(one.id), one.name) for one in people]
    show = [("attention", "Только требующие решения")]
    tables.filters(
        visit,
        parts.month_field(visit, months),
        tables.choice_field(visit, "agent", "Агент", names),
        parts.status_field(visit),
        tables.choice_field(visit, "show", "Показать", show),
    )
    if waiting.total:
        words = plural(waiting.total, "запись ждёт", "записи ждут", "записей ждут")
        advice = link(f"{words} вашего решения", f"{ROOT}?show=attention")
        tables.show_html(tag("p", advice, class_="note"))
    tables.show_html(link("Правила комиссий", RULES), "p")
    parts.statement_buttons(visit, _agent(visit))
    box = ui.element("div")
    await _draw(visit, box)


def _agent(visit: Visit) -> UUID | None:
    try:
        return UUID(visit.query["agent"]) if visit.query.get("agent") else None
    except ValueError as wrong:
        raise not_found("agent_not_found", "Агент не найден.") from wrong


def _wanted(visit: Visit, principal: Principal) -> Wanted:
    return overview.wanted(
        principal,
        agent=_agent(visit),
        month=visit.query.get("month", ""),
        status=visit.query.get("status", ""),
        attention=visit.query.get("show") == "attention",
    )


async def _page(visit: Visit, unit: Unit, principal: Principal) -> CommissionPage:
    return await overview.list_entries(
        unit,
        principal,
        _wanted(visit, principal),
        offset=tables.offset(visit),
        limit=tables.SIZE,
    )


async def _draw(visit: Visit, box: ui.element) -> None:
    async with visit.unit() as (unit, principal):
        page = await _page(visit, unit, principal)
        totals = await overview.totals(unit, principal, _wanted(visit, principal))
    box.clear()
    with box:
        # All months of all agents would be a list without end.
        parts.show_totals(totals, agents=bool(visit.query.get("month")))
        if page.rows:
            _list(visit, box, page)
        elif visit.query:
            tables.empty("Таких записей нет", "Измените фильтр или сбросьте его.")
        else:
            tables.empty(
                "Комиссий пока нет",
                "Запись появится, когда агент оформит полис в чате или полис купит его клиент.",
                link("Задать правила", RULES),
            )


def _list(visit: Visit, box: ui.element, page: CommissionPage) -> None:
    chosen = _Chosen()
    pay = (
        ui.button("Отметить оплаченными", icon="done_all")
        .props("no-caps unelevated")
        .classes("add")
    )
    pay.on_click(lambda: _pay(visit, box, chosen))
    pay.set_enabled(False)
    lines = ui.element("div")
    acts = Acts(lines)

    def tick(row: CommissionView) -> Markup:
        def turn(on: bool) -> None:
            if on:
                chosen.sums[row.id] = row.amount
            else:
                chosen.sums.pop(row.id, None)
            pay.set_enabled(bool(chosen.sums))

        if row.status is not Status.CONFIRMED:
            return Markup("")
        return acts.tick(f"Выбрать: {parts.subject(row)}, {row.agent_name}", turn)

    shown: list[Column[CommissionView]] = [
        Column("Выбрать", tick),
        *parts.columns(ROOT),
        Column("Агент", lambda row: row.agent_name),
    ]
    with lines:
        tables.table(visit, "Комиссии", shown, page.rows, page.total)


async def _pay(visit: Visit, box: ui.element, chosen: _Chosen) -> None:
    ids, owed = list(chosen.sums), sum(chosen.sums.values(), Decimal(0))
    words = plural(len(ids), "запись", "записи", "записей")
    detail = f"Агенты выплатили сервису {money(owed)}. Вернуть статус «Подтверждена» будет нельзя."
    if not await confirm(f"Отметить оплаченными: {words}?", detail, "Отметить"):
        return

    async def pay() -> None:
        try:
            async with visit.unit() as (unit, principal):
                count = await ledger.pay(unit, principal, ids)
        except ServiceError:
            await _draw(visit, box)
            raise
        ui.notify(f"Оплачено: {count}", type="positive")
        await _draw(visit, box)

    await visit.action(pay)()
