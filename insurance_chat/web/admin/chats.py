"""All conversations: search by words, number or state; the transcript with the dialogue trace."""

from __future__ import annotations

from insurance_chat.conversations.overview import service as overview
from insurance_chat.web import tables
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.transcript import Transcript
from insurance_chat.web.words import STATES
from insurance_chat.web.workspace.chats import DEMO, columns

ROOT = f"{PREFIX}/admin/chats"


async def build(visit: Visit) -> None:
    """Draw the search and what it found."""
    states = [(str(state), title) for state, (title, _) in STATES.items()]
    order = visit.query.get("order", "updated")
    search = visit.query.get("q", "")
    tables.filters(
        visit,
        tables.search_field(visit, "q", "Слова из сообщения или номер чата"),
        tables.choice_field(visit, "state", "Состояние", states),
    )
    async with visit.unit() as (unit, principal):
        page = await overview.list_chats(
            unit,
            principal,
            state=visit.query.get("state", ""),
            search=search,
            order=order,
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    if search and not overview.looks_like_id(search):
        note = "Переписка зашифрована, поэтому слова ищутся в 20 000 последних сообщений."
        tables.show_html(tag("p", note, class_="hint"))
    if page.rows:
        tables.table(visit, "Все чаты", columns(ROOT), page.rows, page.total, order)
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


async def build_one(visit: Visit) -> None:
    """Draw a transcript with what the assistant understood in each turn.

    Raises:
        ServiceError: `session_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все чаты", ROOT), "p")
    note = (
        "Серые строки — ход разговора: что ассистент понял из каждого сообщения. Откройте строку, чтобы "
        "увидеть данные целиком. Переписка обновляется сама, изменить её нельзя."
    )
    tables.show_html(tag("p", note, class_="note"))
    await Transcript(visit, visit.uuid(), trace=True).build()
