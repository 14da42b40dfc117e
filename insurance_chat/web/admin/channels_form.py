"""A form made of what a messenger asks for: fields with help, and a real trial of the values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from nicegui import ui

from insurance_chat.channels.ports import Field
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.web import tables
from insurance_chat.web.markup import tag

T = TypeVar("T")


class ChannelForm:
    """Fields of one messenger.

    Args:
        fields: as the messenger names them.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self._inputs = {one.name: _draw(one) for one in fields}
        self._said = ui.element("div").props("role=status aria-live=polite")

    def values(self) -> dict[str, str]:
        """What was typed, by the name of the field."""
        return {name: str(field.value or "") for name, field in self._inputs.items()}

    def wait(self, words: str) -> None:
        """Say that the messenger is being asked."""
        self._said.clear()
        for field in self._inputs.values():
            field.props(remove="error")
        with self._said, ui.row().classes("form-buttons"):
            ui.spinner(size="sm")
            ui.label(words)

    async def tried(self, button: ui.button, work: Callable[[], Awaitable[T]]) -> T | None:
        """Have the messenger try the values out; what it refuses is said at the field.

        Args:
            button: cannot be pressed meanwhile.

        Returns:
            What the work returned; None when it was refused.

        Raises:
            ServiceError: the person is not logged in any more.
        """
        button.disable()
        self.wait("Спрашиваем мессенджер…")
        try:
            done = await work()
        except ServiceError as error:
            if error.kind is Kind.UNAUTHENTICATED:
                raise
            self.refuse(error)
            return None
        finally:
            button.enable()
        self._said.clear()
        return done

    def refuse(self, error: ServiceError) -> None:
        """Say what is wrong, at the field when it is known."""
        self._said.clear()
        with self._said:
            tables.show_html(tag("span", error.message), "div", "verdict bad")
        field = self._inputs.get(str(error.data.get("field", "")))
        if field is not None:
            field.props("error")
            _ = field.run_method("focus")  # nobody waits for the browser


def _draw(one: Field) -> ui.input:
    field = ui.input(one.title).props(
        "outlined autocomplete=off autocapitalize=none spellcheck=false hide-bottom-space"
    )
    if one.secret:
        field.props("type=password autocomplete=new-password")
    field.props["name"] = one.name
    words = one.help if one.required else f"Необязательно. {one.help}"
    tables.show_html(tag("span", words), "p", "hint field-help")
    return field
