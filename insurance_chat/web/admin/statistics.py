"""Statistics of the whole service: the total, by day, by agent, by channel; charts and files."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from insurance_chat.accounts import audit
from insurance_chat.operators.statistics import service
from insurance_chat.operators.statistics.types import Overall, Period
from insurance_chat.web import figures
from insurance_chat.web.charts import bars
from insurance_chat.web.markup import Markup, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import CHANNELS, money

Made = Callable[[Overall], bytes]


async def build(visit: Visit) -> None:
    """Draw the period and its figures.

    Raises:
        ServiceError: `period_wrong`.
    """
    period = figures.period_of(visit)
    figures.period_form(visit, period)
    async with visit.unit() as (unit, principal):
        found = await service.overall(unit, principal, period)
    show_html(_total(found), "section", "panel")
    _by_day(visit, period, found)
    _by_agent(visit, period, found)
    _by_channel(visit, period, found)


def _total(found: Overall) -> Markup:
    total = found.total
    numbers = (
        ("Чаты", str(total.chats.chats), "Начатые за период чаты с сообщением клиента."),
        (
            "Ассистент справился сам",
            figures.share(total.chats.alone_share),
            "Доля чатов, где клиент ни разу не попал к агенту.",
        ),
        ("Запросы агента", str(total.work.requests), "Сколько раз клиент ждал человека."),
        (
            "До подключения",
            figures.duration(total.work.claim_median),
            "Медиана: половина клиентов ждала агента не дольше.",
        ),
        (
            "До первого ответа",
            figures.duration(total.work.reply_median),
            "Медиана времени от просьбы клиента до первых слов агента.",
        ),
        ("Полисы", str(total.sales.policies), "Полисы, выпущенные за период."),
        ("Премия", money(total.sales.premium), "Сумма премий этих полисов."),
        ("Комиссия", money(total.sales.commission), "Начисленное за период за вычетом отмен."),
    )
    cards = [
        tag("div", tag("dt", title), tag("dd", value), title=meaning)
        for title, value, meaning in numbers
    ]
    return join(tag("h2", "Всего"), tag("dl", *cards, class_="figures"))


def _by_day(visit: Visit, period: Period, found: Overall) -> None:
    columns, rows = figures.of_points(), found.points
    with ui.element("section").classes("panel"):
        show_html(tag("h2", "По времени"))
        series = [
            ("Чаты", [point.chats for point in rows]),
            ("Запросы агента", [point.requests for point in rows]),
            ("Взято", [point.claimed for point in rows]),
            ("Полисы", [point.policies for point in rows]),
        ]
        bars("Чаты, запросы и полисы", [f"{point.day:%d.%m}" for point in rows], series)
        show_html(figures.table("По времени", columns, rows))
        _export(visit, period, "days", lambda made: figures.file_of(columns, made.points))


def _by_agent(visit: Visit, period: Period, found: Overall) -> None:
    columns, rows = figures.of_agents(), found.agents
    with ui.element("section").classes("panel"):
        show_html(tag("h2", "По агентам"))
        if not rows:
            show_html(tag("p", "Агентов пока нет."))
            return
        series = [
            ("Взято", [agent.work.claimed for agent in rows]),
            ("Пропущено", [agent.work.missed for agent in rows]),
            ("Полисы", [agent.sales.policies for agent in rows]),
        ]
        bars("Работа агентов", [agent.name for agent in rows], series)
        show_html(figures.table("По агентам", columns, rows))
        _export(visit, period, "agents", lambda made: figures.file_of(columns, made.agents))


def _by_channel(visit: Visit, period: Period, found: Overall) -> None:
    columns, rows = figures.of_channels(), found.channels
    with ui.element("section").classes("panel"):
        show_html(tag("h2", "По каналам"))
        if not rows:
            show_html(tag("p", "За этот период чатов нет."))
            return
        names = [CHANNELS.get(one.channel, one.channel or "Чат удалён") for one in rows]
        series = [
            ("Чаты", [one.chats.chats for one in rows]),
            ("С расчётом", [one.chats.quoted for one in rows]),
            ("С полисом", [one.chats.sold for one in rows]),
        ]
        bars("От чата до полиса", names, series)
        show_html(figures.table("По каналам", columns, rows))
        _export(visit, period, "channels", lambda made: figures.file_of(columns, made.channels))


def _export(visit: Visit, period: Period, name: str, make: Made) -> None:
    async def save() -> None:
        async with visit.unit() as (unit, principal):
            found = await service.overall(unit, principal, period)
            await audit.record(
                unit,
                principal,
                "statistics.exported",
                f"statistics:{name}",
                {"since": str(period.since), "until": str(period.until)},
            )
        title = f"{name}-{period.since}-{period.until}.csv"
        ui.download.content(make(found), title, "text/csv")

    button = ui.button("Скачать CSV", icon="download", on_click=visit.action(save))
    button.props("flat no-caps")
