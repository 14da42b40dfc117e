"""The administrator's first page: what needs a decision, the day's figures, state of the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from insurance_chat.accounts import agents
from insurance_chat.conversations.overview import service as chats
from insurance_chat.conversations.overview.service import Figures
from insurance_chat.core.clock import moscow_now
from insurance_chat.insurance.overview import service as sales
from insurance_chat.insurance.overview.service import LateSale
from insurance_chat.operators.commissions import overview as commissions
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.ports import CheckLine
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import long_date, moment, money, plural


async def build(visit: Visit) -> None:
    """Draw the three blocks."""
    now = moscow_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with visit.unit() as (unit, principal):
        figures = await chats.figures(unit, principal, midnight)
        count, premium = await sales.sold(unit, principal, midnight)
        late = await sales.late_sales(
            unit, principal, visit.services.settings.insurance.issue_alert_minutes
        )
        owed = await commissions.list_entries(
            unit, principal, commissions.wanted(principal, attention=True), limit=1
        )
        new = [one for one in await agents.list_agents(unit, principal) if not one.approved]
    checks = await visit.desk.checks()
    show_html(_decisions(figures, late, len(new), owed.total), "section", "panel")
    numbers = (
        (str(figures.conversations), "Новые чаты"),
        (str(figures.messages), "Сообщения клиентов"),
        (str(count), "Полисы"),
        (money(premium), "Премия"),
    )
    show_html(_figures(numbers, now), "section", "panel")
    if checks:
        show_html(_state(checks), "section", "panel")


def _decisions(
    figures: Figures, late: list[LateSale], new_agents: int, commissions_waiting: int
) -> Markup:
    items = []
    if figures.waiting:
        words = plural(figures.waiting, "клиент ждёт", "клиента ждут", "клиентов ждут")
        items.append(link(f"{words} агента", f"{PREFIX}/admin/chats?state=handover_requested"))
    if figures.open_incidents:
        words = plural(
            figures.open_incidents, "открытый инцидент", "открытых инцидента", "открытых инцидентов"
        )
        items.append(link(words, f"{PREFIX}/admin/incidents?status=open"))
    if new_agents:
        words = plural(new_agents, "агент ждёт", "агента ждут", "агентов ждут")
        items.append(link(f"{words} подтверждения", f"{PREFIX}/admin/agents"))
    if commissions_waiting:
        words = plural(commissions_waiting, "комиссия ждёт", "комиссии ждут", "комиссий ждут")
        items.append(link(f"{words} решения", f"{PREFIX}/admin/commissions?show=attention"))
    items += [_late(sale) for sale in late]
    title = tag("h2", "Требует решения")
    if not items:
        return join(title, tag("p", "Ничего не ждёт вашего решения."))
    return join(title, tag("ul", *(tag("li", item) for item in items), class_="decisions"))


def _late(sale: LateSale) -> Markup:
    words = f"Оплачено {moment(sale.paid_at)}, полиса нет: {sale.company}, {money(sale.price)}"
    if sale.session_id is None:
        return tag("span", words)
    return link(words, f"{PREFIX}/admin/chats/{sale.session_id}")


def _figures(numbers: tuple[tuple[str, str], ...], now: datetime) -> Markup:
    cards = [tag("div", tag("dt", title), tag("dd", value)) for value, title in numbers]
    heading = tag("h2", f"Сегодня, {long_date(now)}")
    return join(heading, tag("dl", *cards, class_="figures"))


def _state(checks: Sequence[CheckLine]) -> Markup:
    lines = [_check(line) for line in checks]
    return join(tag("h2", "Состояние сервиса"), tag("ul", *lines, class_="checks"))


def _check(line: CheckLine) -> Markup:
    mark = badge("Работает", "good") if line.ok else badge("Внимание", "bad")
    advice = tag("p", line.advice, class_="advice") if not line.ok and line.advice else None
    return tag("li", mark, tag("b", line.title), tag("span", line.message), advice)
