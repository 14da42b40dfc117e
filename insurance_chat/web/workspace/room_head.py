"""The head of a room: state, what can be done with the chat now, its tags."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from insurance_chat.accounts import presence
from insurance_chat.conversations import privacy
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.handover.claiming import Outcome
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.inbox import tags as chat_tags
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import CHANNELS, STATES, moment, named
from insurance_chat.web.workspace.sale import sale_path

QUEUE = f"{PREFIX}/workspace/chats"
_ANYBODY = "any"


class Head:
    """State, actions and tags of one chat.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
    """

    def __init__(self, visit: Visit, session: UUID) -> None:
        self._visit = visit
        self._session = session
        self._shown: object = None
        self._tags: tuple[str, ...] = ()
        self._tags_drawn: tuple[str, ...] | None = None

    def build(self) -> None:
        """Draw it empty; `show` fills it."""
        with ui.element("div").classes("room-head"):
            with ui.element("div").classes("room-title"):
                show_html(link("←", QUEUE, aria_label="К чатам", class_="back"), "div")
                with ui.element("div").classes("room-who"):
                    self._name = ui.label("Клиент").classes("room-name")
                    self._facts = ui.element("div")
                self._side_button()
            with ui.element("div").classes("room-tools"):
                self._actions = ui.element("div").classes("room-actions")
                self._tag_row = ui.element("div").classes("tags")
            self._notice = ui.element("div").classes("room-notice")
            self._notice.props('role="status"')

    def _side_button(self) -> None:
        button = ui.button(icon="badge", color=None).props(
            'flat round aria-label="Карточка клиента и помощь" aria-controls="room-side"'
        )
        button.classes("side-toggle").props("data-shortcut=KeyI")
        button.on("click", js_handler="() => window.room.side()")

    def name(self, client: str) -> None:
        """Show the client's name."""
        if self._name.text != client:
            self._name.set_text(client)

    def show(self, view: SessionView, tags: tuple[str, ...], *, leads: bool) -> None:
        """Draw what the chat is now.

        Args:
            leads: this person speaks to the client.
        """
        self._tags = tags
        state = (view.state, view.agent_id, view.email, leads)
        if state != self._shown:
            self._shown = state
            self._draw_facts(view)
            self._draw_actions(view, leads=leads)
            self._draw_notice(view, leads=leads)
        if tags != self._tags_drawn:
            self._draw_tags()

    def refuse(self, why: str) -> None:
        """The chat is not this person's any more."""
        self._shown = None
        self._tags_drawn = None
        self._actions.clear()
        self._tag_row.clear()
        self._say(why, queue=True)

    def _say(self, words: str, *, queue: bool = False) -> None:
        self._notice.clear()
        if words:
            with self._notice:
                more = join(" ", link("К очереди", QUEUE)) if queue else None
                show_html(join(tag("span", words), more), "p", "note")

    def _draw_facts(self, view: SessionView) -> None:
        self._facts.clear()
        email = view.email or ""
        parts = [
            named(STATES, view.state.value),
            tag("span", CHANNELS.get(view.channel, view.channel)),
            tag("span", f"начат {moment(view.created_at)}", class_="wide-only"),
        ]
        if email:
            shown = email if self._visit.principal.is_admin else privacy.mask_email(email)
            parts.append(tag("span", shown))
        with self._facts:
            show_html(join(*parts), "p", "facts")

    def _draw_notice(self, view: SessionView, *, leads: bool) -> None:
        if view.agent_id is None:
            waits = view.state is ConversationState.HANDOVER_REQUESTED
            self._say("" if waits else "Клиенту отвечает ассистент.")
        elif str(view.agent_id) == self._visit.principal.user_public_id:
            self._say("")
        elif leads:
            self._say(f"Чат ведёт {view.agent_name}. Вы можете вмешаться как администратор.")
        else:
            self._say(f"Чат ведёт {view.agent_name}. Вы можете читать переписку.")

    def _draw_actions(self, view: SessionView, *, leads: bool) -> None:
        self._actions.clear()
        waits = view.state is ConversationState.HANDOVER_REQUESTED
        may_come = waits or self._visit.principal.is_admin or view.is_agent_client
        with self._actions:
            if leads:
                self._button("Оформить полис", "description", "KeyO", self._sell)
                self._button("Вернуть ассистенту", "smart_toy", "KeyB", self._return)
                self._button("Передать", "forward", "KeyP", self._transfer)
                self._button("Завершить", "done", "KeyE", self._close)
            elif view.agent_id is None and may_come:
                self._button("Взять чат", "pan_tool_alt", "KeyC", self._claim, main=True)

    def _button(
        self, title: str, icon: str, key: str, action: object, *, main: bool = False
    ) -> None:
        look = "unelevated" if main else "outline"
        button = ui.button(title, icon=icon, color="primary" if main else None)
        button.props(f"{look} no-caps data-shortcut={key}").classes("room-action")
        if not main:
            button.classes("quiet-button")
        button.on_click(self._visit.action(action))  # type: ignore[arg-type]

    async def _claim(self) -> None:
        try:
            async with self._visit.unit() as (unit, principal):
                await claiming.claim(unit, principal, self._session)
        except ServiceError as error:
            if error.code != "already_claimed":
                raise
            self._actions.clear()
            self._say(error.message, queue=True)
            return
        _ = ui.run_javascript("window.room.write()")

    async def _sell(self) -> None:
        ui.navigate.to(sale_path(self._session).removeprefix(PREFIX))

    async def _return(self) -> None:
        await self._release(Outcome.RETURNED)
        ui.notify("Дальше отвечает ассистент", type="positive")

    async def _close(self) -> None:
        detail = "Клиент узнает, что разговор с вами окончен. Если напишет ещё, ответит ассистент."
        if await confirm("Завершить чат?", detail, "Завершить", "Продолжить"):
            await self._visit.action(self._end)()

    async def _end(self) -> None:
        await self._release(Outcome.CLOSED)
        ui.notify("Чат завершён", type="positive")

    async def _release(self, outcome: Outcome) -> None:
        async with self._visit.unit() as (unit, principal):
            await claiming.release(unit, principal, self._session, outcome)

    async def _transfer(self) -> None:
        async with self._visit.unit() as (unit, principal):
            rows = await presence.available(unit, principal.tenant_id)
            free = {str(one.id): one.name for one in rows if one.user_id != principal.user_id}
        chosen = await answer_of(_transfer_dialog(free))
        if chosen is not None:
            await self._visit.action(self._pass_on)(chosen)

    async def _pass_on(self, chosen: str) -> None:
        to = None if chosen == _ANYBODY else UUID(chosen)
        async with self._visit.unit() as (unit, principal):
            await claiming.transfer(unit, principal, self._session, to)
        ui.notify("Чат передан", type="positive")

    def _draw_tags(self) -> None:
        self._tags_drawn = self._tags
        self._tag_row.clear()
        with self._tag_row:
            for one in self._tags:
                self._chip(one)
            add = ui.button("Метка", icon="add", color=None).props("flat dense no-caps")
            add.classes("quiet-button").props("data-shortcut=KeyM")
            add.on_click(self._visit.action(self._ask_tag))

    def _chip(self, name: str) -> None:
        async def drop() -> None:
            await self._put_tags([one for one in self._tags if one != name])

        chip = ui.button(name, icon="close", color=None).props("flat dense no-caps")
        chip.classes("tag-chip").props["aria-label"] = f"Убрать метку «{name}»"
        chip.on_click(self._visit.action(drop))

    async def _put_tags(self, wanted: list[str]) -> None:
        async with self._visit.unit() as (unit, principal):
            await chat_tags.put(unit, principal, self._session, wanted)

    async def _ask_tag(self) -> None:
        async with self._visit.unit() as (unit, principal):
            known = await chat_tags.known(unit, principal)
        offered = [one for one in known if one not in self._tags]
        typed = await answer_of(_tag_dialog(offered))
        if typed:
            await self._visit.action(self._put_tags)([*self._tags, *typed.split(",")])


