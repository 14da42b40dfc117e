"""«Каналы»: connected messenger accounts, how they are and what they wait for."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.channels.views import ConnectionView
from insurance_chat.web import tables
from insurance_chat.web.admin import channels_words as words
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import plural

LOOK_SECONDS = 3.0
LEAD = (
    "Клиент пишет в мессенджере, ассистент отвечает там же. Здесь подключаются боты и номера, видно, "
    "работают ли они, и что не дошло до клиентов."
)


async def build(visit: Visit) -> None:
    """Draw the list; it is drawn anew when something has changed."""
    tables.show_html(tag("p", LEAD, class_="lead"))
    shown = _Channels(visit, ui.element("div"))
    await shown.draw()
    ui.timer(LOOK_SECONDS, visit.action(shown.look_again))


class _Channels:
    """The list of accounts."""

    def __init__(self, visit: Visit, box: ui.element) -> None:
        self._visit, self._box = visit, box
        self._rows: list[ConnectionView] = []

    async def _read(self) -> list[ConnectionView]:
        async with self._visit.unit() as (_, principal):
            pass
        return await self._visit.services.messengers.desk.accounts(principal)

    async def draw(self) -> None:
        """Draw it as it is now."""
        self._rows = await self._read()
        self._box.clear()
        with self._box:
            self._links()
            self._list()

    async def look_again(self) -> None:
        """Draw anew when something has changed."""
        if await self._read() != self._rows:
            await self.draw()

    def _links(self) -> None:
        dead = sum(one.dead for one in self._rows)
        add = link("Подключить", words.ADD, class_="plain first")
        letters = link(f"Недоставленные ({dead})" if dead else "Недоставленные", words.LETTERS)
        tables.show_html(join(add, " ", letters), "div", "links form-buttons")

    def _list(self) -> None:
        if not self._rows:
            add = tag("p", link("Подключить мессенджер", words.ADD))
            advice = "Подключите бота Telegram или номер WhatsApp: это занимает пару минут."
            tables.empty("Пока ни одного мессенджера", advice, add)
            return
        first = tables.offset(self._visit)
        columns: list[Column[ConnectionView]] = [
            Column("Канал", _name, kind="wrap"),
            Column("Состояние", _state, kind="wrap"),
            Column("Последнее принятое", lambda one: words.when(one.last_in_at)),
            Column("Последнее отправленное", lambda one: words.when(one.last_out_at)),
            Column("Чаты", lambda one: str(one.chats), kind="num"),
            Column("Не дошло", _dead),
        ]
        rows = self._rows[first : first + tables.SIZE]
        tables.table(self._visit, "Каналы", columns, rows, len(self._rows))


def _name(one: ConnectionView) -> Markup:
    return join(
        link(one.title, words.page_of(one), class_="chat-link"), tag("small", one.kind_title)
    )


def _state(one: ConnectionView) -> Markup:
    left = None
    if one.wants:
        steps = plural(len(one.wants), "шаг", "шага", "шагов")
        left = join(tag("br"), link(f"Осталось: {steps}", words.page_of(one)))
    return join(words.state(one), left)


def _dead(one: ConnectionView) -> Markup | str:
    return badge(str(one.dead), "bad") if one.dead else "—"
