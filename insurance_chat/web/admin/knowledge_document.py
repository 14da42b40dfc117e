"""One document: a preview to be checked and published, or a published one with its versions."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from insurance_chat.accounts import agents
from insurance_chat.knowledge import editing, library
from insurance_chat.knowledge.analysis import service as analysis
from insurance_chat.knowledge.analysis.conflicts import Conflict
from insurance_chat.knowledge.editing import Sheet
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.structure import state_of
from insurance_chat.web import tables
from insurance_chat.web.admin import documents, knowledge_story, knowledge_trial
from insurance_chat.web.admin.knowledge_conditions import ConditionsForm
from insurance_chat.web.admin.knowledge_fields import Choices, FieldsForm
from insurance_chat.web.admin.knowledge_words import (
    ADD,
    TREE,
    kind_words,
    page_of,
    place_words,
    quoted,
    source_link,
    validity,
)
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.words import plural

SHOWN = 30
STATES = {
    "preview": ("Ждёт проверки: ассистент его ещё не использует", "warn"),
    "published": ("Отвечает клиентам", "good"),
    "replaced": ("Прежняя версия", ""),
}


async def build(visit: Visit) -> None:
    """Draw the document."""
    tables.show_html(link("← База знаний", TREE), "p")
    box = ui.element("div")
    await _draw(visit, box)


async def _draw(visit: Visit, box: ui.element) -> None:
    document_id = str(visit.uuid())
    async with visit.unit() as (unit, principal):
        sheet = await editing.read(unit, principal, document_id)
        tree = await library.tree(unit, principal)
        people = await agents.list_agents(unit, principal)
    versions = {
        offer["id"]: offer["title"]
        for company in tree["companies"]
        for product in company["products"]
        for offer in product["offers"]
    }
    choices = Choices({str(one.id): one.name for one in people}, versions)
    box.clear()
    with box:
        _head(sheet)
        if sheet.status == "preview":
            await _Preview(visit, box, sheet, choices).draw()
        else:
            await _published(visit, box, sheet, choices)


def _head(sheet: Sheet) -> None:
    fields = sheet.fields
    words, tone = STATES[sheet.status]
    if sheet.status == "published" and fields.visibility != "public":
        words = "Отвечает агентам"
    state = badge(words, tone)
    if sheet.status == "published" and state_of(fields.valid_from, fields.valid_until) != "active":
        state = badge("Опубликован")
    late = validity(fields.valid_from, fields.valid_until)
    count = len(sheet.passages)
    facts = ", ".join(
        (
            kind_words(fields.kind),
            place_words(fields.company_code, fields.product_code),
            plural(sheet.page_count, "страница", "страницы", "страниц"),
            plural(count, "фрагмент", "фрагмента", "фрагментов"),
        )
    )
    head = join(
        tag("h2", fields.title),
        tag("p", state, " ", late),
        tag("p", facts, class_="hint"),
        tag("p", source_link(sheet.id, fields.title), f" ({sheet.file_name})"),
    )
    tables.show_html(head, "section", "panel")


async def _published(visit: Visit, box: ui.element, sheet: Sheet, choices: Choices) -> None:
    if sheet.status == "published":
        with ui.element("div").classes("panel form"):
            form = FieldsForm(sheet, choices)

            async def save() -> None:
                await documents.save(visit, sheet.id, form.value())
                ui.notify("Сохранено", type="positive")
                await _draw(visit, box)

            with ui.row().classes("ask-buttons"):
                _delete_button(visit, sheet)
                ui.button("Сохранить", on_click=visit.action(save)).props("no-caps unelevated")
    await knowledge_story.draw(visit, sheet)
    tables.show_html(_passages(sheet.passages), "section", "panel")


def _delete_button(visit: Visit, sheet: Sheet) -> None:
    async def delete() -> None:
        detail = "Ассистент сразу перестанет отвечать по нему. Вернуть можно из корзины 30 дней."
        if await confirm(f"Удалить «{sheet.fields.title}»?", detail, "Удалить"):
            await documents.delete(visit, sheet.id)
            ui.navigate.to(TREE.removeprefix(PREFIX))

    button = ui.button("Удалить", on_click=visit.action(delete), color=None)
    button.props("flat no-caps").classes("danger")


class _Preview:
    """A document that was read: correct, compare, try, then publish or refuse."""

    def __init__(self, visit: Visit, box: ui.element, sheet: Sheet, choices: Choices) -> None:
        self._visit, self._box, self._sheet = visit, box, sheet
        self._choices = choices

    async def draw(self) -> None:
        """Draw the steps in the order in which people take them."""
        visit, sheet = self._visit, self._sheet
        with ui.element("div").classes("panel form"):
            tables.show_html(tag("span", "1. Проверьте, что понял сервис"), "h2")
            self._form = FieldsForm(sheet, self._choices)
        with ui.element("div").classes("panel form wide-form"):
            tables.show_html(tag("span", "2. Ключевые условия"), "h2")
            self._conditions = ConditionsForm(sheet)
            ui.button("Сохранить", on_click=visit.action(self._save_aloud), color=None).props(
                "no-caps outline"
            ).classes("quiet-button")
        self._conflicts = ui.html("", sanitize=False, tag="section").classes("panel")
        await self._compare()
        knowledge_trial.draw(visit, sheet.id, self._save)
        tables.show_html(_passages(sheet.passages), "section", "panel")
        with ui.row().classes("ask-buttons sticky"):
            refuse = ui.button("Отказаться", on_click=visit.action(self._refuse), color=None)
            refuse.props("flat no-caps").classes("quiet-button")
            ui.button("Опубликовать", on_click=visit.action(self._publish)).props(
                "no-caps unelevated"
            )

    async def _save(self) -> None:
        found = self._conditions.value()
        await documents.save(self._visit, self._sheet.id, self._form.value(), found)

    async def _save_aloud(self) -> None:
        await self._save()
        await self._compare()
        ui.notify("Сохранено", type="positive")

    async def _compare(self) -> None:
        async with self._visit.unit() as (unit, principal):
            found = await analysis.conflicts(unit, principal, self._sheet.id)
        self._conflicts.set_content(_conflicts(self._sheet, found))

    async def _publish(self) -> None:
        await self._save()
        done = await documents.publish(self._visit, self._sheet.id)
        self._box.clear()
        with self._box:
            words = f"Версия {done.version}. Ассистент уже отвечает по этому документу."
            if done.replaced:
                words += " Прежняя версия больше не используется, её можно вернуть."
            again = tag("p", link("Добавить ещё", ADD))
            shown = tag("p", link("Открыть документ", page_of(done.document_id)))
            tables.empty(
                f"«{done.title}» опубликован", words, shown, again, link("К базе знаний", TREE)
            )

    async def _refuse(self) -> None:
        await documents.delete(self._visit, self._sheet.id, published=False)
        self._box.clear()
        with self._box:
            again = tag("p", link("Добавить другой файл", ADD))
            words = "Документ в корзине: передумать можно 30 дней."
            tables.empty("Не опубликовано", words, again, link("К базе знаний", TREE))


def _conflicts(sheet: Sheet, found: Sequence[Conflict]) -> Markup:
    title = tag("h2", "3. Расхождения с опубликованным")
    if not found:
        return join(title, tag("p", "Расхождений не найдено.", class_="hint"))
    rows = [
        tag(
            "div",
            tag("h3", one.field),
            tag(
                "div",
                _side(
                    f"Сейчас: {one.old_title}",
                    one.old_value,
                    one.old_document,
                    one.old_quote,
                    one.old_page,
                ),
                _side("В новом документе", one.new_value, sheet.id, one.new_quote, one.new_page),
                class_="sides",
            ),
        )
        for one in found
    ]
    hint = "Опубликовать можно и так: прежняя версия того же документа перестанет отвечать."
    return join(title, tag("p", hint, class_="hint"), *rows)


def _side(title: str, value: str, document_id: str, quote: str, page: int | None) -> Markup:
    return tag(
        "div",
        tag("p", title, class_="hint"),
        tag("p", tag("b", value)),
        quoted(document_id, title, quote, page),
        class_="side",
    )


def _passages(pieces: Sequence[Piece]) -> Markup:
    lines = [
        tag(
            "li",
            tag("b", piece.heading_path or "Без заголовка"),
            f" · стр. {piece.page}" if piece.page is not None else None,
            tag("p", piece.text, class_="said"),
        )
        for piece in pieces[:SHOWN]
    ]
    more = tag("p", f"Показаны первые {SHOWN}.", class_="hint") if len(pieces) > SHOWN else None
    hint = "Так документ прочитан. Ассистент отвечает этими фрагментами."
    summary = tag("summary", tag("b", f"Фрагменты: {len(pieces)}"))
    body = join(tag("p", hint, class_="hint"), tag("ol", *lines, class_="passages"), more)
    return tag("details", summary, body, open=len(pieces) <= 10)
