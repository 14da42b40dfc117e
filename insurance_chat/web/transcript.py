"""The lines of a conversation, drawn once and then followed live."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from nicegui import Client, background_tasks, ui

from insurance_chat.conversations import sessions
from insurance_chat.conversations.overview import service as overview
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.conversations.types import Entry, EntryKind
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.trace import trace_line
from insurance_chat.web.words import CHANNELS, SENDERS, STATES, moment, money, named

SHOWN = 200
LOOK_SECONDS = 20.0
FILE_SECONDS = 12 * 3600


class Transcript:
    """An open conversation on one screen.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
        trace: show what the assistant understood, too.
    """

    def __init__(self, visit: Visit, session: UUID, *, trace: bool) -> None:
        self._visit = visit
        self._session = session
        self._trace = trace
        self._cursor = 0
        self._conversation_id = 0

    async def build(self) -> None:
        """Draw the head and the last lines and begin to follow.

        Raises:
            ServiceError: `session_not_found`.
        """
        before = self._visit.number("before", 0) if self._visit.query.get("before") else None
        view, entries = await self._load(before)
        self._conversation_id = view.conversation_id
        with ui.element("div").classes("chat-head"):
            self._head = ui.element("div")
        self._draw_head(view)
        if len(entries) == SHOWN:
            earlier = self._visit.address(before=entries[0].seq)
            show_html(link("Показать более ранние сообщения", earlier), "p")
        if before is not None:
            latest = self._visit.address(before=None)
            show_html(link("К последним сообщениям", latest), "p")
        self._list = ui.element("ol").classes("transcript")
        self._list.props('aria-live="polite" aria-label="Сообщения"')
        self._nothing = ui.label("Сообщений пока нет. Новые появятся здесь сами.")
        self._draw(entries)
        if before is None:
            self._follow_while_open()

    async def _load(self, before: int | None) -> tuple[SessionView, list[Entry]]:
        async with self._visit.unit() as (unit, principal):
            view = await sessions.get_session(unit, principal, self._session)
            entries = await overview.transcript(
                unit,
                principal,
                self._session,
                before=before,
                after=self._cursor,
                limit=SHOWN,
                trace=self._trace,
            )
        return view, entries

    def _draw_head(self, view: SessionView) -> None:
        self._head.clear()
        with self._head:
            parts = [
                named(STATES, view.state.value),
                tag("span", CHANNELS.get(view.channel, view.channel)),
                tag("span", f"начат {moment(view.created_at)}"),
                tag("span", "№ ", tag("code", str(view.id))),
            ]
            if view.email:
                parts.append(tag("span", view.email))
            show_html(join(*parts), "p", "facts")

    def _draw(self, entries: list[Entry]) -> None:
        with self._list:
            for entry in entries:
                if entry.seq > self._cursor:
                    show_html(self._line(entry), "li", f"line {_kind(entry)}")
        if entries:
            self._cursor = max(self._cursor, entries[-1].seq)
        self._nothing.set_visibility(self._cursor == 0)

    def _line(self, entry: Entry) -> Markup:
        if entry.kind is EntryKind.STATE:
            state = str(entry.body.get("state"))
            title = STATES.get(state, (state, ""))[0]
            return tag("span", f"{moment(entry.created_at)} · состояние: {title}")
        if entry.kind is EntryKind.DIALOGUE:
            return trace_line(entry)
        who = SENDERS[entry.sender]
        return join(
            tag("p", tag("b", who), " ", tag("time", moment(entry.created_at)), class_="by"),
            tag("div", entry.body.get("text") or "", class_="said"),
            self._cards(entry.body),
        )

    def _cards(self, body: dict[str, Any]) -> Markup:
        metadata = body.get("metadata") or {}
        cards = [_citation(card) for card in metadata.get("citations") or []]
        cards += [_offer(card) for card in metadata.get("offers") or []]
        files = list(metadata.get("files") or [])
        if body.get("fileKey") and not files:
            files.append({"key": body["fileKey"], "name": body.get("fileName")})
        if body.get("voiceKey"):
            files.append({"key": body["voiceKey"], "name": "Голосовое сообщение"})
        cards += [self._file(card) for card in files]
        payment = metadata.get("payment")
        if payment:
            cards.append(tag("li", "Ссылка на оплату отправлена клиенту"))
        return tag("ul", *cards, class_="cards") if cards else join()

    def _file(self, card: dict[str, Any]) -> Markup:
        name = str(card.get("name") or "Файл")
        if not card.get("key"):
            return tag("li", f"Файл: {name}")
        path = self._visit.services.files.signed_path(card["key"], name, FILE_SECONDS)
        return tag("li", "Файл: ", link(name, PREFIX + path, target="_blank"))

    def _follow_while_open(self) -> None:
        client = ui.context.client
        task = background_tasks.create(self._follow(client), name="follow transcript")
        client.on_delete(task.cancel)

    async def _follow(self, client: Client) -> None:
        with client:
            async with self._visit.services.hub.subscribe(self._conversation_id) as wakes:
                while True:
                    try:
                        await self._look()
                    except ServiceError as error:
                        if error.kind is Kind.UNAUTHENTICATED:
                            ui.navigate.to("/login")
                        return
                    await wakes.wait(LOOK_SECONDS)

    async def _look(self) -> None:
        while True:
            view, entries = await self._load(None)
            self._draw_head(view)
            self._draw(entries)
            if len(entries) < SHOWN:
                return


def _kind(entry: Entry) -> str:
    return entry.sender.value if entry.kind is EntryKind.MESSAGE else entry.kind.value


def _citation(card: dict[str, Any]) -> Markup:
    title = str(card.get("title") or "документ")
    page = f", стр. {card['page']}" if card.get("page") else ""
    shown = tag("summary", f"Источник: {title}{page}")
    document = card.get("documentId")
    opened = link("Открыть исходный файл", source_path(str(document)), target="_blank")
    quote = tag("blockquote", str(card.get("quote") or ""))
    return tag("li", tag("details", shown, quote, opened if document else None))


def _offer(card: dict[str, Any]) -> Markup:
    company = str(card.get("company") or card.get("title") or "страховая")
    price = card.get("price")
    shown = money(Decimal(str(price))) if price else str(card.get("note") or "нет цены")
    return tag("li", f"Предложение: {company}, {shown}")
