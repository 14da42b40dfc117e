"""The client's card beside a chat: who, what for, what is known, offers, policies, mood."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from insurance_chat.conversations.handover.texts import reason_words
from insurance_chat.core.clock import format_date
from insurance_chat.operators.inbox import summary as cards
from insurance_chat.operators.inbox.mood import Mood
from insurance_chat.operators.inbox.summary import Summary
from insurance_chat.web.downloads import policy_path
from insurance_chat.web.markup import Markup, badge, join, link, tag, text
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import CHANNELS, moment, money, plural

MOODS = {
    Mood.CALM: ("Спокоен", "good"),
    Mood.IMPATIENT: ("Торопится", "warn"),
    Mood.ANGRY: ("Сердится", "bad"),
}


class Card:
    """What is known about the client, fresh after every look at the chat.

    Args:
        visit: whose screen it is.
        session: public id of the conversation.
    """

    def __init__(self, visit: Visit, session: UUID) -> None:
        self._visit = visit
        self._session = session
        self._shown: Summary | None = None

    def build(self) -> None:
        """Draw it empty; `refresh` fills it."""
        self._box = ui.element("section").classes("client-card").props('aria-label="Клиент"')

    async def refresh(self) -> Summary:
        """Read the card and draw it when it has changed.

        Raises:
            ServiceError: `session_not_found`.
        """
        catalog = self._visit.services.catalog
        async with self._visit.unit() as (unit, principal):
            now = await cards.summary(unit, principal, self._session, catalog)
        if now != self._shown:
            self._shown = now
            self._box.clear()
            with self._box:
                show_html(_markup(now))
        return now

    def hide(self) -> None:
        """The client is not this person's any more."""
        self._shown = None
        self._box.clear()


def _markup(card: Summary) -> Markup:
    mood, tone = MOODS[card.mood]
    labels = [badge(mood, tone)]
    if card.prefers_voice:
        labels.append(badge("Предпочитает голос", "info"))
    if card.agents_client:
        labels.append(badge("Ваш клиент" if card.own else "Клиент агента", "info"))
    if card.incidents:
        words = plural(card.incidents, "инцидент", "инцидента", "инцидентов")
        labels.append(badge(words, "bad"))
    return join(
        tag("h2", card.client),
        tag("p", *labels, class_="labels"),
        tag("dl", *_about(card), class_="known"),
        _part("Уже известно", _facts(card), open_=True),
        _part("Предложения", _offers(card), open_=True),
        _part("Полисы", _policies(card), open_=True),
        _part("Напоминания", _reminders(card), open_=False),
    )


def _about(card: Summary) -> list[Markup]:
    rows = [("Хочет", card.wants or "Задаёт вопросы")]
    if card.reason:
        rows.append(("Почему агент", reason_words(card.reason)))
    if card.missing:
        rows.append(("Осталось указать", ", ".join(card.missing)))
    rows.append(("Канал", CHANNELS.get(card.channel, card.channel)))
    return [_row(title, value) for title, value in rows]


def _row(title: str, value: str) -> Markup:
    return tag("div", tag("dt", title), tag("dd", value))


def _part(title: str, inside: Markup | None, *, open_: bool) -> Markup | None:
    if inside is None:
        return None
    return tag("details", tag("summary", title), inside, open=open_, class_="card-part")


def _facts(card: Summary) -> Markup | None:
    rows = [_row(_capital(fact.title), fact.value) for fact in card.facts]
    return tag("dl", *rows, class_="known") if rows else None


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _offers(card: Summary) -> Markup | None:
    rows = []
    for offer in card.offers:
        price = money(offer.price) if offer.price is not None else offer.note or "нет цены"
        chosen = badge("выбрано", "good") if offer.chosen else None
        rows.append(tag("li", tag("span", offer.company, " ", chosen), tag("b", price)))
    return tag("ul", *rows, class_="offer-lines") if rows else None


def _policies(card: Summary) -> Markup | None:
    rows = []
    for policy in card.policies:
        name = f"{policy.company}, {policy.number}"
        shown = (
            link(name, policy_path(policy.id), target="_blank") if policy.readable else text(name)
        )
        until = f"до {format_date(policy.expire_at)}" + ("" if policy.active else ", не действует")
        rows.append(tag("li", shown, tag("small", until)))
    return tag("ul", *rows, class_="policy-lines") if rows else None


def _reminders(card: Summary) -> Markup | None:
    rows = [tag("li", f"{moment(one.at)}, полис {one.number}") for one in card.reminders]
    return tag("ul", *rows, class_="policy-lines") if rows else None
