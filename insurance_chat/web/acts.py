"""Buttons and ticks inside lists that are one piece of HTML: cheap to draw, one listener for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from insurance_chat.web.markup import Markup, tag

EMIT = (
    "(event) => { const hit = event.target.closest('button[data-do]');"
    " if (hit) emit([hit.dataset.do, hit.dataset.id]); }"
)
_TURNED = (
    "(event) => { const hit = event.target.closest('input[data-tick]');"
    " if (hit) emit([hit.dataset.tick, hit.checked]); }"
)
Do = Callable[[], Awaitable[None]]
Turn = Callable[[bool], None]
_PRESS = "press"


def act(what: str, title: str, target: str, label: str = "", *, danger: bool = False) -> Markup:
    """A button inside a list that is one piece of HTML; `EMIT` tells its page of the click.

    Args:
        what: what to do, `target` with what.
        label: how a screen reader names it.
    """
    return tag(
        "button",
        title,
        type="button",
        class_="text-button danger" if danger else "text-button",
        aria_label=label or None,
        **{"data-do": what, "data-id": target},
    )


class Acts:
    """What the buttons of a list do. The browser only says which of them was pressed.

    A button as an element of its own makes its row seven elements; a page of 25 rows with them took
    twice the time of one without.

    Args:
        box: around the list; its clicks are listened to.
    """

    def __init__(self, box: ui.element) -> None:
        self._known: list[Do] = []
        self._ticks: list[Turn] = []
        box.on("click", self._pressed, js_handler=EMIT)
        box.on("change", self._turned, js_handler=_TURNED)

    def clear(self) -> None:
        """Forget the buttons of the list that was drawn before."""
        self._known.clear()
        self._ticks.clear()

    def button(self, title: str, label: str, do: Do, *, danger: bool = False) -> Markup:
        """A button of a row.

        Args:
            label: how a screen reader names it, with the name of the row.
            do: what a press does; questions and refusals are its own business.
        """
        self._known.append(do)
        return act(_PRESS, title, str(len(self._known) - 1), label, danger=danger)

    def tick(self, label: str, turn: Turn) -> Markup:
        """A box to tick in a row.

        Args:
            turn: told whether it is ticked now.
        """
        self._ticks.append(turn)
        number = str(len(self._ticks) - 1)
        return tag("input", type="checkbox", aria_label=label, class_="tick", data_tick=number)

    def _turned(self, event: GenericEventArguments) -> None:
        number, on = event.args
        if str(number).isdigit() and int(number) < len(self._ticks):
            self._ticks[int(number)](bool(on))

    async def _pressed(self, event: GenericEventArguments) -> None:
        what, number = event.args
        if what == _PRESS and str(number).isdigit() and int(number) < len(self._known):
            await self._known[int(number)]()
