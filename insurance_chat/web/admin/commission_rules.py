"""Rules of commissions: what counts now, what counted before, a new rule, the end of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import agents
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.errors import invalid
from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.products import PRODUCTS
from insurance_chat.operators.commissions import rules
from insurance_chat.operators.commissions.rules import NewRule, RuleView
from insurance_chat.operators.commissions.statements import rule_in_words
from insurance_chat.operators.commissions.types import RuleKind
from insurance_chat.web import commissions as parts
from insurance_chat.web import tables
from insurance_chat.web.admin.commissions import ROOT
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import Markup, badge, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import plural, product

Refresh = Callable[[], Awaitable[None]]
ANY = ""


async def build(visit: Visit) -> None:
    """Draw the list and the button of a new rule."""
    tables.show_html(link("← Все комиссии", ROOT), "p")
    tables.show_html(
        tag(
            "p",
            "Действует самое точное правило: для агента, затем для страховой, затем для продукта. "
            "Из одинаково точных — то, что началось позже. Начисленное раньше не меняется.",
            class_="lead",
        )
    )
    new = ui.button("Новое правило", icon="add").props("no-caps unelevated").classes("add")
    box = ui.element("div")

    async def refresh() -> None:
        await _draw(visit, box, refresh)

    new.on_click(visit.action(lambda: _new(visit, refresh)))
    await refresh()


async def _draw(visit: Visit, box: ui.element, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        found = await rules.list_rules(unit, principal)
    first = tables.offset(visit)
    box.clear()
    with box:
        if found:
            shown = found[first : first + tables.SIZE]
            tables.table(visit, "Правила", _columns(visit, refresh), shown, len(found))
        else:
            tables.empty(
                "Правил пока нет",
                "Пока нет правила, полисы агентов попадают в комиссии без суммы и ждут вас.",
            )


def _columns(visit: Visit, refresh: Refresh) -> list[Column[RuleView]]:
    def end(row: RuleView) -> None:
        if row.valid_to is None:
            button = ui.button("Завершить", on_click=lambda: _end(visit, refresh, row), color=None)
            button.props("flat dense no-caps").classes("danger")
            button.props["aria-label"] = f"Завершить правило: {_scope(row)}"

    return [
        Column("Для чего", _scope, kind="wide"),
        Column("Комиссия", lambda row: rule_in_words(row.kind, row.value), kind="num"),
        Column("С", lambda row: format_date(row.valid_from)),
        Column("По", lambda row: format_date(row.valid_to) if row.valid_to else "—"),
        Column("Сейчас", _now),
        Column("Действия", end, kind="act"),
    ]


def _scope(row: RuleView) -> str:
    parts_of_scope = [
        f"агент {row.agent_name}" if row.agent_name else "",
        company_name(row.company) if row.company else "",
        product(row.product) if row.product else "",
    ]
    return ", ".join(part for part in parts_of_scope if part) or "Все полисы"


def _now(row: RuleView) -> Markup:
    if row.in_force:
        return badge("Действует", "good")
    return (
        badge("Ещё не началось", "info") if row.valid_from > moscow_today() else badge("Завершено")
    )


async def _new(visit: Visit, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        people = await agents.list_agents(unit, principal)
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Новое правило"
        ui.label("Новое правило").classes("ask-title")
        agent = _select("Агент", {ANY: "Любой"} | {str(one.id): one.name for one in people})
        company = _select("Страховая", {ANY: "Любая"} | {i.slug: i.short for i in all_insurers()})
        sold = _select("Продукт", {ANY: "Любой"} | {code: product(code) for code in PRODUCTS})
        kinds = {RuleKind.PERCENT.value: "% от премии", RuleKind.FIXED.value: "₽ за каждый полис"}
        kind = _select("Как считать", kinds)
        value = ui.input("Сколько").props("outlined inputmode=decimal")
        since = ui.input("Действует с", value=moscow_today().isoformat())
        since.props("outlined type=date")

        async def add() -> None:
            rule = NewRule(
                product=sold.value or None,
                company=company.value or None,
                agent=UUID(agent.value) if agent.value else None,
                kind=RuleKind(kind.value),
                value=parts.read_sum(value.value),
                valid_from=_day(since.value),
            )
            async with visit.unit() as (unit, principal):
                dialog.submit(await rules.add(unit, principal, rule))

        _agree(dialog, "Добавить", visit.action(add))
    counted = await answer_of(dialog)
    if counted is not None:
        words = plural(counted, "запись", "записи", "записей")
        ui.notify(f"Правило добавлено, начислено: {words}", type="positive")
        await visit.action(refresh)()


async def _end(visit: Visit, refresh: Refresh, row: RuleView) -> None:
    latest = max(moscow_today(), row.valid_from - timedelta(days=1))
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Завершить правило"
        ui.label(f"Завершить правило: {_scope(row)}?").classes("ask-title")
        ui.label("Начисленное по нему останется.")
        last = ui.input("Последний день", value=latest.isoformat()).props("outlined type=date")

        async def end() -> None:
            async with visit.unit() as (unit, principal):
                await rules.end(unit, principal, row.id, _day(last.value))
            dialog.submit(True)

        _agree(dialog, "Завершить", visit.action(end))
    if await answer_of(dialog):
        ui.notify("Правило завершено", type="positive")
        await visit.action(refresh)()


def _select(title: str, names: dict[str, str]) -> ui.select:
    return ui.select(names, value=next(iter(names)), label=title).props("outlined")


def _agree(dialog: ui.dialog, title: str, click: Callable[[], Awaitable[None]]) -> None:
    with ui.row().classes("ask-buttons"):
        ui.button("Не сейчас", on_click=dialog.close, color=None).props("flat no-caps").classes(
            "quiet-button"
        )
        ui.button(title, on_click=click).props("no-caps unelevated")


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as wrong:
        raise invalid("date_wrong", "Укажите дату.") from wrong
