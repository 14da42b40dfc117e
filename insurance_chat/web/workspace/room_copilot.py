"""«Помочь с ответом»: a draft with its sources, changed by wishes, put into the field or published."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import profile
from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.operators.copilot.service import Draft
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag, text
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.workspace.room_composer import Composer

SCOPES = {"own": "Мои компании", "all": "Все компании"}
WISHES = (
    ("Короче", "короче"),
    ("Официальнее", "официальнее"),
    ("Теплее", "теплее"),
    ("Перефразировать", "перефразируй"),
)


class Helper:
    """The panel of drafts.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
        composer: where a draft goes.
    """

    def __init__(self, visit: Visit, session: UUID, composer: Composer) -> None:
        self._visit = visit
        self._session = session
        self._composer = composer
        self._draft = Draft("")
        self._question = ""
        self._busy = False
        self._scope: ui.toggle | None = None

    async def build(self) -> None:
        """Draw the button and the field; nothing is written until it is asked for."""
        async with self._visit.desk.unit(self._visit.identity, self._visit.roles) as (_, _, user):
            companies, only_own = list(user.companies), bool(user.only_own_companies)
        self._box = ui.element("section").classes("helper").props('aria-label="Помощь с ответом"')
        with self._box:
            self._start = ui.button("Помочь с ответом", icon="auto_awesome")
            self._start.props("no-caps unelevated data-shortcut=KeyH")
            self._start.on_click(self._visit.action(self._begin))
            if companies:
                self._scope = ui.toggle(SCOPES, value="own" if only_own else "all")
                self._scope.props('no-caps unelevated dense aria-label="Где искать ответ"')
                self._scope.on_value_change(self._visit.action(self._choose_scope))
            self._asks = show_html(
                text("Искать ответы только по вашим компаниям? Выберите один раз."), "p", "note"
            )
            self._asks.set_visibility(False)
            with ui.element("div").classes("wish"):
                self._wish = ui.input("Вопрос или «напиши ответ так: …»")
                self._wish.props("outlined dense maxlength=1000")
                self._wish.on("keydown.enter", self._visit.action(self._ask))
                go = ui.button(icon="arrow_forward", color=None).props("flat round")
                go.props["aria-label"] = "Составить ответ"
                go.on_click(self._visit.action(self._ask))
            self._result = ui.element("div").classes("draft").props("aria-live=polite")

    def show(self, *, leads: bool) -> None:
        """Drafts are for who speaks to the client."""
        self._box.set_visibility(leads)

    async def _choose_scope(self) -> None:
        async with self._visit.unit() as (unit, principal):
            own = self._companies == "own"
            await profile.choose_companies_scope(unit, principal, only_own=own)
        self._asks.set_visibility(False)

    @property
    def _companies(self) -> Literal["own", "all"] | None:
        if self._scope is None:
            return None
        return "own" if self._scope.value == "own" else "all"

    async def _begin(self) -> None:
        self._question = ""
        await self._write("", variant=0)

    async def _ask(self) -> None:
        words = str(self._wish.value or "").strip()
        if words:
            self._question = words
            await self._write(words, current=self._draft.text or None)
            self._wish.set_value("")

    async def _another(self) -> None:
        await self._write(self._question, variant=self._draft.variant + 1)

    async def _write(self, wish: str, *, variant: int = 0, current: str | None = None) -> None:
        """Ask for a draft and show it sentence by sentence."""
        if self._busy:
            return
        self._busy = True
        self._start.disable()
        self._result.clear()
        with self._result:
            wait = show_html(text("Ищу в базе знаний…"), "p", "hint")
            shown = ui.label("").classes("draft-text")
        try:
            async with self._visit.unit() as (_, principal):
                pass
            drafting = await self._visit.services.copilot.begin(
                principal,
                session=self._session,
                wish=wish,
                current=current,
                variant=variant,
            )
            async for sentence in drafting.sentences():
                wait.set_visibility(False)
                shown.set_text(shown.text + sentence)
            self._show(drafting.result())
        except Exception:
            self._show(Draft("", warning="Не получилось. Попробуйте ещё раз."))
            raise
        finally:
            self._busy = False
            self._start.enable()

    def _show(self, draft: Draft) -> None:
        self._draft = draft
        self._asks.set_visibility(draft.ask_companies and self._scope is not None)
        self._result.clear()
        with self._result:
            if draft.text:
                show_html(text(draft.text), "div", "draft-text")
            if draft.warning:
                show_html(text(draft.warning), "p", "note warn-note")
            if draft.text:
                self._draw_buttons(draft)
            sources = _sources("Источники", draft.citations)
            private = _sources("Только для вас", draft.only_for_agent, private=True)
            show_html(join(sources, private))

    def _draw_buttons(self, draft: Draft) -> None:
        with ui.element("div").classes("draft-buttons"):
            put = ui.button("Вставить в ответ", color=None).props("no-caps outline")
            put.classes("quiet-button").on_click(lambda: self._composer.put(draft.text))
            publish = ui.button("Опубликовать").props("no-caps unelevated")
            publish.on_click(self._visit.action(self._publish))
        with ui.element("div").classes("chips"):
            for title, wish in WISHES:
                self._chip(title, wish)
            if draft.variants_left:
                chip = ui.button("Другой вариант", color=None).props("no-caps outline")
                chip.classes("chip").on_click(self._visit.action(self._another))

    def _chip(self, title: str, wish: str) -> None:
        async def change() -> None:
            await self._write(wish, current=self._draft.text)

        chip = ui.button(title, color=None).props("no-caps outline").classes("chip")
        chip.on_click(self._visit.action(change))

    async def _publish(self) -> None:
        if await self._composer.publish(self._draft.text):
            self._draft = Draft("")
            self._result.clear()
            ui.notify("Отправлено клиенту", type="positive")


def _sources(title: str, found: tuple[Citation, ...], *, private: bool = False) -> Markup | None:
    if not found:
        return None
    rows = [_source(citation, private=private) for citation in found]
    return tag(
        "div",
        tag("p", title, class_="side-title"),
        tag("ul", *rows, class_="cards"),
        class_="private-sources" if private else "sources",
    )


def _source(citation: Citation, *, private: bool) -> Markup:
    place = f", стр. {citation.page}" if citation.page else ""
    opened = link(
        "Открыть",
        source_path(citation.document_id),
        target="_blank",
        aria_label=f"Открыть исходный файл: {citation.title}",
    )
    quote = tag("blockquote", citation.quote) if private else None
    return tag("li", f"{citation.title}{place}. ", opened, quote)
