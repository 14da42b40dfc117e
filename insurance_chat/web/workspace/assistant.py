"""«Узнать у ИИ»: an agent's own talk with the assistant, with documents for agents only."""

from __future__ import annotations

from itertools import groupby

from nicegui import ui

from insurance_chat.accounts import profile
from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.dialogue.answering.sentences import BULLET
from insurance_chat.operators.copilot.asking import Told
from insurance_chat.web import tables
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag, text
from insurance_chat.web.session import Visit

LONGEST = 1000
EXAMPLES = (
    "Как проверить электронный полис?",
    "Можно ли вернуть деньги за полис?",
    "Какие документы нужны для ОСАГО?",
    "Что делать, если КБМ посчитан неверно?",
)
FOLLOW_UPS = ("Короче", "Подробнее", "Другими словами")
SCOPES = {"own": "Только мои компании", "all": "Все компании"}
# The page is given a moment to draw the new line.
_SCROLL = (
    "setTimeout(() => document.querySelector('.thread > :last-child')"
    "?.scrollIntoView({block: 'nearest'}), 50)"
)


async def build(visit: Visit) -> None:
    """Draw the talk of this visit, the field and the switch of companies."""
    async with visit.desk.unit(visit.identity, visit.roles) as (_, _, user):
        companies, only_own = list(user.companies), bool(user.only_own_companies)
    tables.show_html(
        tag(
            "p",
            "Ответ — цитата из базы знаний, вместе с документами только для агентов. Клиент этого "
            "разговора не видит. Можно написать «я на месте», «занят» или «ушёл» — статус изменится.",
            class_="lead",
        )
    )
    if companies:
        _scope(visit, only_own)
    await _Talk(visit).build()


def _scope(visit: Visit, only_own: bool) -> None:
    async def choose() -> None:
        async with visit.unit() as (unit, principal):
            await profile.choose_companies_scope(unit, principal, only_own=switch.value == "own")

    with ui.element("div").classes("scope"):
        switch = ui.toggle(SCOPES, value="own" if only_own else "all")
        switch.props('no-caps unelevated aria-label="Где искать ответ"')
    switch.on_value_change(visit.action(choose))


class _Talk:
    """Questions and answers since the page was opened.

    Args:
        visit: whose page it is.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._last: Told | None = None
        self._asking = False
        self._follow_ups: ui.element | None = None

    async def build(self) -> None:
        """Draw the examples and the field."""
        self._thread = ui.element("ol").classes("transcript thread")
        self._thread.props('aria-live="polite" aria-label="Разговор с ассистентом"')
        with self._thread:
            self._examples = ui.element("li").classes("examples")
        with self._examples:
            tables.show_html(text("Спросите что-нибудь. Например:"), "p", "facts")
            self._chips(EXAMPLES)
        with ui.element("div").classes("question sticky"):
            self._field = ui.textarea("Вопрос").classes("grow")
            self._field.props(f"outlined autogrow autofocus rows=1 maxlength={LONGEST}")
            self._button = ui.button("Спросить", icon="send").props("no-caps unelevated")
        self._button.on_click(self._visit.action(self._ask_typed))
        enter = self._visit.action(self._ask_typed)
        # Shift and Enter begin a new line.
        self._field.on("keydown.enter.exact.prevent", enter)

    def _chips(self, titles: tuple[str, ...]) -> ui.element:
        with ui.element("div").classes("chips") as row:
            for title in titles:

                async def ask(question: str = title) -> None:
                    await self._ask(question)

                ui.button(title, on_click=self._visit.action(ask), color=None).props(
                    "no-caps outline"
                ).classes("chip")
        return row

    async def _ask_typed(self) -> None:
        question = (self._field.value or "").strip()
        if question and not self._asking:
            self._field.value = ""
            await self._ask(question)

    async def _ask(self, question: str) -> None:
        if self._asking:
            return
        async with self._visit.unit() as (_, principal):
            self._asking = True
        self._button.disable()
        self._examples.set_visibility(False)
        with self._thread:
            tables.show_html(tag("div", question, class_="said"), "li", "line user")
            with ui.element("li").classes("line ai"), ui.element("article") as answer:
                tables.show_html(text("Ищу в базе знаний…"), "p", "facts")
        _ = ui.run_javascript(_SCROLL)
        try:
            told = await self._visit.services.adviser.ask(principal, question, last=self._last)
        except Exception:
            self._show(answer, Told("", note="Не получилось ответить. Спросите ещё раз."))
            raise
        finally:
            self._asking = False
            self._button.enable()
        self._show(answer, told)

    def _show(self, answer: ui.element, told: Told) -> None:
        answer.clear()
        with answer:
            tables.show_html(_shown(told))
        if told.text:
            self._last = told
            # «Короче» is about the last answer, so only that one offers it.
            if self._follow_ups is not None:
                self._follow_ups.delete()
            with answer:
                self._follow_ups = self._chips(FOLLOW_UPS)
        _ = ui.run_javascript(_SCROLL)


def _shown(told: Told) -> Markup:
    if not told.text:
        return tag("p", told.note or "", class_="said")
    sources = [_source(citation) for citation in told.citations]
    return join(
        _formatted(told.text),
        tag("p", "Источники" if len(sources) > 1 else "Источник", class_="side-title"),
        tag("ul", *sources, class_="cards"),
    )


def _formatted(answer: str) -> Markup:
    """Paragraphs and lists of an answer."""
    parts: list[Markup] = []
    lines = [line for line in answer.split("\n") if line.strip()]
    for is_list, group in groupby(lines, lambda line: line.startswith(BULLET)):
        if is_list:
            parts.append(tag("ul", *(tag("li", line.removeprefix(BULLET)) for line in group)))
        else:
            parts += [tag("p", line) for line in group]
    return tag("div", *parts, class_="answer-text")


def _source(citation: Citation) -> Markup:
    place = f", стр. {citation.page}" if citation.page else ""
    section = f" — {citation.section}" if citation.section else ""
    opened = link(
        "Открыть исходный файл",
        source_path(citation.document_id),
        target="_blank",
        aria_label=f"Открыть исходный файл: {citation.title}",
    )
    return tag("li", f"{citation.title}{section}{place}. ", opened)