def _tag_dialog(offered: list[str]) -> ui.dialog:
    """Asks for a tag: a new word or one that other chats have."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Добавить метку"
        ui.label("Добавить метку").classes("ask-title")
        field = ui.input("Метка").props("outlined autofocus maxlength=30")
        field.on("keydown.enter.prevent", lambda: dialog.submit(field.value))
        if offered:
            with ui.element("div").classes("chips"):
                for one in offered[:24]:
                    chip = ui.button(one, color=None).props("outline no-caps").classes("chip")
                    chip.on_click(lambda _, name=one: dialog.submit(name))
        with ui.row().classes("ask-buttons"):
            ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button("Добавить", on_click=lambda: dialog.submit(field.value)).props("no-caps")
    return dialog


def _transfer_dialog(free: dict[str, str]) -> ui.dialog:
    """Asks for a colleague who takes chats now."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Передать чат"
        ui.label("Передать чат").classes("ask-title")
        ui.label(
            "Клиент узнает, кому вы его передали."
            if free
            else "Сейчас свободных коллег нет. Чат встанет в очередь, и его возьмёт первый, кто придёт."
        )
        choice = ui.radio({_ANYBODY: "Любому свободному агенту", **free}, value=_ANYBODY)
        with ui.row().classes("ask-buttons"):
            ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button("Передать", on_click=lambda: dialog.submit(choice.value)).props("no-caps")
    return dialog
