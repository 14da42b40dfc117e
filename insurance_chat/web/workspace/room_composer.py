"""Where an agent writes: to the client or a note, with files, a quotation and ready texts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from nicegui import ui
from nicegui.events import UploadEventArguments, ValueChangeEventArguments

from insurance_chat.conversations import attachments
from insurance_chat.conversations.attachments import Attachment
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import InboundMessage, Sender
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.inbox import notes, templates
from insurance_chat.web.markup import tag, text
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.workspace import room_dialogs
from insurance_chat.web.workspace.room_quotation import quotable
from insurance_chat.web.workspace.room_templates import Picker
from insurance_chat.web.workspace.room_voice import Recording, Voice, speak_later

log = structlog.get_logger()
LONGEST = 4000  # characters
MOST_FILES = 5
TYPING_EVERY = 2.5  # seconds between signs that the agent types
KINDS = ".pdf,.docx,.xlsx,.pptx,.rtf,.doc,.txt,.md,image/*,audio/*"


class Composer:
    """The field and all around it.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
    """

    def __init__(self, visit: Visit, session: UUID) -> None:
        self._visit = visit
        self._session = session
        self._view: SessionView | None = None
        self._leads = False
        self._note = False
        self._quote: UUID | None = None
        self._quoted_words = ""
        self._files: list[Attachment] = []
        self._sending = self._aloud = False
        self._key = uuid4().hex
        self._tried: tuple[object, ...] | None = None
        self._told_typing = 0.0
        self._voice = Voice(visit, self._say_aloud)
        self.fills: Mapping[str, str] = {}

    def build(self) -> None:
        """Draw it; `show` says what is allowed now."""
        self._box = ui.element("div").classes("composer").props("id=composer")
        with self._box:
            self._strip = ui.element("div").classes("strip")
            self._missing = ui.element("div").classes("strip missing").props("role=status")
            self._picker = Picker(self._visit, self._choose, self._picker_closed)
            self._picker.build()
            self._voice.build_panel()
            with ui.element("div").classes("composer-modes"):
                self._draw_modes()
            with ui.element("div").classes("composer-row"):
                self._draw_row()
        self._missing.set_visibility(False)
        self._strip.set_visibility(False)

    def _draw_modes(self) -> None:
        self._to_client = self._mode("Клиенту", "KeyW", note=False)
        self._to_staff = self._mode("Заметка", "KeyN", note=True)
        show_html(text("Enter — отправить, Shift + Enter — новая строка"), "span", "hint wide-only")
        keys = ui.button("Клавиши", color=None).props("flat dense no-caps data-shortcut=Slash")
        keys.classes("quiet-button keys-button").on_click(
            self._visit.action(room_dialogs.show_keys)
        )

    def _mode(self, title: str, key: str, *, note: bool) -> ui.button:
        def choose() -> None:
            self._set_mode(note=note)
            _ = ui.run_javascript("window.room.focus()")

        button = ui.button(title, on_click=choose, color=None)
        return button.props(f"flat dense no-caps data-shortcut={key}").classes("mode")

    def _draw_row(self) -> None:
        self._attach_button()
        self._microphone = self._voice.build_button()
        self._ready = self._icon("bolt", "Шаблоны", "KeyT")
        self._ready.on_click(self._visit.action(self._toggle_picker))
        self._field = ui.textarea().classes("grow composer-field")
        self._field.props(f"outlined autogrow dense rows=1 maxlength={LONGEST}")
        self._speak = self._icon("record_voice_over", "Отправить голосом", "KeyG")
        self._speak.on_click(self._visit.action(self._press_aloud))
        send = self._visit.action(self._press)
        self._field.on("keydown.enter.exact.prevent", send)
        self._field.on("keydown.esc", self._clear_quote)
        self._field.on_value_change(self._visit.action(self._typed))
        self._send_button = ui.button(icon="send").props(
            'round unelevated aria-label="Отправить клиенту"'
        )
        self._send_button.on_click(send)

    def _icon(self, icon: str, title: str, key: str) -> ui.button:
        button = ui.button(icon=icon, color=None).props(f"flat round data-shortcut={key}")
        button.props["aria-label"] = title
        return button.classes("quiet-button")

    def _attach_button(self) -> None:
        limit = self._visit.services.settings.api.upload_megabytes
        pick = self._icon("attach_file", "Приложить файл", "KeyF")
        # Its own look cannot be used by a screen reader, so a plain button opens the choice.
        field = ui.upload(
            auto_upload=True,
            multiple=True,
            max_file_size=limit * 1024 * 1024,
            on_upload=self._visit.action(self._uploaded),
            on_rejected=lambda: ui.notify(f"Файл больше {limit} МБ.", type="negative"),
        ).props(f'accept="{KINDS}"')
        field.classes("gone")
        pick.on("click", js_handler=f"() => getElement({field.id}).$refs.qRef.pickFiles()")
        self._attach, self._uploader = pick, field

    def show(self, view: SessionView, *, leads: bool) -> None:
        """Follow the state of the chat.

        Args:
            leads: this person may speak to the client; else only notes are written here.
        """
        first = self._view is None
        changed = leads != self._leads
        self._view, self._leads = view, leads
        self._box.set_visibility(True)
        if first or changed:
            self._set_mode(note=not leads)
        if changed and not leads:
            self._voice.forget()

    def hide(self) -> None:
        """Nothing can be written here now."""
        self._box.set_visibility(False)
        self._voice.forget()

    def _set_mode(self, *, note: bool) -> None:
        self._note = note or not self._leads
        self._to_client.set_enabled(self._leads)
        self._to_client.props(f"aria-pressed={'false' if self._note else 'true'}")
        self._to_staff.props(f"aria-pressed={'true' if self._note else 'false'}")
        label = "Заметка для коллег, клиент её не увидит" if self._note else "Сообщение клиенту"
        self._field.props["aria-label"] = label
        self._field.props["placeholder"] = label
        self._field.update()
        self._box.classes(add="noting" if self._note else "", remove="" if self._note else "noting")
        self._send_button.props["aria-label"] = (
            "Сохранить заметку" if self._note else "Отправить клиенту"
        )
        self._send_button.update()
        for button in (self._attach, self._microphone, self._ready):
            button.set_visibility(not self._note)
        self._speak.set_visibility(not self._note and self._visit.services.voice.can_speak)
        if self._note:
            self._picker.close()

    @property
    def draft(self) -> str:
        """What stands in the field."""
        return str(self._field.value or "")

    def put(self, words: str) -> None:
        """Put a text into the field for the client, for the agent to change."""
        self._set_mode(note=False)
        self._field.set_value(words)
        self._show_missing()
        _ = ui.run_javascript("window.room.focus()")

    async def publish(self, words: str) -> bool:
        """Send a text as it is; False when it was not sent and stands in the field."""
        self.put(words)
        return await self._send()

    async def quote(self, message: UUID) -> None:
        """Answer one line.

        What is typed and sent from now on is for the client and answers that line, even while the
        words of the line are still being read: an agent does not wait for the strip.
        """
        if not self._leads:
            return
        self._set_mode(note=False)
        self._quote = message
        words = await quotable(self._visit, self._session, message)
        if self._quote == message:  # neither sent nor changed for another line meanwhile
            self._quote = None if words is None else message
            self._quoted_words = words or ""
            self._draw_strip()
            _ = ui.run_javascript("window.room.focus()")

    def _clear_quote(self) -> None:
        self._quote = None
        self._picker.close()
        self._draw_strip()

    def _draw_strip(self) -> None:
        self._strip.clear()
        self._strip.set_visibility(bool(self._quote or self._files))
        with self._strip:
            if self._quote is not None:
                with ui.element("div").classes("strip-part"):
                    show_html(tag("blockquote", self._quoted_words, class_="quoted"))
                    self._drop("Убрать цитату", self._clear_quote)
            for file in self._files:
                with ui.element("div").classes("strip-part"):
                    show_html(tag("span", file.name))
                    self._drop(f"Убрать файл {file.name}", lambda one=file: self._drop_file(one))

    def _drop(self, title: str, action: object) -> None:
        button = ui.button(icon="close", color=None).props("flat round dense")
        button.props["aria-label"] = title
        button.on_click(action)  # type: ignore[arg-type]

    def _drop_file(self, file: Attachment) -> None:
        self._files.remove(file)
        self._draw_strip()

    async def _uploaded(self, event: UploadEventArguments) -> None:
        self._uploader.reset()
        if len(self._files) >= MOST_FILES:
            ui.notify(f"За раз — не больше {MOST_FILES} файлов.", type="negative")
            return
        async with self._visit.unit():
            pass  # the person is checked before anything is stored
        services = self._visit.services
        data, limit = await event.file.read(), services.settings.api.upload_megabytes
        self._files.append(await attachments.keep(services.files, data, event.file.name, limit))
        self._draw_strip()

    async def _tell_typing(self) -> None:
        """The client sees that somebody writes; notes and searches for templates are not for them."""
        now = time.monotonic()
        to_client = self._leads and not self._note and self.draft[:1] not in ("", "/")
        if to_client and self._view is not None and now >= self._told_typing + TYPING_EVERY:
            self._told_typing = now
            hub = self._visit.services.hub
            await hub.tell_typing(self._view.conversation_id, Sender.AGENT.value)

    async def _typed(self, event: ValueChangeEventArguments[Any]) -> None:
        words = str(event.value or "")
        if not self._note and words.startswith("/") and "\n" not in words:
            await self._picker.open(words[1:])
        elif self._picker.by_words:
            self._picker.close()
        self._show_missing()
        await self._tell_typing()

    def _show_missing(self) -> None:
        missing = templates.variables(self.draft) if not self._note else ()
        self._missing.set_visibility(bool(missing))
        self._missing.clear()
        with self._missing:
            for name in missing:
                button = ui.button(f"{{{name}}}", color=None).props("flat dense no-caps")
                button.classes("hole").props["aria-label"] = f"Заполнить: {name}"
                button.on("click", js_handler="() => window.room.hole()")
            if missing:
                show_html(text("заполните, чтобы отправить"), "span")

    async def _toggle_picker(self) -> None:
        if self._picker.is_open:
            self._picker.close()
        else:
            await self._picker.open(None)

    def _picker_closed(self) -> None:
        _ = ui.run_javascript("window.room.focus()")

    async def _choose(self, body: str) -> None:
        own = {"агент": self._visit.name}
        filled = templates.fill(body, {**self.fills, **own})
        before = "" if self._picker.by_words else self.draft.rstrip()
        self._field.set_value(f"{before}\n{filled.text}" if before else filled.text)
        self._picker.close()
        self._show_missing()
        _ = ui.run_javascript("window.room.hole()" if filled.missing else "window.room.focus()")

    async def _press(self) -> None:
        await self._send()

    async def _press_aloud(self) -> None:
        self._aloud = not self._note
        await self._send()
        self._aloud = False

    async def _send(self) -> bool:
        """Say or note what stands in the field; it stays there when that fails."""
        words = self.draft.strip()
        if self._picker.by_words and self._picker.is_open:
            await self._picker.choose_first()
            return False
        if self._sending or not (words or (self._files and not self._note)):
            return False
        if not self._note and self._has_holes(words):
            return False
        return await self._once(self._keep_note(words) if self._note else self._say(words), words)

    async def _say_aloud(self, voice: Recording) -> bool:
        """Send a recording, together with what stands in the field for the client."""
        words = "" if self._note else self.draft.strip()
        if self._sending or not self._leads or self._has_holes(words):
            return False
        return await self._once(self._say(words, voice), words)

    def _has_holes(self, words: str) -> bool:
        missing = templates.variables(words)
        if missing:
            ui.notify(f"Заполните: {', '.join(missing)}", type="warning")
            _ = ui.run_javascript("window.room.hole()")
        return bool(missing)

    async def _once(self, work: Awaitable[bool], words: str) -> bool:
        """Do it while nothing else is sent; what stands in the field stays when it fails."""
        self._sending = True
        self._send_button.disable()
        try:
            done = await work
        except ServiceError:
            raise
        except Exception:
            log.exception("message_not_sent")
            ui.notify("Не отправилось. Текст сохранён, попробуйте ещё раз.", type="negative")
            return False
        finally:
            self._sending = False
            self._send_button.enable()
        if done:
            self._sent(words)
        return done

    async def _keep_note(self, words: str) -> bool:
        async with self._visit.unit() as (unit, principal):
            await notes.add(unit, principal, self._session, words)
        return True

    async def _say(self, words: str, voice: Recording | None = None) -> bool:
        async with self._visit.unit() as (_, principal):
            pass  # the person is checked; the message has transactions of its own
        services, message = self._visit.services, self._message(words, voice)
        try:
            said = await services.speaking.say(
                principal, self._session, message, quoted=self._quote
            )
        except ServiceError as error:
            if error.code != "pull_away_blocked":
                raise
            await room_dialogs.stopped(self._visit, error.message, error.data.get("incidentId"))
            return False
        if said.sent.fresh:
            services.hub.push(said.sent.conversation_id, [said.sent.entry])
        if self._aloud:
            await speak_later(self._visit, said.sent)
        if said.warning:
            ui.notify(said.warning, type="warning", multi_line=True, timeout=12_000)
        self._quote, self._files = None, []
        self._draw_strip()
        return True

    def _message(self, words: str, voice: Recording | None) -> InboundMessage:
        """The message; its key is new whenever something else than last time is sent."""
        tried = (words, self._quote, *(one.key for one in self._files))
        if tried != self._tried:
            self._tried, self._key = tried, uuid4().hex
        return InboundMessage(
            sender=Sender.AGENT,
            text=words or None,
            voice_url=self._address(voice.file) if voice else None,
            voice_key=voice.file.key if voice else None,
            file_url=self._address(self._files[0]) if self._files else None,
            client_key=f"w:{voice.id if voice else self._key}",
            metadata={"files": [one.card() for one in self._files]} if self._files else {},
        )

    def _address(self, file: Attachment) -> str:
        services = self._visit.services
        hours = services.settings.api.file_link_hours
        path = services.files.signed_path(file.key, file.name, hours * 3600)
        return f"{services.settings.core.base_url}{path}"

    def _sent(self, words: str) -> None:
        """Empty the field, but for what was typed while the message was on its way."""
        self._tried = None
        rest = self.draft.strip().removeprefix(words).strip()
        self._field.set_value(rest)
        self._show_missing()
        _ = ui.run_javascript("window.room.sent()")
