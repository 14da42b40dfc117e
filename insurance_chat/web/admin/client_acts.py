"""What the administrator does with a client: gives the data out, deletes them, merges and parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.merging import service as merging
from insurance_chat.conversations.merging.service import Merge
from insurance_chat.core.clock import moscow_now
from insurance_chat.operators.clients.erasing import service as erasing
from insurance_chat.operators.clients.exporting import service as exporting
from insurance_chat.operators.clients.exporting.archive import pack
from insurance_chat.operators.clients.people import service as people
from insurance_chat.operators.clients.people.service import Card, PersonRow
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import CHANNELS, moment

Redraw = Callable[[], Awaitable[None]]
REASONS = {
    "phone": "номер телефона подтвердил мессенджер",
    "link": "клиент перешёл по ссылке из другого канала",
    "hand": "объединил администратор",
}
_FOUND = 10


def data_buttons(visit: Visit, card: Card, again: Redraw) -> None:
    """«Выгрузить данные клиента» and «Удалить данные клиента»."""
    note = (
        "Выгрузка — архив со всем, что хранится о клиенте: его можно передать по запросу клиента. "
        "Удаление отменить нельзя."
    )
    show_html(join(tag("h2", "Персональные данные"), tag("p", note, class_="hint")))

    async def save() -> None:
        async with visit.unit() as (unit, principal):
            gathered = await exporting.export(unit, principal, card.id)
        content = await pack(gathered, visit.services.files)
        name = f"client-{str(card.id)[:8]}-{moscow_now():%Y-%m-%d}.zip"
        ui.download.content(content, name, "application/zip")

    async def erase() -> None:
        if await _sure(visit, card):
            async with visit.unit() as (unit, principal):
                await erasing.erase(unit, principal, card.id)
            ui.notify("Данные клиента удалены", type="positive")
            await again()

    with ui.row().classes("form-buttons"):
        ui.button("Выгрузить данные клиента", icon="download", on_click=visit.action(save)).props(
            "outline no-caps"
        )
        ui.button(
            "Удалить данные клиента", icon="delete_forever", on_click=visit.action(erase)
        ).props("no-caps color=negative")


async def _sure(visit: Visit, card: Card) -> bool:
    async with visit.unit() as (unit, principal):
        kept = await erasing.preview(unit, principal, card.id)
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Удалить данные клиента?"
        ui.label("Удалить данные клиента?").classes("ask-title")
        ui.label(
            "Исчезнут имя и контакты, память ассистента, переписка и файлы во всех каналах, расчёты, "
            "незаконченные оформления, напоминания. Если клиент напишет снова, он будет новым."
        )
        if kept:
            lines = [
                tag("li", one.title, f", до {one.until:%d.%m.%Y}" if one.until else "")
                for one in kept
            ]
            show_html(join(tag("p", "По закону останется:"), tag("ul", *lines)))
        with ui.row().classes("ask-buttons"):
            ui.button("Не удалять", on_click=lambda: dialog.submit(False), color=None).props(
                "flat no-caps autofocus"
            ).classes("quiet-button")
            ui.button("Удалить навсегда", on_click=lambda: dialog.submit(True)).props(
                "no-caps color=negative"
            )
    return bool(await answer_of(dialog))


def merges(visit: Visit, card: Card, again: Redraw) -> None:
    """Merges that made this client, and merging with another one."""
    show_html(tag("h2", "Объединение"))
    if not card.merges:
        show_html(tag("p", "С другими клиентами не объединяли.", class_="hint"))
    for number, one in enumerate(card.merges):
        _merge(visit, one, again, last=number == 0)
    ui.button(
        "Объединить с…", icon="merge", on_click=visit.action(lambda: _join(visit, card, again))
    ).props("outline no-caps")


def _merge(visit: Visit, one: Merge, again: Redraw, *, last: bool) -> None:
    async def undo() -> None:
        detail = "Чаты, полисы и контакты вернутся тому клиенту, у которого они были."
        if await confirm("Отменить объединение?", detail, "Отменить объединение"):
            async with visit.unit() as (unit, principal):
                await merging.undo(unit, principal, one.id)
            ui.notify("Объединение отменено", type="positive")
            await again()

    with ui.row().classes("form-buttons"):
        ui.label(f"{moment(one.at)}: {REASONS.get(one.reason, one.reason)}")
        if last:
            ui.button("Отменить объединение", on_click=visit.action(undo)).props("flat no-caps")


async def _join(visit: Visit, card: Card, again: Redraw) -> None:
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Объединить с другим клиентом"
        ui.label("Объединить с другим клиентом").classes("ask-title")
        ui.label("Найдите второго клиента. Всё его станет общим; объединение можно отменить.")
        words = ui.input("Имя, номер полиса или чата").props("outlined autofocus").classes("wide")
        results = ui.column().classes("wide").props("aria-live=polite")

        async def search() -> None:
            async with visit.unit() as (unit, principal):
                page = await people.list_people(
                    unit, principal, search=str(words.value or ""), limit=_FOUND + 1
                )
            results.clear()
            with results:
                _results([one for one in page.rows if one.id != card.id], dialog)

        find = visit.action(search)
        words.on("keydown.enter", find)
        with ui.row().classes("ask-buttons"):
            ui.button("Закрыть", on_click=lambda: dialog.submit(None), color=None).props(
                "flat no-caps"
            ).classes("quiet-button")
            ui.button("Найти", on_click=find).props("no-caps")
    other: UUID | None = await answer_of(dialog)
    if other is not None:
        async with visit.unit() as (unit, principal):
            await merging.merge_by_hand(unit, principal, card.id, other)
        ui.notify("Клиенты объединены", type="positive")
        await again()


def _results(rows: list[PersonRow], dialog: ui.dialog) -> None:
    if not rows:
        ui.label("Никого не нашлось.")
    for row in rows[:_FOUND]:
        channels = ", ".join(CHANNELS.get(one, one) for one in row.channels)
        title = f"{row.name}, № {str(row.id)[:8]} ({channels}; {moment(row.seen_at)})"
        ui.button(title, on_click=lambda _, one=row.id: dialog.submit(one)).props(
            "outline no-caps align=left"
        ).classes("wide")
