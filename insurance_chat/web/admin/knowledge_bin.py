"""«Корзина»: what was deleted in the last 30 days and can be taken back."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.core.clock import format_date
from insurance_chat.knowledge.versions import service
from insurance_chat.knowledge.versions.service import BinRow
from insurance_chat.web import tables
from insurance_chat.web.acts import EMIT, act
from insurance_chat.web.admin import documents
from insurance_chat.web.admin.knowledge_words import TREE, page_of, place_words
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.words import moment


async def build(visit: Visit) -> None:
    """Draw the list."""
    tables.show_html(link("← База знаний", TREE), "p")
    words = "Удалённое хранится 30 дней, потом пропадает вместе с файлом."
    tables.show_html(tag("p", words, class_="lead"))
    box = ui.html("", sanitize=False)

    async def pressed(event: GenericEventArguments) -> None:
        done = await documents.restore(visit, str(event.args[1]))
        if done.status == "preview":
            ui.navigate.to(page_of(done.id).removeprefix("/staff"))
            return
        again = "снова отвечает" if done.status == "published" else "возвращён в прежние версии"
        ui.notify(f"«{done.title}» {again}", type="positive")
        await _draw(visit, box)

    box.on("click", visit.action(pressed), js_handler=EMIT)
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.html) -> None:
    async with visit.unit() as (unit, principal):
        rows = await service.list_bin(unit, principal)
    if not rows:
        title = tag("p", "Корзина пуста", class_="empty-title")
        box.set_content(
            tag("div", title, tag("p", "Удалённые документы появятся здесь."), class_="empty")
        )
        return
    box.set_content(tag("ul", *map(_row, rows), class_="documents panel"))


def _row(row: BinRow) -> Markup:
    facts = join(
        badge("Не публиковался") if row.was_preview else None,
        tag(
            "small",
            f"{place_words(row.company_code, row.product_code)}. Удалён {moment(row.deleted_at)}, ",
        ),
        tag("small", f"можно вернуть до {format_date(row.last_day)}."),
    )
    return tag(
        "li",
        tag("span", tag("b", row.title), " ", facts, class_="grow"),
        act("restore", "Вернуть", row.id, f"Вернуть {row.title}"),
    )
