"""«Мои клиенты»: whom the agent invited or talked to, and what is due with them."""

from __future__ import annotations

from insurance_chat.core.clock import format_date
from insurance_chat.operators.clients import service
from insurance_chat.operators.clients.service import ClientRow
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import CHANNELS, STATES, moment, named


async def build(visit: Visit) -> None:
    """Draw the search and the list."""
    search = visit.query.get("name", "")
    async with visit.unit() as (unit, principal):
        page = await service.list_clients(
            unit, principal, search=search, offset=tables.offset(visit), limit=tables.SIZE
        )
    tables.filters(visit, tables.search_field(visit, "name", "Имя или пометка", "Можно часть"))
    if page.rows:
        tables.table(visit, "Мои клиенты", _columns(), page.rows, page.total)
    elif search:
        tables.empty("Таких клиентов нет", "Измените имя или сбросьте поиск.")
    else:
        tables.empty(
            "Клиентов пока нет",
            "Здесь будут те, кого вы пригласили, и те, чьи чаты вы вели.",
            tag("p", link("Пригласить клиента", f"{PREFIX}/workspace/invitations")),
        )


def _columns() -> list[Column[ClientRow]]:
    return [
        Column("Клиент", _client, kind="wide"),
        Column("Последнее сообщение", _last, kind="wide"),
        Column("Состояние", lambda row: named(STATES, row.state.value)),
        Column("Полисы", _policies, kind="wrap"),
        Column("Напоминание", lambda row: moment(row.remind_at)),
        Column("Был в чате", lambda row: moment(row.updated_at)),
    ]


def _client(row: ClientRow) -> Markup:
    channel = CHANNELS.get(row.channel, row.channel)
    label = f"«{row.label}»" if row.label else ""
    under = " · ".join(part for part in (label, channel, row.email) if part)
    mark = badge("Ваш клиент", "good") if row.invited else None
    return tag("div", tag("b", row.name), " ", mark, tag("br"), tag("small", under))


def _last(row: ClientRow) -> Markup:
    path = f"{PREFIX}/workspace/chats/{row.session_id}"
    return link(row.last_text or "Без сообщений", path, class_="chat-link")


def _policies(row: ClientRow) -> Markup | str:
    if not row.policies:
        return "—"
    lines = (f"{one.company}, до {format_date(one.expire_at)}" for one in row.policies)
    return join(*(tag("div", line) for line in lines))
