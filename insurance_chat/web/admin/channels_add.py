"""«Подключить»: choose a messenger, fill in its form, have the values tried out for real."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.channels.views import KindView
from insurance_chat.web import tables
from insurance_chat.web.admin import channels_words as words
from insurance_chat.web.admin.channels_form import ChannelForm
from insurance_chat.web.markup import link, tag
from insurance_chat.web.session import PREFIX, Visit

ABOUT = {
    "telegram": "Бот из @BotFather или ваш личный аккаунт через Telegram Business. Публичный адрес не "
    "нужен.",
    "whatsapp_cloud": "Официальный способ Meta: нужен проверенный бизнес и публичный адрес сервиса. "
    "Номер не заблокируют за частые ответы.",
    "whatsapp_gateway": "Обычный телефон по QR-коду через свою программу-шлюз. Быстро, но неофициально.",
    "instagram": "Сообщения в Direct профессионального аккаунта Instagram. Нужен публичный адрес.",
}


async def build(visit: Visit) -> None:
    """Draw the choice, or the form of the chosen messenger."""
    kinds = {one.code: one for one in visit.services.messengers.desk.kinds()}
    chosen = kinds.get(visit.query.get("kind", ""))
    if chosen is None:
        tables.show_html(link("← Каналы", words.CHANNELS), "p")
        tables.show_html(tag("p", "Где пишут ваши клиенты?", class_="lead"))
        cards = [_card(one) for one in kinds.values()]
        tables.show_html(tag("ul", *cards, class_="kinds"))
        return
    tables.show_html(link("← Выбрать другой мессенджер", words.ADD), "p")
    _draw_form(visit, chosen)


def _card(one: KindView) -> str:
    goal = f"{words.ADD}?kind={one.code}"
    name = link(one.title, goal, class_="kind-name")
    return tag("li", name, tag("p", ABOUT.get(one.code, "")))


def _draw_form(visit: Visit, kind: KindView) -> None:
    with ui.element("form").classes("panel form").props("novalidate") as form:
        tables.show_html(tag("span", kind.title), "h2")
        fields = ChannelForm(kind.fields)
        button = ui.button("Проверить и подключить").props("no-caps unelevated type=submit")

    async def connect() -> None:
        async with visit.unit() as (_, principal):
            pass
        desk = visit.services.messengers.desk
        made = await fields.tried(
            button, lambda: desk.connect(principal, kind.code, fields.values())
        )
        if made is not None:
            ui.navigate.to(words.page_of(made).removeprefix(PREFIX))

    form.on("submit.prevent", visit.action(connect))
