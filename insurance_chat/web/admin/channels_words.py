"""What the pages of messengers say in common: addresses, states, times."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui

from insurance_chat.channels.types import State
from insurance_chat.channels.views import ConnectionView
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import PREFIX
from insurance_chat.web.words import moment

CHANNELS = f"{PREFIX}/admin/channels"
ADD, LETTERS = f"{CHANNELS}/add", f"{CHANNELS}/undelivered"
STATES = {
    State.ACTIVE: ("Работает", "good"),
    State.WAITING: ("Ждёт вас", "warn"),
    State.PAUSED: ("Приостановлен", ""),
    State.FAILED: ("Не работает", "bad"),
}


def page_of(one: ConnectionView) -> str:
    """Address of an account's own page."""
    return f"{CHANNELS}/{one.id}"


def state(one: ConnectionView) -> Markup:
    """How an account is, with the messenger's own words when it is not well."""
    title, tone = STATES.get(one.state, (one.state.value, ""))
    said = tag("small", one.words) if one.error_at or one.state is State.PAUSED else None
    return join(badge(title, tone), said, between=" ")


def when(at: datetime | None) -> str:
    """When something came in or went out last: «подключён» alone says nothing."""
    return moment(at) if at else "ещё не было"


def copied(title: str, value: str) -> None:
    """A value to take to the messenger's site, with a button that copies it."""

    def copy() -> None:
        ui.clipboard.write(value)
        ui.notify("Скопировано", type="positive")

    with ui.row().classes("copied"):
        field = ui.input(title, value=value).props("outlined readonly dense").classes("grow")
        field.props["aria-label"] = title
        button = ui.button("Скопировать", icon="content_copy", on_click=copy, color=None)
        button.props("flat no-caps").classes("quiet-button")
        button.props["aria-label"] = f"Скопировать: {title}"
