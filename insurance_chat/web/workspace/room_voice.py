"""A voice message of an agent: the button, the recording in the browser, its way to the chat."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from nicegui import ui
from nicegui.events import UploadEventArguments

from insurance_chat.conversations import attachments
from insurance_chat.conversations.attachments import Attachment
from insurance_chat.conversations.sounds.jobs import SpeakReply
from insurance_chat.operators.inbox.sending import Sent
from insurance_chat.web.markup import Markup, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Recording:
    """A stored recording; `id` was made by the browser, so that sending it twice changes nothing."""

    id: str
    file: Attachment


class Voice:
    """The microphone of the composer; the work in the browser is in `static/room_voice.js`.

    Args:
        visit: whose screen it is.
        say: sends a recording; False when it was not sent and the agent may try again.
    """

    def __init__(self, visit: Visit, say: Callable[[Recording], Awaitable[bool]]) -> None:
        self._visit = visit
        self._say = say

    def build_panel(self) -> None:
        """Draw what is seen while somebody records; it waits hidden."""
        with ui.element("div").props("id=voice"):
            show_html(_panel())

    def build_button(self) -> ui.button:
        """Draw the microphone, and the field through which recordings come."""
        limit = self._visit.services.settings.api.upload_megabytes
        button = ui.button(icon="mic", color=None).classes("quiet-button")
        button.props("flat round data-shortcut=KeyV data-voice=start")
        button.props["aria-label"] = "Записать голосовое сообщение"
        failed = "() => window.roomVoice.failed()"
        field = ui.upload(
            auto_upload=True,
            max_file_size=limit * 1024 * 1024,
            on_upload=self._visit.action(self._uploaded),
        ).classes("gone")
        field.on("failed", js_handler=failed).on("rejected", js_handler=failed)
        field.props(f"data-voice-upload={field.id}")
        return button

    def forget(self) -> None:
        """Let the microphone go: this person does not lead the chat any more."""
        _ = ui.run_javascript("window.roomVoice?.cancel()")

    async def _uploaded(self, event: UploadEventArguments) -> None:
        sent = False
        try:
            async with self._visit.unit():
                pass  # the person is checked before anything is stored
            services = self._visit.services
            data = await event.file.read()
            limit = services.settings.api.upload_megabytes
            stored = await attachments.keep_voice(services.files, data, limit)
            given = event.file.name.removesuffix(".voice")
            sent = await self._say(
                Recording(given if _ID.fullmatch(given) else uuid4().hex, stored)
            )
        finally:
            _ = ui.run_javascript(f"window.roomVoice.{'sent' if sent else 'failed'}()")


async def speak_later(visit: Visit, message: Sent) -> None:
    """Order the recording of a message that the client has as text: words that were hidden stay so."""
    async with visit.unit() as (unit, _):
        job = SpeakReply(conversation_id=message.conversation_id, message=message.entry.public_id)
        await unit.defer(job)


def _panel() -> Markup:
    return tag(
        "div",
        tag("span", data_voice="status", role="status"),
        tag("span", tag("i"), class_="voice-level", data_voice="level", aria_hidden="true"),
        tag("span", "0:00", class_="voice-time", data_voice="time", role="timer"),
        tag("audio", data_voice="preview", controls=True, aria_label="Прослушать запись"),
        tag(
            "span",
            _button("cancel", "Отменить"),
            _button("stop", "Остановить"),
            _button("send", "Отправить", "voice-send"),
            class_="voice-buttons",
        ),
        class_="voice",
        data_voice="panel",
        role="group",
        aria_label="Голосовое сообщение",
        hidden=True,
    )


def _button(name: str, title: str, classes: str | None = None) -> Markup:
    return tag("button", title, type="button", data_voice=name, class_=classes)
