"""The part of the profile by which a member of staff begins to work from Telegram, and ends it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from nicegui import ui

from insurance_chat.operators.invitations.qr import qr_svg
from insurance_chat.operators.telegram_desk import linking
from insurance_chat.operators.telegram_desk.linking import DeskView, Invitation, LinkView
from insurance_chat.web import tables
from insurance_chat.web.admin.channels_words import copied
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import Markup, badge, join, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.words import moment

LOOK_SECONDS = 2.0
WHAT = (
    "Заявки, чаты с клиентами и черновики ответов прямо в боте компании: можно работать с телефона, не "
    "открывая сайт. Телефоны, почту и номера документов клиентов бот скрывает."
)
NO_BOT = "Бот Telegram ещё не подключён. Его подключает администратор: раздел «Каналы»."
STOPPED = (
    "Вы остановили бота в Telegram, поэтому заявки туда не приходят. Откройте чат с ботом и нажмите "
    "«Запустить»."
)


async def draw(visit: Visit) -> None:
    """Draw the part of the profile."""
    async with visit.unit() as (unit, principal):
        desk = await linking.mine(unit, principal)
    tables.show_html(tag("span", "Работа из Telegram"), "h2")
    with ui.element("section").classes("panel form").props('aria-label="Работа из Telegram"'):
        tables.show_html(tag("p", WHAT, class_="hint"))
        if desk.link is not None:
            _linked(visit, desk.link)
        elif desk.bots:
            _offer(visit, desk)
        else:
            tables.show_html(tag("p", NO_BOT))


def _linked(visit: Visit, link: LinkView) -> None:
    tables.show_html(_facts(link), "p", "facts")
    if link.stopped:
        tables.show_html(tag("p", STOPPED, class_="note warn-note"))

    async def unlink() -> None:
        agreed = await confirm(
            f"Отвязать {link.title}?",
            "Заявки и чаты больше не будут приходить в Telegram. Чаты в работе останутся вашими здесь.",
            "Отвязать",
        )
        if not agreed:
            return
        async with visit.unit() as (unit, principal):
            await linking.unlink(unit, principal)
        _again(visit, "Telegram отвязан")

    button = ui.button("Отвязать", on_click=visit.action(unlink), color=None)
    button.props("flat no-caps").classes("danger")


def _facts(link: LinkView) -> Markup:
    state = badge("Остановлен", "warn") if link.stopped else badge("Подключён", "good")
    return join(
        state,
        tag("span", link.title),
        tag("span", f"бот {link.bot}"),
        tag("span", f"подключён {moment(link.since)}"),
        between=" ",
    )


def _offer(visit: Visit, desk: DeskView) -> None:
    chosen: ui.select | None = None
    if len(desk.bots) > 1:
        names = {str(bot.id): bot.title for bot in desk.bots}
        chosen = ui.select(names, value=str(desk.bots[0].id), label="Бот").props("outlined")

    async def link() -> None:
        bot = UUID(str(chosen.value)) if chosen is not None else None
        async with visit.unit() as (unit, principal):
            made = await linking.invite(unit, principal, bot)
        if await answer_of(_dialog(visit, made)):
            _again(visit, "Telegram подключён")

    button = ui.button("Подключить Telegram", on_click=visit.action(link))
    button.props("no-caps unelevated")


def _dialog(visit: Visit, made: Invitation) -> ui.dialog:
    """The one-time link in three forms; closes by itself as soon as it was opened."""
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Подключить Telegram"
        ui.label("Подключить Telegram").classes("ask-title")
        ui.label(
            f"Отсканируйте код телефоном или откройте ссылку и нажмите «Запустить» в боте {made.bot}. "
            "Ссылка только для вас: на один раз и на 10 минут."
        )
        picture = qr_svg(made.url).decode().partition("?>")[2]
        tables.show_html(Markup(picture), "div", "qr").props(
            'role=img aria-label="QR-код ссылки на бота"'
        )
        opened = tag("a", "Открыть Telegram", href=made.url, target="_blank", rel="noopener")
        tables.show_html(opened, "p")
        copied("Если ссылка не открывается, отправьте боту", made.command)
        wait = "Жду, когда вы нажмёте «Запустить»…"
        tables.show_html(tag("span", wait), "p", "hint").props("aria-live=polite")
        with ui.row().classes("ask-buttons"):
            close = ui.button("Закрыть", on_click=lambda: dialog.submit(False), color=None)
            close.props("flat no-caps").classes("quiet-button")

        async def look() -> None:
            async with visit.unit() as (unit, principal):
                linked = (await linking.mine(unit, principal)).link is not None
            if linked:
                timer.deactivate()
                dialog.submit(True)

        timer: Any = ui.timer(LOOK_SECONDS, visit.action(look))
    return dialog


def _again(visit: Visit, words: str) -> None:
    ui.notify(words, type="positive")
    ui.navigate.to(visit.path.removeprefix(PREFIX))
