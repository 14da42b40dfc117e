"""«Недоставленные»: replies that did not reach their clients, why, and one more try."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.channels import letters
from insurance_chat.channels.types import DeadLetter
from insurance_chat.web import tables
from insurance_chat.web.admin import channels_words as words
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import moment

KINDS = {"text": "Сообщение", "file": "Файл", "voice": "Голосовое", "template": "Шаблон"}
LEAD = (
    "Эти ответы не дошли до клиентов, и сами уже не уйдут. Исправьте причину и отправьте ещё раз или "
    "уберите из списка."
)


async def build(visit: Visit) -> None:
    """Draw the list."""
    tables.show_html(link("← Каналы", words.CHANNELS), "p")
    shown = _Letters(visit, ui.element("div"))
    await shown.draw()


class _Letters:
    """Replies that wait for a person."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit, self._box = visit, box
        self._accounts: dict[object, str] = {}

    async def draw(self) -> None:
        """Draw it as it is now."""
        async with self._visit.unit() as (_, principal):
            pass
        desk = self._visit.services.messengers.desk
        self._accounts = {one.id: one.title for one in await desk.accounts(principal)}
        rows, total = await letters.dead_letters(
            desk, principal, offset=tables.offset(self._visit), limit=tables.SIZE
        )
        self._box.clear()
        with self._box:
            if not rows:
                tables.empty("Всё дошло", "Недоставленных сообщений нет.")
                return
            tables.show_html(tag("p", LEAD, class_="lead"))
            columns: list[Column[DeadLetter]] = [
                Column("Когда", lambda one: moment(one.at)),
                Column("Что и кому", self._what, kind="wrap"),
                Column("Почему", lambda one: one.words or "Причина неизвестна", kind="wrap"),
                Column("Действия", self._buttons, kind="act"),
            ]
            tables.table(self._visit, "Недоставленные", columns, rows, total)

    def _what(self, one: DeadLetter) -> Markup:
        chat = link(f"Открыть чат {str(one.session)[:8]}", f"{PREFIX}/admin/chats/{one.session}")
        account = self._accounts.get(one.connection, "канал удалён")
        return join(KINDS.get(one.kind, one.kind), tag("br"), tag("small", account), " ", chat)

    def _buttons(self, one: DeadLetter) -> None:
        async def again() -> None:
            async with self._visit.unit() as (_, principal):
                pass
            await letters.send_again(self._visit.services.messengers.desk, principal, one.id)
            ui.notify("Отправляем ещё раз", type="positive")
            await self.draw()

        async def drop() -> None:
            agreed = await confirm(
                "Убрать из списка?", "Клиент этого сообщения не получит.", "Убрать"
            )
            if not agreed:
                return
            async with self._visit.unit() as (_, principal):
                pass
            await letters.let_go(self._visit.services.messengers.desk, principal, one.id)
            await self.draw()

        with ui.element("div").classes("links"):
            for title, handler in (("Отправить ещё раз", again), ("Убрать", drop)):
                button = ui.button(title, on_click=self._visit.action(handler), color=None)
                button.props("flat dense no-caps").classes("quiet-button")
                button.props["aria-label"] = f"{title}: {moment(one.at)}"
