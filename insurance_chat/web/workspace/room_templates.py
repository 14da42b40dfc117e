"""Choosing a ready text: by «/» in the field, or by the button with a search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.operators.inbox import templates
from insurance_chat.operators.inbox.templates import TemplateView
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html

PAGE = f"{PREFIX}/workspace/templates"
SHOWN = 8
_BEGINNING = 90  # characters of a text in the list


class Picker:
    """A list of templates above the field.

    Args:
        visit: whose screen it is.
        choose: takes the text of the chosen template.
        closed: after the list was closed with the keyboard.
    """

    def __init__(
        self, visit: Visit, choose: Callable[[str], Awaitable[None]], closed: Callable[[], None]
    ) -> None:
        self._visit = visit
        self._choose = choose
        self._closed = closed
        self._all: list[TemplateView] = []
        self._found: list[TemplateView] = []
        self.is_open = False
        self.by_words = False

    def build(self) -> None:
        """Draw it closed."""
        self._box = ui.element("div").classes("picker").props('id=picker aria-label="Шаблоны"')
        self._box.props["role"] = "group"
        self._box.on("keydown.esc", self._escape)
        with self._box:
            self._search = ui.input("Найти шаблон").props("outlined dense clearable")
            self._search.on_value_change(lambda event: self._look(str(event.value or "")))
            self._list = ui.element("ul").classes("picker-list")
        self._box.set_visibility(False)

    async def open(self, words: str | None) -> None:
        """Show templates.

        Args:
            words: typed in the field after «/»; None opens the list with its own search.
        """
        if not self.is_open:
            async with self._visit.unit() as (unit, principal):
                self._all = await templates.list_templates(unit, principal)
        self.by_words = words is not None
        self._search.set_visibility(words is None)
        self.is_open = True
        self._box.set_visibility(True)
        self._look(words or "")
        if words is None:
            self._search.set_value("")
            _ = ui.run_javascript("window.room.picker()")

    def close(self) -> None:
        """Take the list away."""
        self.is_open = self.by_words = False
        self._box.set_visibility(False)

    def _escape(self) -> None:
        self.close()
        self._closed()

    async def choose_first(self) -> None:
        """Take the first one that was found."""
        if self._found:
            await self._choose(self._found[0].text)

    def _look(self, words: str) -> None:
        self._found = templates.search(self._all, words)[:SHOWN]
        self._list.clear()
        with self._list:
            for one in self._found:
                self._item(one)
            if not self._found:
                words = "Шаблонов пока нет. " if not self._all else "Ничего не нашлось. "
                show_html(tag("span", words, link("Мои шаблоны", PAGE)), "li", "picker-empty")

    def _item(self, one: TemplateView) -> None:
        async def take() -> None:
            await self._choose(one.text)

        begin = " ".join(one.text.split())
        shown = begin if len(begin) <= _BEGINNING else begin[:_BEGINNING] + "…"
        with ui.element("li"), ui.element("button").classes("picker-item") as button:
            button.props("type=button").on("click", self._visit.action(take))
            show_html(tag("b", one.title))
            show_html(tag("span", shown))
