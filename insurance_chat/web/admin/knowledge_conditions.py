"""The form of what was understood of a preview: its summary and its key conditions."""

from __future__ import annotations

from dataclasses import replace

from nicegui import ui

from insurance_chat.knowledge.analysis.findings import KINDS, Analysis, Condition
from insurance_chat.knowledge.editing import Sheet
from insurance_chat.web import tables
from insurance_chat.web.admin.knowledge_words import quoted
from insurance_chat.web.markup import tag

EDITED = 40  # conditions with fields; the rest of a long table of tariffs is kept as it is


class ConditionsForm:
    """Inputs of the summary and of the conditions; `value` reads them.

    Args:
        sheet: the preview as it is stored.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._rows: list[_Row] = []
        found = sheet.analysis
        self._summary = ui.textarea("Краткое содержание", value=" ".join(found.summary))
        self._summary.props("outlined autogrow maxlength=2000").classes("wide")
        if not found.conditions:
            words = "Лимитов, франшиз, тарифов и сроков не найдено. Их можно добавить."
            tables.show_html(tag("p", words, class_="hint"))
        self._box = ui.element("div").classes("conditions")
        with self._box:
            for one in found.conditions[:EDITED]:
                self._rows.append(_Row(sheet, one))
        rest = len(found.conditions) - EDITED
        if rest > 0:
            words = f"Показаны первые {EDITED}, ещё {rest} сохранятся без изменений."
            tables.show_html(tag("p", words, class_="hint"))
        ui.button("Добавить условие", on_click=self._add, color=None).props(
            "no-caps flat icon=add"
        ).classes("quiet-button")

    def value(self) -> Analysis:
        """What the administrator has left, changed and added."""
        found = self._sheet.analysis
        words = " ".join(str(self._summary.value or "").split())
        kept = " ".join(found.summary) == words
        edited = [row.value() for row in self._rows if not row.removed]
        return replace(
            found,
            summary=found.summary if kept else tuple(filter(None, (words,))),
            conditions=(*(one for one in edited if one.value), *found.conditions[EDITED:]),
        )

    def _add(self) -> None:
        with self._box:
            self._rows.append(_Row(self._sheet, Condition("limit", "", "", "")))


class _Row:
    """One condition."""

    def __init__(self, sheet: Sheet, one: Condition) -> None:
        self._one, self.removed = one, False
        with ui.element("fieldset").classes("condition") as self._place:
            self._kind = ui.select(dict(KINDS), value=one.kind, label="Условие")
            self._name = ui.input("О чём", value=one.name)
            self._value = ui.input("Значение", value=one.value)
            for field in (self._kind, self._name, self._value):
                field.props("outlined dense")
            label = f"Убрать условие {one.name or KINDS[one.kind]}"
            button = ui.button(icon="close", on_click=self._remove, color=None)
            button.props("flat round dense").props["aria-label"] = label
            words = quoted(sheet.id, sheet.fields.title, one.quote, one.page)
            if words is not None:
                tables.show_html(words, "div", "full")

    def value(self) -> Condition:
        """The condition as it stands in the fields; what a person has changed loses its proof."""
        kind, name, value = self._kind.value, self._name.value or "", self._value.value or ""
        if (kind, name, value) == (self._one.kind, self._one.name, self._one.value):
            return self._one
        return replace(self._one, kind=kind, name=name.strip()[:200], value=value.strip()[:500])

    def _remove(self) -> None:
        self.removed = True
        self._place.delete()
