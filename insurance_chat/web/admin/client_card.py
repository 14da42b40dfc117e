"""The card of one client: what is kept, merging by hand, giving the data out, deleting them."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.clock import format_date
from insurance_chat.operators.clients.people import service as people
from insurance_chat.operators.clients.people.service import Card, ConsentView
from insurance_chat.web import tables
from insurance_chat.web.admin import client_acts
from insurance_chat.web.admin.clients import ROOT, due_badge
from insurance_chat.web.downloads import policy_path
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import CHANNELS, STATES, moment, named

_CHANNELS = CHANNELS | {"phone": "Телефон"}


async def build(visit: Visit) -> None:
    """Draw the card.

    Raises:
        ServiceError: `contact_not_found`, `page_not_found`.
    """
    tables.show_html(link("← Все клиенты", ROOT), "p")
    box = ui.element("div").classes("wide")

    async def draw() -> None:
        async with visit.unit() as (unit, principal):
            card = await people.card(unit, principal, visit.uuid())
        box.clear()
        with box:
            _draw(visit, card, draw)

    await draw()


def _draw(visit: Visit, card: Card, again: client_acts.Redraw) -> None:
    if card.into is not None:
        moved = link("Открыть карточку", f"{ROOT}/{card.into}", class_="plain")
        note = tag("p", "Этот клиент объединён с другим: чаты, полисы и контакты теперь там.")
        show_html(join(tag("h2", "Объединён"), note, moved), "section", "panel")
        return
    show_html(_head(card), "section", "panel")
    if card.erased_at is not None:
        show_html(_left(card), "section", "panel")
        show_html(_policies(card), "section", "panel")
        show_html(_consents(card.consents), "section", "panel")
        return
    with ui.element("section").classes("panel"):
        client_acts.data_buttons(visit, card, again)
    for part in (_chats(card), _policies(card), _consents(card.consents), _memory(card)):
        show_html(part, "section", "panel")
    with ui.element("section").classes("panel"):
        client_acts.merges(visit, card, again)


def _head(card: Card) -> Markup:
    rows = [_row(title, value) for title, value in card.about.items()]
    rows += [
        _row(_CHANNELS.get(one.channel, one.channel), f"{one.shown}, с {moment(one.since)}")
        for one in card.identities
    ]
    wish = tag("p", "Клиент просит удалить данные. ", due_badge(card.wish)) if card.wish else None
    facts = (
        tag("dl", *rows, class_="details") if rows else tag("p", "Контактов нет.", class_="hint")
    )
    return join(tag("h2", card.name), wish, facts)


def _row(title: str, value: str | Markup) -> Markup:
    return tag("div", tag("dt", title), tag("dd", value))


def _left(card: Card) -> Markup:
    assert card.erased_at is not None
    lines = [
        tag("li", one["title"], f" — хранить до {_day(one['until'])}" if one.get("until") else "")
        for one in card.kept
    ]
    note = (
        "Осталось то, что обязывает хранить закон. Сроки — по правилам сервиса; сверьте их со своим юристом."
        if lines
        else "Не осталось ничего."
    )
    return join(
        tag("h2", "Данные удалены"),
        tag("p", f"Удалены {moment(card.erased_at)}. {note}"),
        tag("ul", *lines) if lines else None,
    )


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}"


def _chats(card: Card) -> Markup:
    lines = [
        tag(
            "li",
            link(
                f"{CHANNELS.get(one.channel, one.channel)}, {moment(one.updated_at)}",
                f"{PREFIX}/admin/chats/{one.id}",
            ),
            " ",
            named(STATES, ConversationState(one.state).value),
        )
        for one in card.chats
    ]
    return _part("Чаты", lines, "Чатов нет.")


def _policies(card: Card) -> Markup:
    lines = [
        tag(
            "li",
            link(f"{one.product_title} {one.number}", policy_path(one.id), target="_blank"),
            f", {one.company}, до {format_date(one.expire_at)}",
        )
        for one in card.policies
    ]
    return _part("Полисы", lines, "Полисов нет.")


def _consents(consents: list[ConsentView]) -> Markup:
    lines = [tag("li", _consent(one)) for one in consents]
    return _part("Согласия", lines, "Согласий клиент не давал.")


def _consent(one: ConsentView) -> Markup:
    ended = (
        badge(f"Отозвано {moment(one.withdrawn_at)}", "warn")
        if one.withdrawn_at is not None
        else badge("Действует", "good")
    )
    channel = CHANNELS.get(one.channel, one.channel)
    given = (
        f"Дано {moment(one.given_at)}, {channel.lower() if channel.startswith('Чат') else channel}"
    )
    text = one.text or f"Текст не сохранён, есть его отпечаток (SHA-256): {one.digest}"
    return join(
        tag("b", one.purpose.capitalize()),
        f", редакция {one.version} ",
        ended,
        tag("br"),
        tag("small", given),
        tag("details", tag("summary", "Текст согласия"), tag("p", text, class_="said-text")),
    )


def _memory(card: Card) -> Markup:
    lines = [tag("li", tag("b", title), f": {value}") for title, value in card.remembered]
    return _part(
        "Что помнит ассистент", lines, "Ничего: клиент ещё не представился или просил забыть."
    )


def _part(title: str, lines: list[Markup], nothing: str) -> Markup:
    body = tag("ul", *lines) if lines else tag("p", nothing, class_="hint")
    return join(tag("h2", title), body)


async def lead(visit: Visit) -> None:
    """A link to the card of a chat's client, on the page of the chat."""
    async with visit.unit() as (unit, principal):
        client = await people.client_of_chat(unit, principal, visit.uuid())
    show_html(link("Карточка клиента", f"{ROOT}/{client}", class_="plain"))
