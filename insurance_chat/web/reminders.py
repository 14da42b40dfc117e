"""What both lists of reminders share: the agent's «Напоминания» and the administrator's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import reminders
from insurance_chat.insurance.overview.service import ReminderPage, ReminderRow
from insurance_chat.web import tables
from insurance_chat.web.acts import Acts
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import REMINDER_STATES, moment, named

Read = Callable[[Unit, Principal, str], Awaitable[ReminderPage]]


@dataclass(frozen=True, slots=True)
class Words:
    """What a list says in its own way.

    Args:
        due: of a reminder that an agent has not dealt with.
        change: advice when nothing fits the filter.
        nothing, advice: when there are no reminders at all.
    """

    due: str
    change: str
    nothing: str
    advice: str


class ReminderList:
    """A list of reminders with its buttons.

    Args:
        chats: address of the chats that this reader opens.
        read: the page of reminders that the address asks for, in an order.
        columns: before the status and the buttons.
        handles: whether this reader marks reminders as dealt with.
    """

    def __init__(
        self,
        visit: Visit,
        words: Words,
        chats: str,
        read: Read,
        columns: Callable[[ReminderList], list[Column[ReminderRow]]],
        *,
        handles: bool,
    ) -> None:
        self._visit, self._words, self._chats = visit, words, chats
        self._read, self._columns, self._handles = read, columns, handles
        self._box = ui.element("div")
        self._acts = Acts(self._box)

    async def draw(self) -> None:
        """Read the page of the list and show it."""
        visit, order = self._visit, self._visit.query.get("order", "at")
        async with visit.unit() as (unit, principal):
            page = await self._read(unit, principal, order)
        self._box.clear()
        self._acts.clear()
        with self._box:
            if page.rows:
                columns = [
                    *self._columns(self),
                    Column("Статус", self._status),
                    Column("Действия", self._buttons, kind="act"),
                ]
                tables.table(visit, "Напоминания", columns, page.rows, page.total, order)
            elif visit.query:
                tables.empty("Таких напоминаний нет", self._words.change)
            else:
                tables.empty(self._words.nothing, self._words.advice)

    def policy(self, row: ReminderRow) -> Markup:
        """What is insured, with a link to the chat in which it was sold."""
        under = tag("small", f"{row.number}, {row.company}")
        if row.session_id is None:
            return join(tag("b", row.title), " ", under)
        return join(link(row.title, f"{self._chats}/{row.session_id}"), " ", under)

    def _status(self, row: ReminderRow) -> Markup:
        if _is_due(row):
            return badge(self._words.due, "warn")
        if row.handled_at is not None:
            return badge("Обработано", "good")
        return named(REMINDER_STATES, row.status)

    def _buttons(self, row: ReminderRow) -> Markup:
        if row.status == "pending":
            label = f"Отменить напоминание о полисе {row.number}"
            return self._acts.button("Отменить", label, lambda: self._ask(row), danger=True)
        if self._handles and _is_due(row):
            done = self._visit.action(lambda: self._handled(row))
            return self._acts.button("Обработано", f"Обработано: полис {row.number}", done)
        return Markup("")

    async def _handled(self, row: ReminderRow) -> None:
        async with self._visit.unit() as (unit, principal):
            await reminders.set_handled(unit, principal, row.id, done=True)
        ui.notify("Отмечено", type="positive")
        await self.draw()

    async def _ask(self, row: ReminderRow) -> None:
        question = f"Отменить напоминание о полисе {row.number}?"
        detail = f"{moment(row.remind_at)} никому не напомним. Остальные напоминания останутся."
        if not await confirm(question, detail, "Отменить напоминание", refuse="Оставить"):
            return

        async def cancel() -> None:
            async with self._visit.unit() as (unit, principal):
                await reminders.set_status(unit, principal, row.id, "cancelled")
            ui.notify("Напоминание отменено", type="positive")
            await self.draw()

        await self._visit.action(cancel)()


def _is_due(row: ReminderRow) -> bool:
    return row.status == "sent" and "agent" in row.recipients and row.handled_at is None
