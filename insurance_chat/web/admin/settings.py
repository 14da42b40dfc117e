"""«Настройки»: the fields of the first start, webhooks, and everything that files set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.installation.service import Item
from insurance_chat.web import tables
from insurance_chat.web.admin import setup_forms, webhooks, wizard
from insurance_chat.web.admin.configured import configured
from insurance_chat.web.admin.setup_mail import mail_form
from insurance_chat.web.admin.setup_parts import Place
from insurance_chat.web.admin.setup_telegram import telegram_form, telegram_state
from insurance_chat.web.confirm import confirm
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX, Visit

PATH = "/admin/settings"
Draw = Callable[[Visit, Place], Awaitable[None]]


async def _password(visit: Visit, place: Place) -> None:
    await setup_forms.password_form(visit, place, PATH)


async def build(visit: Visit) -> None:
    """Draw the blocks; the forms are folded until they are needed."""
    again = link("Пройти первую настройку по шагам", f"{PREFIX}{wizard.PATH}?step=company")
    tables.show_html(tag("p", again, class_="lead"))
    blocks: tuple[tuple[str, Markup, Draw], ...] = (
        ("Компания", badge(visit.company), setup_forms.company_form),
        ("Почта", _mail_state(visit), mail_form),
        ("Языковая модель", tag("span", ""), setup_forms.model_form),
        ("Telegram", await telegram_state(visit), telegram_form),
        ("Мой пароль", tag("span", ""), _password),
    )
    for title, state, draw in blocks:
        _block(visit, title, state, draw)
    await webhooks.build(visit)
    tables.show_html(tag("span", "Что задано в файлах и окружении"), "h2", "apart")
    tables.show_html(configured(visit.services.settings), "div")


def _mail_state(visit: Visit) -> Markup:
    live = visit.services.installation
    if live.practising:
        return badge("Учебная", "warn")
    if not live.mail.smtp_url:
        return badge("Не настроена", "warn")
    by = "в окружении" if live.fixed(Item.SMTP_URL) else "на этой странице"
    return badge(f"Настроена {by}", "good")


def _block(visit: Visit, title: str, state: Markup, draw: Draw) -> None:
    async def done(words: str) -> None:
        ui.notify(words, type="positive")
        ui.navigate.to(PATH)

    drawn = False

    async def unfold() -> None:
        nonlocal drawn
        if drawn:
            return
        drawn = True
        with form:
            await draw(visit, Place("Сохранить", done))
            kept = _kept(visit).get(title)
            if kept:
                _forget(visit, title, kept)

    # Fields of a folded form would be half of the time that the page takes.
    with ui.element("details").classes("branch").on("toggle", visit.action(unfold)):
        tables.show_html(join(tag("b", title), " ", state), "summary")
        form = ui.element("div").classes("form unfolded")


def _kept(visit: Visit) -> dict[str, tuple[Item, ...]]:
    """What can be taken away again, by the title of its block."""
    known = visit.services.installation.values
    found: dict[str, tuple[Item, ...]] = {}
    if known.get(Item.SMTP_URL):
        found["Почта"] = (Item.SMTP_URL, Item.MAIL_FROM, Item.MAIL_FROM_NAME)
    if known.get(Item.TELEGRAM_TOKEN):
        found["Telegram"] = (Item.TELEGRAM_TOKEN,)
    return found


def _forget(visit: Visit, title: str, items: tuple[Item, ...]) -> None:
    async def forget() -> None:
        async with visit.unit() as (unit, principal):
            await installation.save(unit, principal, dict.fromkeys(items, ""))
        await visit.services.installation.refresh()
        ui.navigate.to(PATH)

    async def ask() -> None:
        detail = "Сервис забудет введённое на этой странице. Настройки из файлов останутся."
        if await confirm(f"Убрать: {title}?", detail, "Убрать"):
            await visit.action(forget)()

    ui.button("Убрать", on_click=ask, color=None).props("flat no-caps").classes("danger")
