"""The administrator's first page: what needs a decision, the day's figures, state of the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from insurance_chat.accounts.installation import service as installation
from insurance_chat.core.clock import moscow_now
from insurance_chat.insurance.overview import service as sales
from insurance_chat.insurance.overview.service import LateSale
from insurance_chat.operators.commissions import overview as commissions
from insurance_chat.operators.today import service as today
from insurance_chat.operators.today.service import Today, Waiting
from insurance_chat.web.admin import wizard
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.ports import CheckLine
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import long_date, moment, money, plural

Words = tuple[str, str, str]
# What is counted → where it is decided, and its name for one, a few and many.
WAITS: tuple[tuple[str, str, Words, str], ...] = (
    (
        "clients",
        "/admin/chats?state=handover_requested",
        ("клиент ждёт", "клиента ждут", "клиентов ждут"),
        "агента",
    ),
    (
        "erasures",
        "/admin/clients",
        ("клиент просит", "клиента просят", "клиентов просят"),
        "удалить данные",
    ),
    (
        "incidents",
        "/admin/incidents?status=open",
        ("открытый инцидент", "открытых инцидента", "открытых инцидентов"),
        "",
    ),
    ("agents", "/admin/agents", ("агент ждёт", "агента ждут", "агентов ждут"), "подтверждения"),
    (
        "updates",
        "/admin/updates",
        ("обновление ждёт", "обновления ждут", "обновлений ждут"),
        "решения",
    ),
    (
        "questions",
        "/admin/knowledge/questions",
        ("вопрос без ответа", "вопроса без ответа", "вопросов без ответа"),
        "",
    ),
    (
        "webhooks",
        "/admin/settings",
        ("событие не доставлено", "события не доставлены", "событий не доставлено"),
        "другой системе за неделю",
    ),
    (
        "undelivered",
        "/admin/channels/undelivered",
        ("ответ не дошёл", "ответа не дошли", "ответов не дошло"),
        "до клиента в мессенджере",
    ),
    (
        "letters",
        "/admin/settings",
        ("письмо не приняла", "письма не приняла", "писем не приняла"),
        "почта клиента за неделю",
    ),
)
# Where a check that is not well is mended.
MENDED = {
    "model": "/admin/models",
    "search": "/admin/knowledge",
    "smtp": "/admin/settings",
    "provider": "/admin/exchanges",
    "backup": "/admin/backups",
    "sources": "/admin/updates",
    "channels": "/admin/channels",
}


async def build(visit: Visit) -> None:
    """Draw the blocks; the state of other systems comes a moment later."""
    now = moscow_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with visit.unit() as (unit, principal):
        waits = await today.waiting(unit, principal)
        figures = await today.figures(unit, principal, midnight)
        late = await sales.late_sales(
            unit, principal, visit.services.settings.insurance.issue_alert_minutes
        )
        owed = await commissions.list_entries(
            unit, principal, commissions.wanted(principal, attention=True), limit=1
        )
        progress = await installation.progress(unit)
    left = wizard.left(progress)
    if left:
        show_html(_unfinished(len(left)), "section", "panel")
    show_html(_decisions(waits, late, owed.total), "section", "panel")
    show_html(_figures(figures, waits, now), "section", "panel")
    _state_later(visit)


def _unfinished(count: int) -> Markup:
    steps = plural(count, "шаг", "шага", "шагов")
    return join(
        tag("h2", "Настройка не закончена"),
        tag("p", f"Осталось: {steps}. Каждый можно пропустить."),
        link("Продолжить настройку", f"{PREFIX}{wizard.PATH}", class_="plain"),
    )


def _decisions(waits: Waiting, late: list[LateSale], commissions_waiting: int) -> Markup:
    items = []
    for name, path, words, more in WAITS:
        count = getattr(waits, name)
        if count:
            items.append(link(f"{plural(count, *words)} {more}".strip(), f"{PREFIX}{path}"))
    if commissions_waiting:
        words_ = plural(commissions_waiting, "комиссия ждёт", "комиссии ждут", "комиссий ждут")
        items.append(link(f"{words_} решения", f"{PREFIX}/admin/commissions?show=attention"))
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


def _figures(figures: Today, waits: Waiting, now: datetime) -> Markup:
    numbers = (
        ("Новые чаты", str(figures.chats)),
        ("Сообщения клиентов", str(figures.messages)),
        ("Ответы ассистента", str(figures.replies)),
        ("Вопросы без ответа", str(figures.unanswered)),
        ("Расчёты", str(figures.quotes)),
        ("Полисы", str(figures.policies)),
        ("Премия", money(figures.premium)),
        ("Ждут агента сейчас", str(waits.clients)),
    )
    cards = [tag("div", tag("dt", title), tag("dd", value)) for title, value in numbers]
    heading = tag("h2", f"Сегодня, {long_date(now)}")
    more = tag("p", link("Вся статистика", f"{PREFIX}/admin/statistics"), class_="below")
    return join(heading, tag("dl", *cards, class_="figures four"), more)


def _state_later(visit: Visit) -> None:
    """Other systems may be slow to answer; the page does not wait for them."""
    with ui.element("section").classes("panel").props("aria-live=polite aria-busy=true") as box:
        show_html(join(tag("h2", "Состояние сервиса"), tag("p", "Проверяем…", class_="hint")))

    async def look() -> None:
        async with visit.unit():
            pass
        checks = await visit.desk.checks()
        if box.is_deleted:
            return
        box.clear()
        box.props["aria-busy"] = "false"
        with box:
            show_html(_state(checks))

    ui.timer(0.05, visit.action(look), once=True)


def _state(checks: Sequence[CheckLine]) -> Markup:
    bad = sum(not line.ok for line in checks)
    words = (
        plural(
            bad,
            "проверка требует внимания",
            "проверки требуют внимания",
            "проверок требуют внимания",
        )
        if bad
        else "Всё работает."
    )
    lines = [_check(line) for line in sorted(checks, key=lambda line: line.ok)]
    title = join(tag("h2", "Состояние сервиса"), tag("p", words, class_="hint"))
    return join(title, tag("ul", *lines, class_="checks"))


def _check(line: CheckLine) -> Markup:
    mark = badge("Работает", "good") if line.ok else badge("Внимание", "bad")
    path = MENDED.get(line.name)
    name = link(line.title, PREFIX + path) if path else tag("b", line.title)
    advice = tag("p", line.advice, class_="advice") if not line.ok and line.advice else None
    return tag("li", mark, name, tag("span", line.message), advice)
