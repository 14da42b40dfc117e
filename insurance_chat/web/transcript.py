"""The lines of a conversation, drawn once and then followed live."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import structlog
from nicegui import Client, background_tasks, ui
from nicegui.events import GenericEventArguments

from insurance_chat.channels.marks import service as channel_marks
from insurance_chat.channels.marks.service import Mark, Marks
from insurance_chat.conversations import privacy, sessions
from insurance_chat.conversations.feed import TYPING_MS
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.sounds.merging import with_sound
from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.operators.inbox import notes as chat_notes
from insurance_chat.operators.inbox import tags as chat_tags
from insurance_chat.operators.inbox.notes import NoteView
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.transcript_lines import Drawing, day_of, day_title
from insurance_chat.web.words import CHANNELS, STATES, moment, named

log = structlog.get_logger()
SHOWN = 200
_LATEST = 50  # lines whose sound may still come
LOOK_SECONDS = 20.0
FILE_SECONDS = 12 * 3600
_EMIT = (
    "(event) => {"
    " const hit = event.target.closest('[data-act]');"
    " if (hit) emit(hit.dataset.act, hit.dataset.id);"
    " }"
)


Why = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a conversation has found; `fresh` lines were not on the screen before."""

    view: SessionView
    tags: tuple[str, ...]
    fresh: list[Entry]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a room around the transcript does with the news.

    Args:
        look: after every look.
        hidden: the reader may not see the conversation any more.
        typing: whether the client types now.
        act: a button of a line was pressed: its name and the id of the line.
    """

    look: Callable[[Look], Awaitable[None]]
    hidden: Callable[[], Awaitable[None]]
    typing: Callable[[bool], None]
    act: Callable[[str, UUID], Awaitable[None]]


@cache
def stylesheet() -> str:
    """CSS of conversations."""
    return resources.files(__package__ or "").joinpath("static/room.css").read_text("utf-8")


class Transcript:
    """An open conversation on one screen.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
        trace: show what the assistant understood, too.
        hooks: the room around it; without one a plain head is drawn.
        why: explains the answer in a line of this number, for the administrator.
    """

    def __init__(
        self,
        visit: Visit,
        session: UUID,
        *,
        trace: bool,
        hooks: Hooks | None = None,
        why: Why | None = None,
    ) -> None:
        self._visit = visit
        self._session = session
        self._trace = trace
        self._hooks = hooks
        self._why = why
        self._full = visit.principal.is_admin
        self._drawing = Drawing(
            me=visit.principal.user_public_id or "",
            file_link=self._link,
            acts=hooks is not None,
            why=why is not None,
        )
        self._cursor = 0
        self._day: date | None = None
        self._notes: dict[UUID, ui.element] = {}
        self._latest: dict[str, tuple[Entry, ui.html]] = {}
        self._marks = Marks()
        self._marked: dict[int, Mark | None] = {}
        self._typing_until = 0.0
        self._hidden = False

    async def build(self) -> None:
        """Draw the last lines and begin to follow.

        Raises:
            ServiceError: `session_not_found`.
        """
        ui.add_head_html(f"<style>{stylesheet()}</style>")
        before = self._visit.number("before", 0) if self._visit.query.get("before") else None
        view, tags, entries, notes = await self._load(before)
        self._conversation_id = view.conversation_id
        if self._hooks is None:
            with ui.element("div").classes("chat-head"):
                self._head = ui.element("div")
        self._links(before, entries)
        self._list = ui.element("ol").classes("transcript")
        self._list.props('aria-live="polite" aria-label="Сообщения"')
        if self._hooks is not None or self._why is not None:
            self._list.on("click", self._visit.action(self._act), js_handler=_EMIT)
        self._nothing = ui.label("Сообщений пока нет. Новые появятся здесь сами.")
        self._draw_first(entries, notes, closed=before is not None)
        await self._tell(Look(view, tags, entries))
        if before is None:
            self._follow_while_open()

    def _links(self, before: int | None, entries: list[Entry]) -> None:
        if len(entries) == SHOWN:
            earlier = self._visit.address(before=entries[0].seq)
            show_html(link("Показать более ранние сообщения", earlier), "p")
        if before is not None:
            latest = self._visit.address(before=None)
            show_html(link("К последним сообщениям", latest), "p")

    async def _load(
        self, before: int | None
    ) -> tuple[SessionView, tuple[str, ...], list[Entry], list[NoteView]]:
        async with self._visit.unit() as (unit, principal):
            self._full = principal.is_admin
            view = await sessions.get_session(unit, principal, self._session)
            tags = await chat_tags.read(unit, principal, self._session)
            notes = await chat_notes.list_notes(unit, principal, self._session)
            self._marks = await channel_marks.read(unit, principal, view)
            entries = await overview.transcript(
                unit,
                principal,
                self._session,
                before=before,
                after=self._cursor,
                limit=SHOWN,
                trace=self._trace,
            )
        return view, tags, entries, notes

    def _body(self, entry: Entry) -> Mapping[str, Any]:
        """What this reader may see of a line: phones and e-mails are hidden from agents."""
        return entry.body if self._full else privacy.for_agent(entry.body)

    def _words(self, words: str) -> str:
        return words if self._full else privacy.mask_text(words)

    def _link(self, key: str, name: str) -> str:
        return PREFIX + self._visit.services.files.signed_path(key, name, FILE_SECONDS)

    async def _tell(self, look: Look) -> None:
        if self._hooks is not None:
            await self._hooks.look(look)
        else:
            self._draw_head(look.view)

    def _draw_head(self, view: SessionView) -> None:
        self._head.clear()
        with self._head:
            parts = [
                named(STATES, view.state.value),
                tag("span", self._channel(view)),
                tag("span", f"начат {moment(view.created_at)}"),
                tag("span", "№ ", tag("code", str(view.id))),
            ]
            if view.email:
                parts.append(tag("span", self._words(view.email)))
            show_html(join(*parts), "p", "facts")

    def _channel(self, view: SessionView) -> str:
        """«WhatsApp, WhatsApp +7 916 …»: the messenger and the account it came by."""
        title = CHANNELS.get(view.channel, view.channel)
        account = self._marks.account.removeprefix(title).strip()
        return f"{title}, {account}" if account else title

    def _draw_first(self, entries: list[Entry], notes: list[NoteView], *, closed: bool) -> None:
        """Messages and notes by time; notes outside of the part that is shown are left out."""
        begins = entries[0].created_at if len(entries) == SHOWN else None
        ends = entries[-1].created_at if closed and entries else None
        shown = [
            note
            for note in notes
            if (begins is None or note.created_at >= begins)
            and (ends is None or note.created_at <= ends)
        ]
        for note in notes:
            if note not in shown:
                self._notes[note.id] = ui.element("i").classes("gone")
        lines: list[Entry | NoteView] = [*entries, *shown]
        for line in sorted(lines, key=lambda one: one.created_at):
            if isinstance(line, Entry):
                self._draw_entry(line)
            else:
                self._draw_note(line)
        self._nothing.set_visibility(not lines)

    def _draw(self, entries: list[Entry], notes: list[NoteView]) -> None:
        for entry in entries:
            self._draw_entry(entry)
        for note in notes:
            if note.id not in self._notes:
                self._draw_note(note)
        kept = {note.id for note in notes}
        for gone in [one for one in self._notes if one not in kept]:
            self._notes.pop(gone).delete()
        self._nothing.set_visibility(self._cursor == 0 and not self._notes)

    def _draw_entry(self, entry: Entry) -> None:
        if entry.seq <= self._cursor:
            return
        self._cursor = entry.seq
        if entry.kind is EntryKind.VOICE:
            self._sound(entry)
            return
        self._draw_day(entry.created_at)
        line = self._append(self._line(entry), f"line {self._drawing.kind(entry)}")
        self._latest[str(entry.public_id)] = entry, line
        if len(self._latest) > _LATEST:
            del self._latest[next(iter(self._latest))]

    def _line(self, entry: Entry) -> Markup:
        mark = self._marked[entry.seq] = self._marks.lines.get(entry.seq)
        return self._drawing.line(entry, self._body(entry), mark)

    def _show_marks(self) -> None:
        """Draw the lines anew that have got further on their way to the client."""
        for entry, line in self._latest.values():
            if self._marks.lines.get(entry.seq) != self._marked.get(entry.seq):
                line.set_content(self._line(entry))

    def _sound(self, news: Entry) -> None:
        """Draw a message anew with what was learnt of its sound; older ones come with it already."""
        name = str(news.body["messageId"])
        known = self._latest.get(name)
        if known is None or (known[0].body.get("metadata") or {}).get("voice"):
            return
        entry, line = known
        heard = replace(entry, body=with_sound(entry.body, news.body))
        self._latest[name] = heard, line
        line.set_content(self._line(heard))

    def _draw_note(self, note: NoteView) -> None:
        self._draw_day(note.created_at)
        markup = self._drawing.note(note, self._words(note.text))
        self._notes[note.id] = self._append(markup, "line note-line")

    def _draw_day(self, at: datetime) -> None:
        if day_of(at) != self._day:
            self._day = day_of(at)
            self._append(tag("span", day_title(at)), "line day")

    def _append(self, markup: Markup, classes: str) -> ui.html:
        with self._list:
            return show_html(markup, "li", classes)

    async def _act(self, event: GenericEventArguments) -> None:
        name, target = event.args
        if name == "why" and self._why is not None:
            await self._why(int(target))
        elif self._hooks is not None:
            await self._hooks.act(str(name), UUID(str(target)))

    def _follow_while_open(self) -> None:
        client = ui.context.client
        task = background_tasks.create(self._follow(client), name="follow transcript")
        client.on_delete(task.cancel)

    async def _follow(self, client: Client) -> None:
        with client:
            async with self._visit.services.hub.subscribe(self._conversation_id) as wakes:
                while await self._look_once():
                    seconds = TYPING_MS / 1000 if self._typing_until else LOOK_SECONDS
                    await wakes.wait(seconds)
                    wakes.take_pushed()  # the table is read anyway
                    self._show_typing(begins=Sender.USER.value in wakes.take_typing())

    def _show_typing(self, *, begins: bool) -> None:
        now = asyncio.get_running_loop().time()
        if begins:
            self._typing_until = now + TYPING_MS / 1000
        elif now >= self._typing_until:
            self._typing_until = 0.0
        if self._hooks is not None:
            self._hooks.typing(self._typing_until > 0)

    async def _look_once(self) -> bool:
        """Look; False when the reader is not allowed in at all any more."""
        try:
            await self.look()
        except ServiceError as error:
            if error.kind is Kind.UNAUTHENTICATED:
                ui.navigate.to("/login")
                return False
            await self._hide()
        except Exception:
            # A database that is away for a moment must not end a transcript that looks alive.
            log.exception("transcript_not_read")
        return True

    async def _hide(self) -> None:
        """Take away what the reader may not see now; it comes back when they may again."""
        self._list.clear()
        self._notes.clear()
        self._latest.clear()
        self._marked.clear()
        self._cursor, self._day, self._hidden = 0, None, True
        self._nothing.set_visibility(False)
        if self._hooks is not None:
            await self._hooks.hidden()

    async def look(self) -> None:
        """Show what is new.

        Raises:
            ServiceError: `session_not_found` when the reader may not see it any more.
        """
        while True:
            view, tags, entries, notes = await self._load(None)
            fresh = [entry for entry in entries if entry.seq > self._cursor]
            self._draw(entries, notes)
            self._show_marks()
            if any(entry.sender is Sender.USER for entry in fresh):
                self._typing_until = 0.0
            await self._tell(Look(view, tags, fresh))
            if len(entries) < SHOWN:
                return
