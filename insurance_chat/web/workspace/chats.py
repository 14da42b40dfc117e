"""The agent's home: the live queue on top, below it the chats that the agent has led."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.handover import history
from insurance_chat.conversations.handover.history import HistoryPage, HistoryRow
from insurance_chat.conversations.handover.queue import Desk
from insurance_chat.core.errors import ServiceError
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, badge, join, link, tag, text
from insurance_chat.web.notices import QUEUE
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column, show_html
from insurance_chat.web.words import CHANNELS, HANDOVER_OUTCOMES, SENDERS, STATES, moment, named
from insurance_chat.web.workspace.queue import Board


async def build(visit: Visit) -> None:
    """Draw the queue and the history; a chat that is taken or given back moves by itself."""
    await Board(visit).build()
    show_html(text("История"), "h2", "apart")
    page = await _read(visit)
    tables.filters(visit, *_fields(visit, page.tags if isinstance(page, HistoryPage) else []))
    box = ui.element("div")
    held: list[set[UUID]] = []

    async def look(desk: Desk) -> None:
        held.append({row.session for row in desk.held})
        if len(held) > 1 and held.pop(0) != held[0]:
            fresh = await _read(visit)
            box.clear()
            with box:
                _draw(visit, fresh)

    with box:
        _draw(visit, page)
    visit.live.on_desk(look)


async def _read(visit: Visit) -> HistoryPage | str:
    """A page of the history, or why these words are not searched."""
    try:
        return await _load(visit)
    except ServiceError as error:
        if error.code != "search_words":
            raise
        return error.message


def _draw(visit: Visit, page: HistoryPage | str) -> None:
    if isinstance(page, str):
        tables.empty(page, "Измените слова и попробуйте ещё раз.")
    elif page.rows:
        tables.table(visit, "Чаты, которые вы вели", _columns(), page.rows, page.total)
    elif visit.query:
        tables.empty("Ничего не нашлось", "Измените слова или сбросьте поиск.")
    else:
        tables.empty(
            "Вы ещё не вели чатов", "Возьмите первую заявку: разговор сохранится здесь навсегда."
        )


async def _load(visit: Visit) -> HistoryPage:
    async with visit.unit() as (unit, principal):
        return await history.handled(
            unit,
            principal,
            search=visit.query.get("q", ""),
            tag=visit.query.get("tag", ""),
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )


def _fields(visit: Visit, tags: list[str]) -> list[Markup]:
    fields = [tables.search_field(visit, "q", "Слова из переписки или имя клиента")]
    chosen = visit.query.get("tag")
    known = sorted({*tags, *([chosen] if chosen else [])})
    if known:
        fields.append(tables.choice_field(visit, "tag", "Метка", [(one, one) for one in known]))
    return fields


def _columns() -> list[Column[HistoryRow]]:
    return [
        Column("Последнее сообщение", _last, kind="wide"),
        Column("Клиент", lambda row: row.client or "Имя не указано"),
        Column("Состояние", _state),
        Column("Канал", lambda row: CHANNELS.get(row.channel, row.channel)),
        Column("Взят", lambda row: moment(row.taken_at)),
    ]


def _last(row: HistoryRow) -> Markup:
    title = link(row.last_text or "Без сообщений", f"{QUEUE}/{row.id}", class_="chat-link")
    who = SENDERS[row.last_sender] if row.last_sender is not None else ""
    under = tag("small", f"{who} · № {str(row.id)[:8]}".removeprefix(" · "))
    return tag("div", title, under, *(join(" ", badge(one)) for one in row.tags))


def _state(row: HistoryRow) -> Markup:
    ended = HANDOVER_OUTCOMES.get(row.outcome or "")
    return named(STATES, row.state.value) if ended is None else badge(ended)
