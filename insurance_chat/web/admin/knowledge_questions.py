"""«Вопросы без ответа»: what clients asked and the assistant could not answer, grouped by meaning."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.core.errors import not_found
from insurance_chat.knowledge.unanswered import service
from insurance_chat.knowledge.unanswered.service import Group
from insurance_chat.web import tables
from insurance_chat.web.acts import EMIT, act
from insurance_chat.web.admin import knowledge_answer
from insurance_chat.web.admin.knowledge_words import ADD, TREE
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.words import moment, plural

SHOWN = 100  # groups of each kind


async def build(visit: Visit) -> None:
    """Draw both lists."""
    tables.show_html(link("← База знаний", TREE), "p")
    words = (
        "На эти вопросы клиентов в базе знаний нет ответа. Похожие собраны вместе, частые — сверху. "
        "Имена, телефоны и номера скрыты. Вопросы хранятся полгода."
    )
    tables.show_html(tag("p", words, class_="lead"))
    page = _Page(visit, ui.html("", sanitize=False))
    await page.draw()


class _Page:
    """The lists and what can be done with a group."""

    def __init__(self, visit: Visit, box: ui.html) -> None:
        self._visit, self._box = visit, box
        self._known: dict[str, Group] = {}
        box.on("click", visit.action(self._pressed), js_handler=EMIT)

    async def draw(self) -> None:
        """Read and show the groups."""
        async with self._visit.unit() as (_, principal):
            pass
        db = self._visit.services.db
        found = (await service.groups(db, principal))[:SHOWN]
        wanted = (await service.groups(db, principal, "wanted"))[:SHOWN]
        self._known = {group.ids[0]: group for group in (*found, *wanted)}
        self._box.set_content(join(_wanted(wanted), _open(found)))

    async def _pressed(self, event: GenericEventArguments) -> None:
        what, first = event.args
        group = self._known.get(str(first))
        if group is None:
            raise not_found("kb_question_not_found", "Этот вопрос уже разобран.")
        if what == "answer":
            await self._answer(group)
        elif what == "document":
            await self._ask_for_document(group)
        else:
            async with self._visit.unit() as (unit, principal):
                await service.dismiss(unit, principal, group.ids)
            ui.notify("Убрано из списка", type="positive")
        await self.draw()

    async def _answer(self, group: Group) -> None:
        done = await knowledge_answer.ask(self._visit, (group.question, *group.ways))
        if done is not None:
            async with self._visit.unit() as (unit, principal):
                await service.mark_answered(unit, principal, group.ids, done.document_id)

    async def _ask_for_document(self, group: Group) -> None:
        note = await _note(group)
        if note is not None:
            async with self._visit.unit() as (unit, principal):
                await service.ask_for_document(unit, principal, group.ids, note)
            ui.notify("Записано: ждём документ", type="positive")


async def _note(group: Group) -> str | None:
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Какой документ нужен"
        ui.label("Какой документ нужен").classes("ask-title")
        ui.label("Заметку увидят все администраторы на этой странице.")
        words = ui.textarea("Заметка", value=f"Документ, где есть ответ: {group.question}"[:500])
        words.props("outlined autogrow maxlength=500").classes("wide")
        with ui.row().classes("ask-buttons"):
            refuse = ui.button("Не сейчас", on_click=lambda: dialog.submit(None), color=None)
            refuse.props("flat no-caps").classes("quiet-button")
            ui.button("Записать", on_click=lambda: dialog.submit(words.value or "")).props(
                "no-caps unelevated"
            )
    note = await answer_of(dialog)
    return None if note is None else str(note)


def _open(groups: list[Group]) -> Markup:
    if not groups:
        return tag(
            "div",
            tag("p", "Вопросов без ответа нет", class_="empty-title"),
            tag("p", "Когда ассистент не сможет ответить клиенту, вопрос появится здесь."),
            class_="empty",
        )
    return tag("ul", *map(_row, groups), class_="documents panel")


def _row(group: Group) -> Markup:
    times = plural(group.count, "раз", "раза", "раз")
    ways = tag("p", "Ещё так: " + "; ".join(group.ways), class_="hint") if group.ways else None
    about = tag("small", f"в последний раз {moment(group.last_at)}")
    text = tag(
        "div", tag("b", group.question), " ", badge(times, "info"), " ", about, ways, class_="grow"
    )
    return tag(
        "li",
        text,
        act("answer", "Написать ответ", group.ids[0], f"Написать ответ: {group.question}"),
        act("document", "Нужен документ", group.ids[0], f"Нужен документ: {group.question}"),
        act("dismiss", "Убрать", group.ids[0], f"Убрать: {group.question}", danger=True),
    )


def _wanted(groups: list[Group]) -> Markup | None:
    if not groups:
        return None
    lines = [
        tag(
            "li",
            tag(
                "div", tag("b", group.note), tag("p", group.question, class_="hint"), class_="grow"
            ),
            link("Добавить", ADD, aria_label=f"Добавить документ: {group.note}"),
            act("answer", "Написать ответ", group.ids[0], f"Написать ответ: {group.question}"),
            act("dismiss", "Готово", group.ids[0], f"Готово: {group.note}"),
        )
        for group in groups
    ]
    title = tag("h2", f"Ждём документы: {len(groups)}")
    return tag("section", title, tag("ul", *lines, class_="documents"), class_="branch")
