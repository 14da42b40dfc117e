"""Figures of statistics in words: periods, tables with explained columns, files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.sheets import csv_file
from insurance_chat.operators.statistics.types import (
    AgentFigures,
    ChannelFigures,
    HandoverFigures,
    Period,
    Point,
    SaleFigures,
    named_period,
)
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.words import CHANNELS, money

PERIODS = [("day", "Сегодня"), ("week", "Эта неделя"), ("month", "Этот месяц"), ("own", "Свой")]
DEFAULT = "month"
FOLDED_FROM = 12  # a longer table waits folded under its chart
Row = TypeVar("Row")
Seen = TypeVar("Seen", contravariant=True)


class Worked(Protocol):
    """Whatever has work and sales: an agent or a channel."""

    @property
    def work(self) -> HandoverFigures:
        """Requests and chats."""
        ...

    @property
    def sales(self) -> SaleFigures:
        """Policies and money."""
        ...


@dataclass(frozen=True, slots=True)
class Figure(Generic[Seen]):
    """One column: its title, what it means, and how a row shows it."""

    title: str
    meaning: str
    cell: Callable[[Seen], str]


def period_of(visit: Visit) -> Period:
    """The period of the address; this month when it names none."""
    today = moscow_today()
    since, until = _day(visit, "from"), _day(visit, "to")
    if visit.query.get("period", "") == "own" or (since and "period" not in visit.query):
        return Period(since or until or today, until or today)
    found = named_period(visit.query.get("period", DEFAULT), today)
    return found or Period(today.replace(day=1), today)


def _day(visit: Visit, name: str) -> date | None:
    try:
        return date.fromisoformat(visit.query.get(name, ""))
    except ValueError:
        return None


def period_form(visit: Visit, period: Period) -> None:
    """Choose a period; its dates stand beside."""
    chosen = visit.query.get("period", DEFAULT)
    choices = [tag("option", title, value=name, selected=name == chosen) for name, title in PERIODS]
    tables.filters(
        visit,
        tag("label", tag("span", "Период"), tag("select", *choices, name="period")),
        tables.date_field(visit, "from", "С (для своего)"),
        tables.date_field(visit, "to", "По (для своего)"),
    )
    words = f"С {format_date(period.since)} по {format_date(period.until)}, время московское."
    tables.show_html(tag("p", words, class_="hint"))


def table(caption: str, figures: Sequence[Figure[Row]], rows: Sequence[Row]) -> Markup:
    """Rows under columns whose titles explain themselves on hover, and all of it below.

    Args:
        caption: what the table is, for screen readers.
    """
    heads = [
        tag(
            "th", one.title, scope="col", title=one.meaning or None, class_="num" if place else None
        )
        for place, one in enumerate(figures)
    ]
    lines = [
        tag(
            "tr",
            *(
                tag("td", one.cell(row), class_="num" if place else "cell", data_label=one.title)
                for place, one in enumerate(figures)
            ),
        )
        for row in rows
    ]
    shown = tag(
        "table",
        tag("caption", caption, class_="hidden-text"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *lines),
        class_="table",
    )
    meanings = [
        tag("div", tag("dt", one.title), tag("dd", one.meaning)) for one in figures if one.meaning
    ]
    explained = tag("details", tag("summary", "Что значат цифры"), tag("dl", *meanings))
    box = tag(
        "div",
        shown,
        class_="table-box",
        tabindex="0",
        role="region",
        aria_label=f"{caption}: таблица",
    )
    if len(rows) > FOLDED_FROM:
        box = tag("details", tag("summary", "Таблица"), box)
    return join(box, explained)


def file_of(figures: Sequence[Figure[Row]], rows: Sequence[Row]) -> bytes:
    """The same table as CSV."""
    return csv_file(
        [one.title for one in figures],
        ([one.cell(row).replace("\u00a0", " ") for one in figures] for row in rows),
    )


def duration(seconds: float | None) -> str:
    """«45 с», «2 мин 5 с», «1 ч 3 мин»; a dash when nothing was measured."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} с"
    if whole < 3600:
        return f"{whole // 60} мин {whole % 60} с"
    return f"{whole // 3600} ч {whole % 3600 // 60} мин"


