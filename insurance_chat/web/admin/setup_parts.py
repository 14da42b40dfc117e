"""Parts that the forms of the first start and of «Настройки» share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from insurance_chat.core.errors import ServiceError
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, tag
from insurance_chat.web.session import Visit

Done = Callable[[str], Awaitable[None]]
Trial = Callable[[], Awaitable[tuple[bool, str]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form stands.

    Args:
        save: words on the button that saves.
        done: called with a word to the person after something was saved.
    """

    save: str
    done: Done


def note(words: str | Markup) -> None:
    """A remark that is not in the way."""
    tables.show_html(tag("p", words, class_="note"))


def hint(words: str | Markup) -> None:
    """What a field is for."""
    tables.show_html(tag("p", words, class_="hint"))


def secret(title: str, kind: str = "off") -> ui.input:
    """A field whose content is not shown until it is asked for.

    Args:
        kind: what the browser may fill in: `off`, `current-password`, `new-password`.
    """
    field = ui.input(title, password=True, password_toggle_button=True)
    return field.props(f"outlined maxlength=500 autocomplete={kind}")


def buttons(
    visit: Visit,
    place: Place,
    save: Callable[[], Awaitable[str]],
    trial: Trial | None = None,
) -> None:
    """«Проверить», if there is something to try, and the button that saves.

    Args:
        save: returns a word about what was saved.
        trial: tries what stands in the fields now; nothing has to be saved before.
    """

    async def keep() -> None:
        await place.done(await save())

    if trial is not None:
        verdict = ui.element("div").props("role=status aria-live=polite")
    with ui.row().classes("form-buttons"):
        if trial is not None:
            check = ui.button("Проверить", color=None)
            check.props("no-caps outline").classes("quiet-button")
            check.on_click(lambda: _try(visit, check, verdict, trial))
        ui.button(place.save, on_click=visit.action(keep)).props("no-caps unelevated")


async def _try(visit: Visit, button: ui.button, verdict: ui.element, trial: Trial) -> None:
    async def run() -> None:
        # Whoever was logged out meanwhile makes the service call nobody.
        async with visit.unit():
            pass
        try:
            ok, words = await trial()
        except ServiceError as refusal:
            ok, words = False, refusal.message
        _show(verdict, words, "verdict good" if ok else "verdict bad")

    button.props("loading")
    _show(verdict, "Проверяем…", "verdict")
    try:
        await visit.action(run)()
    finally:
        if not button.is_deleted:
            button.props(remove="loading")


def _show(verdict: ui.element, words: str, classes: str) -> None:
    if verdict.is_deleted:
        return
    verdict.clear()
    with verdict:
        tables.show_html(tag("p", words, class_=classes))
