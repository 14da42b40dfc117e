"""What the pages of commissions share: names, columns, totals, the card of an entry, statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from nicegui import ui

from insurance_chat.core import sniff
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.errors import invalid
from insurance_chat.operators.commissions import sheets, statements
from insurance_chat.operators.commissions.names import (
    ATTENTION,
    KINDS,
    SIGNS,
    STATUSES,
    month_name,
)
from insurance_chat.operators.commissions.overview import CommissionCard, CommissionView, Total
from insurance_chat.operators.commissions.statements import Statement, rule_in_words
from insurance_chat.operators.commissions.types import Status
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment, money, product

TONES = {
    Status.REVIEW: "warn",
    Status.ACCRUED: "info",
    Status.CONFIRMED: "good",
    Status.PAID: "good",
    Status.CANCELLED: "",
}
_FORMATS: dict[str, tuple[str, Callable[[Statement], bytes]]] = {
    "xlsx": (sniff.XLSX, sheets.to_xlsx),
    "pdf": (sniff.PDF, sheets.to_pdf),
}
_LONGEST_SUM = 20


def status(value: Status) -> Markup:
    """A label of a status."""
    return badge(STATUSES[value], TONES[value])


def state(row: CommissionView) -> Markup:
    """Labels of a status and of what has to be looked at."""
    look = badge(ATTENTION[row.attention], "bad") if row.attention is not None else None
    return join(status(row.status), look, between=" ")


def subject(row: CommissionView) -> str:
    """What is owed for: a policy, or a sign of a sale outside the service."""
    if row.sign is not None:
        return SIGNS[row.sign]
    return row.policy_number or "Полис"


def columns(root: str) -> list[Column[CommissionView]]:
    """Columns of a list of entries.

    Args:
        root: address of the list; the card of an entry is below it.
    """

    def name(row: CommissionView) -> Markup:
        what = ", ".join(part for part in (product(row.product or ""), row.company) if part)
        return join(link(subject(row), f"{root}/{row.id}"), " ", tag("small", what))

    return [
        Column("За что", name, kind="wide"),
        Column("Премия", lambda row: money(row.premium), kind="num"),
        Column("Комиссия", lambda row: money(row.amount), kind="num"),
        Column("Статус", state),
        Column("Дата", lambda row: format_date(row.booked_on)),
    ]


def month_field(visit: Visit, months: Sequence[str]) -> Markup:
    """One of the months in which something was booked."""
    return tables.choice_field(visit, "month", "Месяц", [(one, month_name(one)) for one in months])


def status_field(visit: Visit) -> Markup:
    """One of the statuses."""
    return tables.choice_field(
        visit, "status", "Статус", [(one.value, title) for one, title in STATUSES.items()]
    )


def show_totals(totals: Sequence[Total], *, agents: bool) -> None:
    """Sums by month and status, and by agent if asked, with the sum of them all."""
    if not totals:
        return
    sums: dict[tuple[date, str, Status], tuple[int, Decimal]] = {}
    for one in totals:
        key = (one.month, one.agent_name if agents else "", one.status)
        entries, amount = sums.get(key, (0, Decimal(0)))
        sums[key] = entries + one.entries, amount + one.amount
    titles = ["Месяц", *(["Агент"] if agents else []), "Статус", "Записей"]
    heads = [tag("th", title, scope="col") for title in titles]
    rows = [
        _total(titles, month, agent, state_of_sum, *sums[month, agent, state_of_sum])
        for month, agent, state_of_sum in sums
    ]
    owed = money(sum((total.amount for total in totals), Decimal(0)))
    end = tag(
        "tr",
        tag("td", tag("b", "Итого"), colspan=len(titles), data_label=""),
        tag("td", tag("b", owed), class_="num", data_label="Комиссия"),
    )
    table = tag(
        "table",
        tag("caption", "Итоги", class_="hidden-text"),
        tag("thead", tag("tr", *heads, tag("th", "Комиссия", scope="col", class_="num"))),
        tag("tbody", *rows, end),
        class_="table",
    )
    box = tag("div", table, class_="table-box")
    tables.show_html(join(tag("h2", "Итоги"), box), "section", "add")


def _total(
    titles: Sequence[str], month: date, agent: str, state_of_sum: Status, count: int, owed: Decimal
) -> Markup:
    named = [agent] if "Агент" in titles else []
    values = [month_name(f"{month:%Y-%m}"), *named, status(state_of_sum), str(count)]
    cells = [
        tag("td", value, data_label=title) for title, value in zip(titles, values, strict=True)
    ]
    return tag("tr", *cells, tag("td", money(owed), data_label="Комиссия", class_="num"))


def statement_buttons(visit: Visit, agent: UUID | None) -> None:
    """Buttons that make the statement of the chosen month, of this one when none is chosen."""
    month = visit.query.get("month") or f"{moscow_today():%Y-%m}"

    async def give(ending: str) -> None:
        mime, render = _FORMATS[ending]
        async with visit.unit() as (unit, principal):
            statement = await statements.build(unit, principal, month, agent)
        data = await asyncio.to_thread(render, statement)
        ui.download.content(data, statement.file_name(ending), mime)

    with ui.element("div").classes("links add"):
        for ending in _FORMATS:
            button = ui.button(
                f"Выписка за {month_name(month)}, {ending.upper()}",
                icon="download",
                on_click=visit.action(lambda ending=ending: give(ending)),
                color=None,
            )
            button.props("flat no-caps").classes("quiet-button")


def show_card(card: CommissionCard, chat_root: str) -> None:
    """Draw an entry with its lines and its history.

    Args:
        chat_root: address of the pages of chats for this role.
    """
    row = card.entry
    chat = None
    if row.session_id is not None:
        chat = tag("p", link("Открыть переписку", f"{chat_root}/{row.session_id}"))
    facts = [
        ("Агент", row.agent_name),
        ("Продукт", product(row.product) if row.product else "—"),
        ("Страховая", row.company or "—"),
        ("Номер полиса", row.policy_number or "—"),
        ("Премия", money(row.premium)),
        ("Выпущен", format_date(row.issued_on) if row.issued_on else "—"),
        ("Комиссия сервису", money(row.amount)),
    ]
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    tables.show_html(
        join(
            tag("h2", subject(row)),
            tag("p", state(row)),
            tag("dl", *pairs, class_="details"),
            chat,
        ),
        "section",
        "panel",
    )
    tables.show_html(join(tag("h2", "Операции"), _lines(card)), "section", "panel")
    tables.show_html(join(tag("h2", "История"), _history(card)), "section", "panel")


def _lines(card: CommissionCard) -> Markup:
    if not card.lines:
        return tag("p", "Денег по этой записи ещё не начислено.")
    items = []
    for line in card.lines:
        rule = rule_in_words(line.rule_kind, line.rule_value)
        parts = [format_date(line.booked_on), KINDS[line.kind], rule, line.by, line.comment]
        words = ", ".join(part for part in parts if part)
        items.append(tag("li", tag("b", money(line.amount)), " ", tag("span", words)))
    return tag("ul", *items)


def _history(card: CommissionCard) -> Markup:
    items = []
    for change in card.changes:
        parts = [moment(change.at), change.by or "сервис", change.comment]
        words = ", ".join(part for part in parts if part)
        items.append(tag("li", status(change.after), " ", tag("span", words)))
    return tag("ul", *items)


def read_sum(text: str | None) -> Decimal:
    """Roubles as a person types them: «1 234,50», «-50».

    Raises:
        ServiceError: `amount_wrong`.
    """
    plain = "".join((text or "").split()).removesuffix("₽").replace(",", ".").replace("−", "-")
    try:
        if not plain or len(plain) > _LONGEST_SUM:
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation as wrong:
        raise invalid("amount_wrong", "Укажите сумму числом, например 1 234,50.") from wrong
