"""Ready texts: own ones of an agent, common ones of the administrator."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.operators.inbox import templates
from insurance_chat.operators.inbox.templates import TemplateView
from insurance_chat.web import tables
from insurance_chat.web.admin.agent_forms import dialog_buttons
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import badge, tag, text
from insurance_chat.web.session import Visit

VARIABLES = ("имя", "агент", "компания", "цена", "номер полиса", "дата окончания")


async def build(visit: Visit) -> None:
    """Draw the list and the button for a new one."""
    names = " ".join(f"{{{name}}}" for name in VARIABLES)
    words = (
        "Шаблон вставляется в сообщение по «/» или кнопкой с молнией. Вместо переменных встанут данные "
        "клиента; чего сервис не знает, вы допишете сами. Переменные: "
    )
    tables.show_html(tag("p", words, tag("b", names), class_="lead"))
    box = ui.element("div")
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.element) -> None:
    async with visit.unit() as (unit, principal):
        rows = await templates.list_templates(unit, principal)
        manages = access.may(principal, Permission.MANAGE_TEMPLATES)

    async def add() -> None:
        await _ask(visit, box, None, manages=manages)

    box.clear()
    with box:
        button = ui.button("Новый шаблон", icon="add", on_click=visit.action(add))
        button.props("no-caps unelevated").classes("add")
        if not rows:
            tables.empty("Шаблонов пока нет", "Сохраните фразы, которые пишете чаще всего.")
        with ui.element("ul").classes("template-list"):
            for row in rows:
                _row(visit, box, row, manages=manages)


def _row(visit: Visit, box: ui.element, row: TemplateView, *, manages: bool) -> None:
    with ui.element("li").classes("panel"):
        common = badge("Общий", "info") if row.common else None
        tables.show_html(tag("h2", row.title, " ", common))
        tables.show_html(text(row.text), "p", "said")
        if row.common and not manages:
            return

        async def change() -> None:
            await _ask(visit, box, row, manages=manages)

        async def remove() -> None:
            await _remove(visit, box, row)

        with ui.row():
            for title, action, tone in (
                ("Изменить", change, "quiet-button"),
                ("Удалить", remove, "danger"),
            ):
                button = ui.button(title, on_click=visit.action(action), color=None)
                button.props("flat dense no-caps").classes(tone)
                button.props["aria-label"] = f"{title} шаблон «{row.title}»"


async def _ask(visit: Visit, box: ui.element, row: TemplateView | None, *, manages: bool) -> None:
    """Ask for the title and the text in a dialog and keep them."""
    name = "Изменить шаблон" if row is not None else "Новый шаблон"
    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = name
        ui.label(name).classes("ask-title")
        title = ui.input("Название", value=row.title if row else "")
        title.props(f"outlined autofocus maxlength={templates.LONGEST_TITLE}")
        body = ui.textarea("Текст", value=row.text if row else "")
        body.props(f"outlined autogrow maxlength={templates.LONGEST_TEXT}")
        common = ui.checkbox("Для всех агентов", value=row.common if row else manages)
        common.set_visibility(manages and row is None)

        async def save() -> None:
            words = (title.value or "", body.value or "")
            async with visit.unit() as (unit, principal):
                if row is not None:
                    await templates.change(unit, principal, row.id, *words)
                else:
                    for_all = manages and bool(common.value)
                    await templates.add(unit, principal, *words, common=for_all)
            dialog.submit(True)

        dialog_buttons(dialog, "Сохранить", visit.action(save))
    if await answer_of(dialog):
        ui.notify("Шаблон сохранён", type="positive")
        await _draw(visit, box)


async def _remove(visit: Visit, box: ui.element, row: TemplateView) -> None:
    detail = "Из списка он исчезнет. Отправленные сообщения останутся."
    if not await confirm(f"Удалить шаблон «{row.title}»?", detail, "Удалить", "Оставить"):
        return

    async def remove() -> None:
        async with visit.unit() as (unit, principal):
            await templates.remove(unit, principal, row.id)
        ui.notify("Шаблон удалён", type="positive")
        await _draw(visit, box)

    await visit.action(remove)()
