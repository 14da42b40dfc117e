"""The agent's room: one chat live, what can be done with it, the answer, the client's card."""

from __future__ import annotations

from functools import cache
from importlib import resources
from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.inbox import notes
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.transcript import Hooks, Look, Transcript
from insurance_chat.web.workspace import room_dialogs
from insurance_chat.web.workspace.room_card import Card
from insurance_chat.web.workspace.room_composer import Composer
from insurance_chat.web.workspace.room_copilot import Helper
from insurance_chat.web.workspace.room_head import Head

_SCRIPTS = ("room.js", "room_voice.js")


async def build(visit: Visit) -> None:
    """Draw the room and keep it fresh.

    Raises:
        ServiceError: `session_not_found`, `page_not_found`.
    """
    session = visit.uuid()
    try:
        await Room(visit, session).build()
    except ServiceError as error:
        if error.code != "session_not_found":
            raise
        await _refuse(visit, session, error)


async def _refuse(visit: Visit, session: UUID, error: ServiceError) -> None:
    """Somebody who comes by the link of a request is told who was faster."""
    taken = await who_has(visit, session)
    if taken is None:
        raise error
    ui.context.client.status_code = 409
    queue = link("К очереди", f"{PREFIX}/workspace/chats")
    show_html(tag("div", tag("p", taken, class_="empty-title"), tag("p", queue), class_="empty"))


async def who_has(visit: Visit, session: UUID) -> str | None:
    """«К чату подключился агент …», when a colleague leads this chat."""
    try:
        async with visit.unit() as (unit, principal):
            await claiming.find_to_lead(unit, principal, session)
    except ServiceError as refusal:
        if refusal.code == "already_claimed":
            return refusal.message
    return None


@cache
def script() -> str:
    """JavaScript of the room: keys, scrolling, the panel on a phone, recording of voice."""
    folder = resources.files((__package__ or "").rpartition(".")[0]).joinpath("static")
    return "".join(folder.joinpath(name).read_text("utf-8") for name in _SCRIPTS)


def leads(visit: Visit, view: SessionView) -> bool:
    """Whether this person may speak to the client now; an administrator may in any human's chat."""
    if view.state is not ConversationState.WITH_AGENT:
        return False
    return visit.principal.is_admin or str(view.agent_id) == visit.principal.user_public_id


class Room:
    """One chat on one screen.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
    """

    def __init__(self, visit: Visit, session: UUID) -> None:
        self._visit = visit
        self._session = session
        hooks = Hooks(look=self._look, hidden=self._hide, typing=self._typing, act=self._act)
        self._transcript = Transcript(visit, session, trace=False, hooks=hooks)
        self._composer = Composer(visit, session)
        self._head = Head(visit, session)
        self._card = Card(visit, session)
        self._helper = Helper(visit, session, self._composer)

    async def build(self) -> None:
        """Draw all parts.

        Raises:
            ServiceError: `session_not_found`.
        """
        with ui.element("div").classes("room"):
            with ui.element("section").classes("room-main").props('aria-label="Переписка"'):
                self._head.build()
                with ui.element("div").classes("room-lines"):
                    parts = ui.element("div")
                self._client_types = ui.label("Клиент печатает…").classes("typing")
                self._client_types.props('aria-live="polite"')
                self._client_types.set_visibility(False)
                self._bottom = ui.element("div").classes("room-bottom")
            with ui.element("aside").classes("room-side") as side:
                side.props('id=room-side tabindex=-1 aria-label="Клиент и помощь"')
                close = ui.button(icon="close", color=None).classes("side-close")
                close.props('flat round aria-label="Закрыть карточку"')
                close.on("click", js_handler="() => window.room.side()")
                self._card.build()
                await self._helper.build()
        with self._bottom:
            self._composer.build()
        with parts:
            await self._transcript.build()
        ui.add_body_html(f"<script>{script()}</script>")

    async def _look(self, look: Look) -> None:
        mine = leads(self._visit, look.view)
        self._head.show(look.view, look.tags, leads=mine)
        self._composer.show(look.view, leads=mine)
        self._helper.show(leads=mine)
        summary = await self._card.refresh()
        self._composer.fills = summary.fills
        self._head.name(summary.client)

    async def _hide(self) -> None:
        taken = await who_has(self._visit, self._session)
        self._head.refuse(taken or "Этот чат вам больше не виден.")
        self._composer.hide()
        self._helper.show(leads=False)
        self._card.hide()

    def _typing(self, shown: bool) -> None:
        if self._client_types.visible != shown:
            self._client_types.set_visibility(shown)

    async def _act(self, name: str, target: UUID) -> None:
        if name == "reply":
            await self._composer.quote(target)
        elif name == "report":
            await room_dialogs.report(self._visit, self._session, target)
        elif name == "remove-note":
            async with self._visit.unit() as (unit, principal):
                await notes.remove(unit, principal, self._session, target)