def share(part: float | None) -> str:
    """«25 %»; a dash when there is nothing to share."""
    return "—" if part is None else f"{round(part * 100)}\u00a0%"


def _times() -> list[Figure[Worked]]:
    return [
        Figure(
            "До подключения",
            "Медиана: половина клиентов ждала агента не дольше.",
            lambda row: duration(row.work.claim_median),
        ),
        Figure(
            "9 из 10",
            "Девять клиентов из десяти ждали агента не дольше.",
            lambda row: duration(row.work.claim_p90),
        ),
        Figure(
            "До первого ответа",
            "Медиана времени от просьбы клиента до первых слов агента.",
            lambda row: duration(row.work.reply_median),
        ),
        Figure(
            "Ответ, 9 из 10",
            "Девять клиентов из десяти получили первые слова агента не позже.",
            lambda row: duration(row.work.reply_p90),
        ),
    ]


def _sales(whose: str) -> list[Figure[Worked]]:
    return [
        Figure(
            "Полисы", f"Полисы, выпущенные за период {whose}.", lambda row: str(row.sales.policies)
        ),
        Figure("Премия", "Сумма премий этих полисов.", lambda row: money(row.sales.premium)),
        Figure(
            "Комиссия",
            "Начисленное за период за вычетом отмен.",
            lambda row: money(row.sales.commission),
        ),
    ]


def of_agents() -> list[Figure[AgentFigures]]:
    """Columns of the agents' table."""
    return [
        Figure("Агент", "", lambda row: row.name),
        Figure(
            "Запросы",
            "Просьбы клиентов, которые агент взял или которые были адресованы ему по имени.",
            lambda row: str(row.work.requests),
        ),
        Figure("Взято", "Просьбы, которые агент взял.", lambda row: str(row.work.claimed)),
        Figure(
            "Пропущено",
            "Просьбы к агенту по имени, которые взял другой или не взял никто.",
            lambda row: str(row.work.missed),
        ),
        *_times(),
        Figure(
            "Чаты",
            "Разные чаты, которые агент вёл, вместе с теми, куда он пришёл сам.",
            lambda row: str(row.work.handled),
        ),
        Figure("Передано", "Чаты, переданные коллегам.", lambda row: str(row.work.transfers)),
        *_sales("с агентом или для его клиентов"),
    ]


def of_channels() -> list[Figure[ChannelFigures]]:
    """Columns of the channels' table."""
    return [
        Figure("Канал", "", lambda row: CHANNELS.get(row.channel, row.channel or "Чат удалён")),
        Figure(
            "Чаты", "Начатые за период чаты с сообщением клиента.", lambda row: str(row.chats.chats)
        ),
        Figure(
            "Без человека",
            "Доля этих чатов, где клиент ни разу не попал к агенту.",
            lambda row: share(row.chats.alone_share),
        ),
        Figure(
            "До расчёта",
            "Доля этих чатов, где была посчитана цена.",
            lambda row: share(row.chats.quoted_share),
        ),
        Figure(
            "До полиса",
            "Доля этих чатов, где выпущен полис.",
            lambda row: share(row.chats.sold_share),
        ),
        Figure(
            "Запросы",
            "Сколько раз клиент ждал человека, вместе с передачами между агентами.",
            lambda row: str(row.work.requests),
        ),
        Figure("Взято", "Просьбы, которые взял агент.", lambda row: str(row.work.claimed)),
        Figure(
            "Пропущено",
            "Просьбы, которые закончились, а никто не пришёл.",
            lambda row: str(row.work.missed),
        ),
        *_times(),
        Figure("Передано", "Передачи между агентами.", lambda row: str(row.work.transfers)),
        *_sales("через канал"),
    ]


def of_points() -> list[Figure[Point]]:
    """Columns of the table by days, weeks or months."""
    return [
        Figure("С", "", lambda row: format_date(row.day)),
        Figure("Чаты", "Начатые чаты с сообщением клиента.", lambda row: str(row.chats)),
        Figure("Запросы", "Сколько раз клиент ждал человека.", lambda row: str(row.requests)),
        Figure("Взято", "Сколько из них взял агент.", lambda row: str(row.claimed)),
        Figure("Полисы", "Выпущенные полисы.", lambda row: str(row.policies)),
    ]
