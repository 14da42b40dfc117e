"""One field of the sale's form. What the agent types is theirs until it is sent."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from insurance_chat.operators.sales.views import Field
from insurance_chat.web.workspace import sale_words as words

FEWEST_MONTHS, MOST_MONTHS = 3, 12
_KEYBOARDS = {"integer": "numeric", "power": "decimal", "phone": "tel", "email": "email"}


class FieldBox:
    """A field, its masked value and what is wrong with it.

    Args:
        field: as the form has it when the page opens.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._base = ""  # what the service has put into the input
        self._focused = False
        self._replacing = False

    def build(self) -> None:
        """Draw it with its first value."""
        with ui.element("div").classes("sale-field") as self._box:
            if self._field.hidden:
                self._draw_masked()
            self._input = self._draw_input()
            self._problem = ui.label().classes("sale-problem").props("role=alert")
        self._input.on("focus", self._focus)
        self._input.on("blur", self._blur)
        self._problem.set_visibility(False)
        self._put(self._field)

    def _draw_masked(self) -> None:
        with ui.element("div").classes("sale-masked") as self._masked:
            with ui.element("div").classes("grow"):
                ui.label(words.title(self._field)).classes("sale-label")
                self._shown = ui.label().classes("sale-value")
            self._change = ui.button("Изменить", on_click=self._replace, color=None)
            self._change.props("flat dense no-caps").classes("quiet-button")
            self._change.props["aria-label"] = f"Изменить: {words.title(self._field)}"

    def _draw_input(self) -> Any:
        field, label = self._field, words.title(self._field)
        if field.type == "boolean":
            ui.label(label).classes("sale-label")
            switch = ui.toggle(words.answers(field)).props("no-caps unelevated")
            switch.props["aria-label"] = label
            return switch.props("role=group").classes("sale-switch")
        if field.type == "months":
            counts = range(MOST_MONTHS, FEWEST_MONTHS - 1, -1)
            options = {str(count): words.months(count) for count in counts}
            return ui.select(options, label=label).props("outlined")
        entry = ui.input(label, placeholder=words.hint(field)).props("outlined maxlength=300")
        entry.props("autocomplete=off spellcheck=false")
        return entry.props(f"inputmode={_KEYBOARDS.get(field.type, 'text')}")

    @property
    def shown(self) -> bool:
        """Whether the field belongs to the sale now."""
        return self._field.shown

    @property
    def changed(self) -> str | None:
        """What the agent has typed and not sent yet; None when there is nothing."""
        typed = str(self._input.value or "").strip()
        return typed if self._field.shown and typed and typed != self._base else None

    def show(self, field: Field) -> None:
        """Take in the form as it is now; what is being typed stays as it is."""
        self._field = field
        if not self._focused and self.changed is None:
            self._put(field)
        self._draw()

    def lock(self, locked: bool) -> None:
        """A policy that has been paid for is only shown."""
        self._input.set_enabled(not locked)
        if self._field.hidden:
            self._change.set_visibility(not locked)

    def taken(self, sent: str) -> None:
        """The service has stored what was sent; what was typed meanwhile stays."""
        self.refuse("")
        if self.changed == sent:
            self._replacing = False
            self._put(self._field)

    def refuse(self, problem: str) -> None:
        """Say under the field what is wrong with it; an empty text takes that back."""
        self._problem.set_text(problem)
        self._problem.set_visibility(bool(problem))
        if self._field.type != "boolean":
            self._input.props(f"error={'true' if problem else 'false'} no-error-icon")
            self._input.props("hide-bottom-space")

    def _put(self, field: Field) -> None:
        self._base = "" if field.hidden else field.value
        empty = None if field.type in ("boolean", "months") else ""
        self._input.set_value(self._base or empty)
        self._draw()

    def _draw(self) -> None:
        self._box.set_visibility(self._field.shown)
        if not self._field.hidden:
            return
        masked = bool(self._field.value) and not self._replacing
        self._shown.set_text(self._field.value)
        self._masked.set_visibility(masked)
        self._input.set_visibility(not masked)

    def _replace(self) -> None:
        self._replacing = True
        self._draw()
        self._input.run_method("focus")

    def _focus(self) -> None:
        self._focused = True

    def _blur(self) -> None:
        self._focused = False
        self.show(self._field)
