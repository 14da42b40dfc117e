"""My profile: name, phone, companies, password, log-in by code."""

from __future__ import annotations

from nicegui import ui

from insurance_chat.accounts import profile, totp
from insurance_chat.accounts.phones import show_phone
from insurance_chat.accounts.profile import Profile
from insurance_chat.accounts.totp import Enrolment
from insurance_chat.operators.invitations.qr import qr_svg
from insurance_chat.web import tables
from insurance_chat.web.admin.agent_forms import companies_field, dialog_buttons
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import Markup, badge, tag
from insurance_chat.web.session import PREFIX, Visit
from insurance_chat.web.workspace import desk_link

SCOPES = {True: "Только мои компании", False: "Все компании"}


async def build(visit: Visit) -> None:
    """Draw the blocks."""
    async with visit.unit() as (unit, principal):
        mine = await profile.mine(unit, principal)
    _person(visit, mine)
    if not visit.principal.is_admin:
        _scope(visit, mine.agent.only_own_companies)
    await desk_link.draw(visit)
    _password(visit)
    _codes(visit, enabled=mine.agent.totp)


def _person(visit: Visit, mine: Profile) -> None:
    with _block("Обо мне"):
        tables.show_html(tag("p", f"Логин: {mine.agent.login}", class_="hint"))
        name = ui.input("Имя и фамилия", value=mine.agent.name).props("outlined maxlength=200")
        phone = ui.input("Телефон", value=show_phone(mine.phone)).props(
            "outlined maxlength=40 type=tel autocomplete=tel"
        )
        tables.show_html(tag("p", "Телефон видит только администратор.", class_="hint"))
        known = companies_field(mine.agent.companies)

        async def save() -> None:
            async with visit.unit() as (unit, principal):
                await profile.save(
                    unit,
                    principal,
                    name=name.value or "",
                    phone=phone.value or "",
                    companies=known.value,
                )
            ui.notify("Профиль сохранён", type="positive")

        ui.button("Сохранить", on_click=visit.action(save)).props("no-caps unelevated")


def _scope(visit: Visit, chosen: bool | None) -> None:
    with _block("Подсказки и ответы клиентам"):
        tables.show_html(
            tag(
                "p",
                "По каким компаниям ассистент подсказывает вам и отвечает вашим клиентам.",
                class_="hint",
            )
        )
        choice = ui.radio(SCOPES, value=chosen)
        choice.props["aria-label"] = "Компании для подсказок"

        async def choose() -> None:
            async with visit.unit() as (unit, principal):
                await profile.choose_companies_scope(unit, principal, only_own=bool(choice.value))
            ui.notify(f"Подсказки: {SCOPES[bool(choice.value)].lower()}", type="positive")

        choice.on_value_change(visit.action(choose))


def _password(visit: Visit) -> None:
    with _block("Пароль"):
        old = _secret("Нынешний пароль", "current-password")
        new = _secret("Новый пароль, не короче 10 символов", "new-password")
        tables.show_html(
            tag(
                "p", "После смены пароля вы выйдете на всех устройствах, здесь тоже.", class_="hint"
            )
        )

        async def change() -> None:
            async with visit.unit() as (unit, principal):
                await profile.change_password(
                    unit, principal, old.value or "", new.value or "", visit.desk.limiter
                )
            ui.navigate.to("/login")

        ui.button("Сменить пароль", on_click=visit.action(change)).props("no-caps unelevated")


def _codes(visit: Visit, *, enabled: bool) -> None:
    with _block("Вход по коду"):
        state = badge("Включён", "good") if enabled else badge("Выключен")
        tables.show_html(tag("p", state))
        words = (
            "При входе, кроме пароля, нужен код из приложения на телефоне: Яндекс Ключ, "
            "Google Authenticator или другого. Чужой, даже узнав пароль, не войдёт."
        )
        tables.show_html(tag("p", words, class_="hint"))
        if enabled:
            button = ui.button(
                "Выключить", on_click=visit.action(lambda: _disable(visit)), color=None
            )
            button.props("flat no-caps").classes("danger")
        else:
            ui.button("Включить", on_click=visit.action(lambda: _enable(visit))).props(
                "no-caps unelevated"
            )


async def _enable(visit: Visit) -> None:
    async with visit.unit() as (unit, principal):
        made = await totp.begin(unit, principal)
    if await answer_of(_enrolment(visit, made)):
        ui.notify("Вход по коду включён", type="positive")
        ui.navigate.to(visit.path.removeprefix(PREFIX))


def _enrolment(visit: Visit, made: Enrolment) -> ui.dialog:
    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Включить вход по коду"
        ui.label("Включить вход по коду").classes("ask-title")
        ui.label("1. В приложении с кодами отсканируйте QR-код или введите ключ.")
        picture = qr_svg(made.uri).decode().partition("?>")[2]
        tables.show_html(Markup(picture), "div", "qr").props(
            'role=img aria-label="QR-код для приложения"'
        )
        ui.input("Ключ", value=made.secret).props("outlined readonly")
        ui.label("2. Введите шесть цифр, которые оно показывает.")
        code = _code()

        async def enable() -> None:
            async with visit.unit() as (unit, principal):
                await totp.enable(unit, principal, code.value or "", visit.desk.limiter)
            dialog.submit(True)

        dialog_buttons(dialog, "Включить", visit.action(enable))
    return dialog


async def _disable(visit: Visit) -> None:
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Выключить вход по коду"
        ui.label("Выключить вход по коду?").classes("ask-title")
        ui.label("Введите код из приложения. Дальше для входа хватит пароля.")
        code = _code()

        async def disable() -> None:
            async with visit.unit() as (unit, principal):
                await totp.disable(unit, principal, code.value or "", visit.desk.limiter)
            dialog.submit(True)

        dialog_buttons(dialog, "Выключить", visit.action(disable))
    if await answer_of(dialog):
        ui.notify("Вход по коду выключен", type="positive")
        ui.navigate.to(visit.path.removeprefix(PREFIX))


def _block(title: str) -> ui.element:
    tables.show_html(tag("span", title), "h2")
    return ui.element("section").classes("panel form").props(f'aria-label="{title}"')


def _secret(title: str, kind: str) -> ui.input:
    field = ui.input(title, password=True, password_toggle_button=True)
    return field.props(f"outlined maxlength=200 autocomplete={kind}")


def _code() -> ui.input:
    return ui.input("Код").props(
        "outlined autofocus maxlength=12 inputmode=numeric autocomplete=one-time-code"
    )
