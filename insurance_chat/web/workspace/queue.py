"""The agent's queue: who waits, own chats, what colleagues have just taken. Live, without reload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from nicegui import ui

from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.conversations.handover import claiming, queue
from insurance_chat.conversations.handover.queue import Desk, Waiting
from insurance_chat.core.errors import ServiceError
from insurance_chat.web.markup import Markup, badge, join, link, tag, text
from insurance_chat.web.notices import QUEUE, request_words, set_status
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import empty, show_html
from insurance_chat.web.words import CHANNELS, PRODUCTS, elapsed

MOST_TAKEN = 5


class Kind(StrEnum):
    """What can be done with a card."""

    WAITS = "waits"
    HELD = "held"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Card:
    """One chat of a list, as it is shown."""

    session: UUID
    kind: Kind
    body: Markup


Take = Callable[[UUID], Awaitable[None]]


class CardList:
    """One list of cards. A card stays the same element while it is shown, so focus survives.

    Args:
        title: heading; the number of cards is shown with it.
        advice: title and text for an empty list.
        take: what «Взять» does.
    """

    def __init__(self, visit: Visit, title: str, advice: tuple[str, str], take: Take) -> None:
        self._visit, self._title, self._take = visit, title, take
        self._cards: dict[UUID, tuple[Card, ui.element, ui.html]] = {}
        with ui.element("section").classes("queue-part") as self.section:
            self._head = show_html(text(title), "h2")
            self._list = ui.element("ol").classes("queue")
            self._empty = ui.element("div")
            with self._empty:
                empty(*advice)

    def show(self, cards: Sequence[Card]) -> None:
        """Show these cards in this order, touching only what has changed."""
        wanted = {card.session for card in cards}
        for session in [one for one in self._cards if one not in wanted]:
            self._cards.pop(session)[1].delete()
        for place, card in enumerate(cards):
            self._put(place, card)
        alive = sum(card.kind is not Kind.GONE for card in cards)
        self._head.content = join(self._title, " ", badge(str(alive)) if alive else None)
        self._list.set_visibility(bool(cards))
        self._empty.set_visibility(not cards)

    def _put(self, place: int, card: Card) -> None:
        known = self._cards.get(card.session)
        if known is not None and known[0].kind is card.kind:
            _, item, body = known
            if known[0].body != card.body:
                body.content = card.body
        else:
            if known is not None:
                known[1].delete()
            item, body = self._draw(card)
        self._cards[card.session] = (card, item, body)
        if self._list.default_slot.children.index(item) != place:
            item.move(target_index=place)

    def _draw(self, card: Card) -> tuple[ui.element, ui.html]:
        with self._list, ui.element("li").classes(f"card {card.kind.value}") as item:
            body = show_html(card.body)
            if card.kind is Kind.WAITS:
                self._actions(card.session)
        return item, body

    def _actions(self, session: UUID) -> None:
        async def take() -> None:
            await self._take(session)

        with ui.element("div").classes("card-actions"):
            button = ui.button("Взять", icon="front_hand").props("no-caps unelevated data-key-stop")
            button.on_click(self._visit.action(take))
            show_html(link("Посмотреть", f"{QUEUE}/{session}", class_="quiet"), "span")


class Board:
    """The three lists of one open page."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._order: list[UUID] = []
        self._lost: dict[UUID, str] = {}

    async def build(self) -> None:
        """Draw the lists as they are now and keep them so."""
        self._hint = ui.element("div")
        show_html(_offer())
        with ui.element("div").classes("board"):
            self._waiting = CardList(
                self._visit,
                "Ждут агента",
                ("Никто не ждёт", "Новая заявка появится здесь сама, страницу обновлять не нужно."),
                self._take,
            )
            self._held = CardList(
                self._visit,
                "Мои чаты",
                ("У вас нет чатов в работе", "Возьмите заявку из списка «Ждут агента»."),
                self._take,
            )
        self._taken = CardList(self._visit, "Взяли коллеги", ("", ""), self._take)
        async with self._visit.unit() as (unit, principal):
            desk = await queue.look(unit, principal)
        await self.show(desk)
        self._visit.live.on_desk(self.show)

    async def show(self, desk: Desk) -> None:
        """Show a look at the queue."""
        rows = [*desk.waiting, *desk.held]
        async with self._visit.unit() as (unit, principal):
            words = await queue.last_words(unit, principal, rows) if rows else {}
        waiting = {row.session: _waits(row, words[row.session]) for row in desk.waiting}
        notices = self._lost | {row.session: row.text for row in desk.taken}
        self._lost = {one: said for one, said in self._lost.items() if one not in waiting}
        gone = {one: _gone(one, said) for one, said in notices.items() if one not in waiting}
        here = _in_place(self._order, waiting, gone)
        self._order = [card.session for card in here]
        self._waiting.show(here)
        self._held.show([_held(row, words[row.session]) for row in desk.held])
        elsewhere = [card for one, card in gone.items() if one not in self._order][:MOST_TAKEN]
        self._taken.show(elsewhere)
        self._taken.section.set_visibility(bool(elsewhere))
        self._show_hint(desk.status)

    def _show_hint(self, status: str) -> None:
        away = status != AgentStatus.AVAILABLE and not self._visit.principal.is_admin
        self._hint.set_visibility(away)
        if not away or self._hint.default_slot.children:
            return

        async def come() -> None:
            await set_status(self._visit, AgentStatus.AVAILABLE)

        with self._hint.classes("note away"):
            ui.label("Вы не на связи: о новых заявках страница не сообщает.")
            ui.button("Я на связи", on_click=self._visit.action(come)).props("no-caps unelevated")

    async def _take(self, session: UUID) -> None:
        try:
            async with self._visit.unit() as (unit, principal):
                await claiming.claim(unit, principal, session)
        except ServiceError as error:
            if error.code not in ("already_claimed", "session_not_found", "not_waiting"):
                raise
            self._lost[session] = _lost_words(error)
            async with self._visit.unit() as (unit, principal):
                desk = await queue.look(unit, principal)
            await self._visit.live.tell(desk)
        else:
            ui.navigate.to(f"/workspace/chats/{session}")


