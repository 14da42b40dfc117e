"""All conversations: search and filters, the transcript with the dialogue trace, files of both."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.overview import exports
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.overview.filters import ChatFilter, Flag, looks_like_id
from insurance_chat.conversations.overview.service import ChatRow, Choices
from insurance_chat.core.clock import moscow_now
from insurance_chat.web import tables
from insurance_chat.web.admin import chat_files, client_card
from insurance_chat.web.admin.why import show_why
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.transcript import Transcript
from insurance_chat.web.words import CHANNELS, SENDERS, STATES, moment, named

DEMO = "/demo"
ROOT = f"{PREFIX}/admin/chats"
FLAGS = {
    Flag.WAITING: "Ждёт агента",
    Flag.WITH_AGENT: "Ведёт агент",
    Flag.INCIDENT: "Есть инцидент",
    Flag.PULL_AWAY: "Клиента уводят",
    Flag.POLICY: "Есть полис",
}


async def build(visit: Visit) -> None:
    """Draw the filters and what they found."""
    order = visit.query.get("order", "updated")
    wanted = read_filter(visit)
    async with visit.unit() as (unit, principal):
        choices = await overview.choices(unit, principal)
        page = await overview.list_chats(
            unit,
            principal,
            wanted,
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    _filters(visit, choices)
    if (wanted.search and not looks_like_id(wanted.search)) or wanted.client:
        note = (
            "Переписка и имена зашифрованы, поэтому поиск смотрит в 20 000 последних сообщений "
            "и чатов."
        )
        tables.show_html(tag("p", note, class_="hint"))
    if page.rows:
        tables.table(visit, "Все чаты", _columns(), page.rows, page.total, order)
        _export_list(visit, wanted, order)
    elif visit.query:
        tables.empty(
            "Ничего не нашлось",
            "Попробуйте другое слово, первые восемь знаков номера или сбросьте фильтр.",
        )
    else:
        tables.empty(
            "Чатов пока нет",
            "Откройте чат для клиента и напишите что-нибудь: разговор появится здесь.",
            tag("p", link("Открыть чат для клиента", DEMO, target="_blank")),
        )


def _columns() -> list[Column[ChatRow]]:
    return [
        Column("Последнее сообщение", _last, kind="wide"),
        Column("Состояние", lambda row: named(STATES, row.state.value)),
        Column("Агент", lambda row: row.agent or "—"),
        Column("Канал", lambda row: CHANNELS.get(row.channel, row.channel)),
        Column("Обновлён", lambda row: moment(row.updated_at), "updated"),
        Column("Начат", lambda row: moment(row.created_at), "created"),
    ]


def _last(row: ChatRow) -> Markup:
    title = link(row.last_text or "Без сообщений", f"{ROOT}/{row.id}", class_="chat-link")
    who = SENDERS[row.last_sender] if row.last_sender is not None else ""
    under = tag("small", f"{who} · № {str(row.id)[:8]}".removeprefix(" · "))
    return tag("div", title, join(under, *(badge(one) for one in row.tags), between=" "))


def _filters(visit: Visit, choices: Choices) -> None:
    states = [(str(state), title) for state, (title, _) in STATES.items()]
    agents = [(str(agent), name) for agent, name in choices.agents]
    fields: list[Markup] = [
        tables.search_field(visit, "q", "Слова из сообщения или номер чата"),
        tables.search_field(visit, "client", "Клиент", "Имя, почта или номер в мессенджере"),
        tables.choice_field(visit, "state", "Состояние", states),
        tables.choice_field(visit, "flag", "Признак", [(str(k), v) for k, v in FLAGS.items()]),
        tables.choice_field(visit, "channel", "Канал", list(CHANNELS.items())),
    ]
    if agents:
        fields.append(tables.choice_field(visit, "agent", "Агент", agents))
    if choices.tags:
        fields.append(
            tables.choice_field(visit, "tag", "Метка", [(one, one) for one in choices.tags])
        )
    fields += [tables.date_field(visit, "from", "С"), tables.date_field(visit, "to", "По")]
    tables.filters(visit, *fields)


def read_filter(visit: Visit) -> ChatFilter:
    """The filter of the address; values that make no sense do not narrow."""
    asked = visit.query
    return ChatFilter(
        search=asked.get("q", ""),
        state=asked.get("state", ""),
        client=asked.get("client", ""),
        agent=as_uuid(asked.get("agent", "")),
        channel=asked.get("channel", ""),
        since=as_day(asked.get("from", "")),
        until=as_day(asked.get("to", "")),
        flag=asked.get("flag", ""),
        tag=asked.get("tag", ""),
    )


def as_day(value: str) -> date | None:
    """A date of the address, if it is one."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_uuid(value: str) -> UUID | None:
    """An id of the address, if it is one."""
    try:
        return UUID(value)
    except ValueError:
        return None


def _export_list(visit: Visit, wanted: ChatFilter, order: str) -> None:
    async def save() -> None:
        async with visit.unit() as (unit, principal):
            page = await exports.read_list(unit, principal, wanted, order)
        ui.download.content(
            chat_files.list_csv(page.rows), f"chats-{moscow_now():%Y-%m-%d}.csv", "text/csv"
        )

    button = ui.button("Скачать список (CSV)", icon="download", on_click=visit.action(save))
    button.props("flat no-caps")


async def build_one(visit: Visit) -> None:
    """Draw a transcript with what the assistant understood in each turn.

    Raises:
        ServiceError: `session_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все чаты", ROOT), "p")
    note = (
        "Серые строки — ход разговора: что ассистент понял из каждого сообщения. Кнопка «Почему так "
        "ответил?» у ответа ассистента объяснит его по шагам. Переписка обновляется сама, изменить её "
        "нельзя."
    )
    tables.show_html(tag("p", note, class_="note"))
    await client_card.lead(visit)
    with ui.row():
        for kind in ("pdf", "csv"):
            _export_button(visit, kind)

    async def explain(seq: int) -> None:
        await show_why(visit, visit.uuid(), seq)

    await Transcript(visit, visit.uuid(), trace=True, why=explain).build()


def _export_button(visit: Visit, kind: str) -> None:
    async def save() -> None:
        async with visit.unit() as (unit, principal):
            export = await exports.read_chat(unit, principal, visit.uuid(), kind)
        name = f"chat-{str(export.chat.id)[:8]}.{kind}"
        if kind == "pdf":
            data = await asyncio.to_thread(chat_files.chat_pdf, export)
            ui.download.content(data, name, "application/pdf")
        else:
            ui.download.content(chat_files.chat_csv(export), name, "text/csv")

    button = ui.button(f"Скачать {kind.upper()}", icon="download", on_click=visit.action(save))
    button.props("flat no-caps")
