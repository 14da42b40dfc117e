"""Promises to remind of renewal: see them, cancel one, mark one as dealt with."""

from __future__ import annotations

from insurance_chat.core.clock import format_date
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.overview import service as overview
from insurance_chat.insurance.overview.service import ReminderPage, ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.reminders import ReminderList, Words
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import RECIPIENTS, REMINDER_STATES, moment

WORDS = Words(
    due="Пора связаться",
    change="Выберите другой статус или «Все».",
    nothing="Напоминаний пока нет",
    advice="Они появятся, когда ваш клиент купит полис: вам — всегда, клиенту — если он согласен.",
)


async def build(visit: Visit) -> None:
    """Draw the filter and the list."""
    states = [
        ("due", WORDS.due),
        *((state, title) for state, (title, _) in REMINDER_STATES.items()),
    ]
    tables.filters(visit, tables.choice_field(visit, "status", "Статус", states))

    async def read(unit: Unit, principal: Principal, order: str) -> ReminderPage:
        return await overview.list_reminders(
            unit,
            principal,
            status=visit.query.get("status", ""),
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )

    chats = f"{PREFIX}/workspace/chats"
    await ReminderList(visit, WORDS, chats, read, _columns, handles=True).draw()


def _columns(shown: ReminderList) -> list[Column[ReminderRow]]:
    return [
        Column("Когда", lambda row: moment(row.remind_at), "at"),
        Column("Полис", shown.policy, kind="wide"),
        Column("Заканчивается", lambda row: format_date(row.expire_at)),
        Column("Кому", lambda row: ", ".join(RECIPIENTS.get(one, one) for one in row.recipients)),
    ]