def _offer() -> Markup:
    """The page's script shows this while the browser has not been asked for notifications."""
    return tag(
        "div",
        tag("span", "Браузер может сообщать о новых заявках, когда эта вкладка не видна."),
        tag("button", "Включить уведомления", type="button", class_="plain", data_permit=True),
        tag("button", "Не сейчас", type="button", class_="plain", data_later=True),
        class_="note away",
        data_offer=True,
        hidden=True,
    )


def _lost_words(error: ServiceError) -> str:
    name = error.data.get("agentName")
    if name:
        return f"К чату подключился {name}, заявка неактуальна"
    return "Клиент больше не ждёт агента, заявка неактуальна"


def _in_place(
    order: Sequence[UUID], waiting: dict[UUID, Card], gone: dict[UUID, Card]
) -> list[Card]:
    """Who waits, in order; a request that has gone keeps the place where it was shown."""
    cards = list(waiting.values())
    for place, session in enumerate(order):
        if session in gone:
            cards.insert(place, gone[session])
    return cards


def _waits(row: Waiting, words: str) -> Card:
    since = tag("time", elapsed(row.since), data_since=int(row.since.timestamp() * 1000))
    marks = [
        badge("просят вас", "good") if row.for_me else None,
        tag("span", f"№ {row.place} в очереди"),
        tag("span", "ждёт ", since),
    ]
    return Card(
        row.session,
        Kind.WAITS,
        join(
            tag("p", *marks, class_="facts"),
            tag("p", request_words(row), class_="card-title"),
            _facts(row),
            _said(words),
        ),
    )


def _held(row: Waiting, words: str) -> Card:
    asks = badge("ответ дан", "good")
    if row.unanswered_since is not None:
        at = int(row.unanswered_since.timestamp() * 1000)
        counted = tag("time", elapsed(row.unanswered_since), data_since=at)
        asks = tag("span", "ждёт ответа ", counted, class_="badge warn")
    title = link(
        row.client or "Клиент без имени",
        f"{QUEUE}/{row.session}",
        class_="chat-link",
        data_key_stop=True,
    )
    body = join(
        tag("p", asks, class_="facts"),
        tag("p", title, class_="card-title"),
        _facts(row, named=False),
        _said(words),
    )
    return Card(row.session, Kind.HELD, body)


def _gone(session: UUID, words: str) -> Card:
    return Card(session, Kind.GONE, tag("p", words, role="status"))


def _facts(row: Waiting, *, named: bool = True) -> Markup:
    wants = PRODUCTS.get(row.wants or "")
    parts = [
        tag("span", f"Хочет: {wants}") if wants else None,
        tag("span", CHANNELS.get(row.channel, row.channel)),
        tag("span", row.client) if named and row.client else None,
        badge("предпочитает голос", "info") if row.prefer_voice else None,
        *(badge(one) for one in row.tags),
    ]
    return tag("p", *parts, class_="facts")


def _said(words: str) -> Markup:
    return tag("p", f"«{words}»", class_="words") if words else join()
