"""«Напоминания» of the administrator: what goes out, to whom and when; calling one off."""

from __future__ import annotations

from insurance_chat.core.clock import format_date
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderPage, ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.admin.chats import as_day
from insurance_chat.web.markup import Markup, join, options, tag
from insurance_chat.web.reminders import ReminderList, Words
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import REMINDER_STATES, moment

ALL = ("all", "Все")
WORDS = Words(
    due="Агент ещё не связался",
    change="Измените фильтр или сбросьте его.",
    nothing="Запланированных напоминаний нет",
    advice="Они появятся сами, когда клиент купит полис и согласится на напоминания или придёт по "
    "приглашению агента.",
)
LEAD = (
    "За 45, 30, 14, 7, 3 и 1 день до конца полиса. Клиенту напоминаем, если он согласился, его агенту — "
    "всегда."
)


async def build(visit: Visit) -> None:
    """Draw the filter and the list."""
    tables.show_html(tag("p", LEAD, class_="lead"))
    states = [
        *((state, title) for state, (title, _) in REMINDER_STATES.items()),
        ("due", WORDS.due),
    ]
    field = tag("select", options([*states, ALL], _status_of(visit)), name="status")
    tables.filters(
        visit,
        tag("label", tag("span", "Статус"), field),
        tables.date_field(visit, "since", "С"),
        tables.date_field(visit, "until", "По"),
        tables.search_field(visit, "number", "Номер полиса"),
    )

    async def read(unit: Unit, principal: Principal, order: str) -> ReminderPage:
        return await overview.list_reminders(
            unit,
            principal,
            status="" if _status_of(visit) == ALL[0] else _status_of(visit),
            number=visit.query.get("number", ""),
            since=as_day(visit.query.get("since", "")),
            until=as_day(visit.query.get("until", "")),
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )

    chats = f"{PREFIX}/admin/chats"
    await ReminderList(visit, WORDS, chats, read, _columns, handles=False).draw()


def _status_of(visit: Visit) -> str:
    """What will be sent is asked for most often, so it is what the page opens with."""
    return visit.query.get("status", "") or "pending"


def _columns(shown: ReminderList) -> list[Column[ReminderRow]]:
    return [
        Column("Когда", lambda row: moment(row.remind_at), "at"),
        Column("Полис", shown.policy, kind="wide"),
        Column("Заканчивается", lambda row: format_date(row.expire_at), "end"),
        Column("Что отправим", _what, kind="wrap"),
    ]


def _what(row: ReminderRow) -> Markup:
    ways = [name for name, used in (("в чат", row.in_chat), ("письмом", row.by_mail)) if used]
    whom = []
    if "client" in row.recipients:
        whom.append(f"клиенту {' и '.join(ways)}" if ways else "клиенту: ни чата, ни почты нет")
    if "agent" in row.recipients:
        whom.append("агенту в «Напоминания»")
    shown = tag("div", ", ".join(whom))
    if "client" not in row.recipients:
        return shown
    return join(shown, tag("details", tag("summary", "Текст"), tag("p", row.text, class_="hint")))
