"""Latest conversations; those where a client waits for a human are on top and fresh by themselves."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.overview.filters import ChatFilter
from insurance_chat.conversations.overview.service import ChatPage, ChatRow
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, link, tag, text
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import CHANNELS, SENDERS, STATES, moment, named

FRESH_SECONDS = 5.0
DEMO = "/demo"


async def build(visit: Visit) -> None:
    """Draw the list and keep it fresh."""
    states = [(str(state), title) for state, (title, _) in STATES.items()]
    tables.filters(visit, tables.choice_field(visit, "state", "Состояние", states))
    box = ui.element("div")
    shown: list[ChatPage] = []

    async def look() -> None:
        page = await _load(visit)
        if shown and shown[-1] == page:
            return
        shown[:] = [page]
        box.clear()
        with box:
            _draw(visit, page)

    await look()
    ui.timer(FRESH_SECONDS, visit.action(look), immediate=False)


async def _load(visit: Visit) -> ChatPage:
    async with visit.unit() as (unit, principal):
        return await overview.list_chats(
            unit,
            principal,
            ChatFilter(state=visit.query.get("state", "")),
            waiting_first=True,
            order=visit.query.get("order", "updated"),
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )


def _draw(visit: Visit, page: ChatPage) -> None:
    if not page.rows:
        if visit.query.get("state"):
            tables.empty("Чатов в таком состоянии нет", "Выберите другое состояние или «Все».")
        else:
            tables.empty(
                "Чатов пока нет",
                "Откройте чат для клиента и напишите что-нибудь: разговор появится здесь сам.",
                tag("p", link("Открыть чат для клиента", DEMO, target="_blank")),
            )
        return
    tables.table(
        visit,
        "Чаты, последние сверху",
        columns(f"{PREFIX}/workspace/chats"),
        page.rows,
        page.total,
        visit.query.get("order", "updated"),
    )


def columns(root: str) -> list[Column[ChatRow]]:
    """Columns of a list of conversations whose pages are under `root`."""
    return [
        Column("Последнее сообщение", lambda row: _last(row, root), kind="wide"),
        Column("Состояние", lambda row: named(STATES, row.state.value)),
        Column("Канал", lambda row: CHANNELS.get(row.channel, row.channel)),
        Column("Обновлён", lambda row: moment(row.updated_at), "updated"),
        Column("Начат", lambda row: moment(row.created_at), "created"),
    ]


def _last(row: ChatRow, root: str) -> Markup:
    said = row.last_text or "Без сообщений"
    who = SENDERS[row.last_sender] if row.last_sender is not None else ""
    title = link(said, f"{root}/{row.id}", class_="chat-link")
    under = tag("small", f"{who} · № {str(row.id)[:8]}".removeprefix(" · "))
    return tag("div", title, text(" "), under)
