"""«Клиенты»: who wants to be forgotten, and the list of everybody."""

from __future__ import annotations

from insurance_chat.core.clock import MOSCOW, format_date
from insurance_chat.operators.clients.people import service as people
from insurance_chat.operators.clients.people.service import PersonRow, Wish
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import Column, show_html
from insurance_chat.web.words import CHANNELS, moment, plural

ROOT = f"{PREFIX}/admin/clients"
SOON_DAYS = 7


async def build(visit: Visit) -> None:
    """Draw the wishes, the search and the list."""
    search = visit.query.get("q", "")
    async with visit.unit() as (unit, principal):
        waiting = await people.wishes(unit, principal)
        page = await people.list_people(
            unit, principal, search=search, offset=tables.offset(visit), limit=tables.SIZE
        )
    if waiting:
        show_html(_wishes(waiting), "section", "panel")
    field = tables.search_field(visit, "q", "Найти клиента", "Имя, номер полиса или чата")
    tables.filters(visit, field)
    if page.rows:
        tables.table(visit, "Клиенты", _columns(), page.rows, page.total)
    elif search:
        tables.empty("Таких клиентов нет", "Проверьте имя или номер либо сбросьте поиск.")
    else:
        tables.empty("Клиентов пока нет", "Клиент появится здесь, когда откроет чат.")


def _wishes(waiting: list[Wish]) -> Markup:
    lines = [
        tag(
            "li",
            link(f"{one.name}, № {str(one.client)[:8]}", f"{ROOT}/{one.client}"),
            " ",
            due_badge(one),
            tag("br"),
            _asked(one),
        )
        for one in waiting
    ]
    note = "Клиенты отозвали согласие или попросили удалить их данные. Откройте карточку и нажмите «Удалить данные клиента»."
    return join(
        tag("h2", "Просят удалить данные"), tag("p", note, class_="hint"), tag("ul", *lines)
    )


def _asked(wish: Wish) -> Markup:
    return tag("small", f"Обращение получено {moment(wish.asked_at)}")


def due_badge(wish: Wish) -> Markup:
    """Until when it has to be done, and how urgent that is."""
    last = format_date(wish.due_at.astimezone(MOSCOW).date())
    if wish.days < 0:
        return badge(f"Срок прошёл {last}", "bad")
    left = plural(wish.days, "день", "дня", "дней")
    return badge(f"До {last}, осталось: {left}", "warn" if wish.days <= SOON_DAYS else "info")


def _columns() -> list[Column[PersonRow]]:
    return [
        Column("Клиент", _client, kind="wide"),
        Column("Каналы", lambda row: ", ".join(CHANNELS.get(one, one) for one in row.channels)),
        Column("Чатов", lambda row: str(row.chats), kind="num"),
        Column("Был в чате", lambda row: moment(row.seen_at)),
    ]


def _client(row: PersonRow) -> Markup:
    number = tag("small", f"№ {str(row.id)[:8]}")
    return tag("div", link(row.name, f"{ROOT}/{row.id}", class_="chat-link"), number)
