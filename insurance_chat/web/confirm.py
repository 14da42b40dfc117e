"""Dialogs: asking before something that cannot be taken back, waiting for an answer."""

from __future__ import annotations

from typing import Any

from nicegui import ui


async def confirm(question: str, detail: str, agree: str, refuse: str = "Не сейчас") -> bool:
    """Ask in a dialog; Escape and a click outside mean no.

    Args:
        question: one line, names the thing.
        detail: what will happen.
        agree: the verb on the button.
    """
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = question
        ui.label(question).classes("ask-title")
        ui.label(detail)
        with ui.row().classes("ask-buttons"):
            ui.button(refuse, on_click=lambda: dialog.submit(False), color=None).props(
                "flat no-caps autofocus"
            ).classes("quiet-button")
            ui.button(agree, on_click=lambda: dialog.submit(True)).props("no-caps color=negative")
    return bool(await answer_of(dialog))


async def answer_of(dialog: ui.dialog) -> Any:
    """Open a dialog, wait for what it submits and take it off the page; None when it was closed."""
    answer = await dialog
    if not dialog.client.is_deleted:
        dialog.delete()
    return answer
