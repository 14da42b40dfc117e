"""Lists: a form of filters, a table sorted and paged by the server, a word when there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nicegui import ui

from insurance_chat.web.markup import Markup, join, link, options, tag, text
from insurance_chat.web.session import Visit

SIZE = 25
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    Args:
        title: heading; it also labels the value on a phone.
        cell: text or markup of a row, or None when it has built elements itself.
        sort: value of `order` in the address; empty when the list cannot be sorted by it.
        kind: CSS class of the cells: `num`, `wide`, `act`.
    """

    title: str
    cell: Callable[[Row], str | None]
    sort: str = ""
    kind: str = ""


def offset(visit: Visit) -> int:
    """How many rows the page of the address skips."""
    return (visit.number("page") - 1) * SIZE


def show_html(markup: Markup, element: str = "div", classes: str = "") -> ui.html:
    """Put markup on the page; its texts were escaped when it was made."""
    return ui.html(markup, sanitize=False, tag=element).classes(classes)


def filters(visit: Visit, *fields: Markup) -> None:
    """A form whose values become parameters of the address."""
    clean = link("Сбросить", visit.path, class_="quiet") if visit.query else None
    show_html(
        tag(
            "form",
            *fields,
            tag("button", "Показать", type="submit", class_="plain"),
            clean,
            method="get",
            action=visit.path,
            class_="filters",
        )
    )


def search_field(visit: Visit, name: str, title: str, hint: str = "") -> Markup:
    """A text to look for."""
    field = tag(
        "input", type="search", name=name, value=visit.query.get(name, ""), placeholder=hint
    )
    return tag("label", tag("span", title), field, class_="grow")


def choice_field(visit: Visit, name: str, title: str, choices: list[tuple[str, str]]) -> Markup:
    """One of several values; the first one is «all»."""
    chosen = visit.query.get(name, "")
    field = tag("select", options([("", "Все"), *choices], chosen), name=name)
    return tag("label", tag("span", title), field)


def date_field(visit: Visit, name: str, title: str) -> Markup:
    """A day to choose."""
    field = tag("input", type="date", name=name, value=visit.query.get(name, ""))
    return tag("label", tag("span", title), field)


def table(
    visit: Visit,
    caption: str,
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    total: int,
    order: str = "",
) -> None:
    """Show a page of rows with links to the other pages and orders.

    Args:
        caption: what the table is, for screen readers.
        total: rows on all pages.
        order: the order in force, e.g. `updated` or `-updated`.
    """
    with ui.element("div").classes("table-box"), ui.element("table").classes("table"):
        show_html(text(caption), "caption", "hidden-text")
        with ui.element("thead"):
            heads = join(*(_head(visit, column, order) for column in columns))
            show_html(heads, "tr")
        with ui.element("tbody") as body:
            for row in rows:
                _row(body, columns, row)
    _pages(visit, total)


def _row(body: ui.element, columns: Sequence[Column[Row]], row: Row) -> None:
    """A row of texts is one element for the server; only cells with buttons are elements of their own.

    Measured: every element costs about 0.2 ms of the page, and a page has 25 rows.
    """
    cells: list[tuple[Column[Row], str | None, list[ui.element]]] = []
    for column in columns:
        known = len(body.default_slot.children)
        value = column.cell(row)
        cells.append((column, value, body.default_slot.children[known:]))
    if all(value is not None and not built for _, value, built in cells):
        show_html(join(*(_text_cell(column, value or "") for column, value, _ in cells)), "tr")
        return
    with ui.element("tr"):
        for column, value, built in cells:
            words = tag("span", value) if value is not None else Markup("")
            cell = show_html(words, "td") if value is not None and not built else ui.element("td")
            cell.classes(column.kind or "cell").props["data-label"] = column.title
            for one in built:
                one.move(cell)


def _text_cell(column: Column[Row], value: str) -> Markup:
    words = tag("span", value)
    return tag("td", words, class_=column.kind or "cell", data_label=column.title)


def _head(visit: Visit, column: Column[Row], order: str) -> Markup:
    if not column.sort:
        return tag("th", column.title, scope="col", class_=column.kind or None)
    current = order.removeprefix("-") == column.sort
    turned = f"-{column.sort}" if current and not order.startswith("-") else column.sort
    arrow = ("▲" if order.startswith("-") else "▼") if current else ""
    direction = "ascending" if order.startswith("-") else "descending"
    return tag(
        "th",
        link(f"{column.title} {arrow}".strip(), visit.address(order=turned, page=None)),
        scope="col",
        class_=column.kind or None,
        aria_sort=direction if current else None,
    )


def _pages(visit: Visit, total: int) -> None:
    last = max(1, -(-total // SIZE))
    if last == 1:
        return
    page = min(visit.number("page"), last)
    back = link("← Назад", visit.address(page=page - 1)) if page > 1 else None
    forward = link("Дальше →", visit.address(page=page + 1)) if page < last else None
    place = tag("span", f"Страница {page} из {last}, всего {total}")
    show_html(tag("nav", back, place, forward, class_="pages", aria_label="Страницы списка"))


def empty(title: str, advice: str, *more: Markup) -> None:
    """Nothing to show: say so and say what to do next."""
    show_html(
        tag("div", tag("p", title, class_="empty-title"), tag("p", advice), *more, class_="empty")
    )
