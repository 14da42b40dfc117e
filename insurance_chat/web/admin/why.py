"""The dialog «Почему так ответил?» of one answer of the assistant."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.quality.why import why
from insurance_chat.web.admin.case_form import case_form
from insurance_chat.web.admin.why_words import developer, explanation
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html

TITLE = "Почему так ответил?"
MAKE_CASE = "Сделать примером для проверки"


async def show_why(visit: Visit, session: UUID, seq: int) -> None:
    """Explain an answer in a dialog, and offer to keep its turn as an example.

    Args:
        seq: line of the answer.

    Raises:
        ServiceError: as `why`.
    """
    async with visit.unit() as (unit, principal):
        shown = await why(unit, principal, session, seq)
    slots = visit.services.catalog.slots
    flows = flow_titles(visit)
    with ui.dialog() as dialog, ui.card().classes("ask why"):
        dialog.props["aria-label"] = TITLE
        ui.label(TITLE).classes("ask-title")
        with ui.element("div").classes("why-text").props('tabindex="0"'):
            show_html(explanation(shown, slots, flows))
            show_html(developer(shown))
        with ui.row().classes("ask-buttons"):
            if shown.said and shown.ms is not None:
                make = ui.button(MAKE_CASE, icon="flag", color=None)
                make.props("flat no-caps").classes("quiet-button")
                make.on_click(lambda: dialog.submit("case"))
            ui.button("Закрыть", on_click=dialog.close).props("no-caps unelevated")
    if await answer_of(dialog) == "case":
        await case_form(visit, session, seq)


def flow_titles(visit: Visit) -> dict[str, str]:
    """Russian names of flows."""
    return {name: flow.title or name for name, flow in visit.services.catalog.flows.items()}
