"""The form of the mail server: known services in two clicks, a real letter as a trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.installation.service import Item
from insurance_chat.accounts.seed import NAME
from insurance_chat.core.errors import invalid
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.mail_trial import SECURITY, ServerForm, server_form, try_mail
from insurance_chat.web.admin.setup_parts import Place, buttons, hint, note, secret
from insurance_chat.web.markup import join, link, text
from insurance_chat.web.session import Visit

TITLES = {
    "tls": "SSL/TLS (обычно 465)",
    "starttls": "STARTTLS (обычно 587)",
    "none": "Без шифрования",
}
KNOWN = {
    "": "Другая почта",
    "smtp.yandex.ru": "Яндекс Почта",
    "smtp.mail.ru": "Почта Mail.ru",
    "smtp.gmail.com": "Gmail",
}


@dataclass
class _Fields:
    host: ui.input
    port: ui.input
    security: ui.select
    login: ui.input
    password: ui.input


async def mail_form(visit: Visit, place: Place) -> None:
    """Server, sender, a trial; what the environment sets is shown and cannot be changed here."""
    live = visit.services.installation
    now = live.mail
    fields = None if live.fixed(Item.SMTP_URL) else _server_fields(now)
    if fields is None:
        kept = server_form(now.smtp_url)
        note(
            f"Сервер {kept.host}:{kept.port} задан настройкой SMTP_URL в файле .env или в окружении. "
            "Она важнее этой страницы и меняется там."
        )
    sender, name = await _sender_fields(visit, now)
    to = ui.input("Куда отправить проверочное письмо").props(
        "outlined type=email autocomplete=email"
    )

    def wanted() -> dict[Item, str]:
        values: dict[Item, str] = {}
        if fields is not None:
            values[Item.SMTP_URL] = _read(fields, now).url()
        login = (fields.login.value or "").strip() if fields is not None else ""
        address = (sender.value or "").strip() or (login if "@" in login else "")
        if not live.fixed(Item.MAIL_FROM):
            if "@" not in address:
                raise invalid("mail_from_wrong", "Укажите адрес, от которого уходят письма.")
            values[Item.MAIL_FROM] = address
        if not live.fixed(Item.MAIL_FROM_NAME):
            values[Item.MAIL_FROM_NAME] = (name.value or "").strip()
        return values

    async def trial() -> tuple[bool, str]:
        if "@" not in (to.value or ""):
            return False, "Укажите, куда отправить проверочное письмо: свой адрес."
        more = {item.value: value for item, value in wanted().items() if value}
        verdict = await try_mail(now.model_copy(update=more), to.value.strip())
        return verdict.ok, verdict.words

    async def save() -> str:
        async with visit.unit() as (unit, principal):
            await installation.save(unit, principal, wanted())
        await live.refresh()
        return "Почта сохранена, сервис уже отправляет письма через неё"

    buttons(visit, place, save, trial)


def _server_fields(now: MailSettings) -> _Fields:
    kept = ServerForm("", SECURITY["tls"], "tls") if now.practice else server_form(now.smtp_url)
    if now.practice or not now.smtp_url:
        seen = join(": они видны в ", link("учебной почте", "/sandbox/mail"))
        where = seen if now.practice else text("")
        wish = ". Укажите почту, с которой клиенты получат полисы и напоминания."
        hint(join("Сейчас письма никуда не уходят", where, wish))
    service = ui.select(KNOWN, value=kept.host if kept.host in KNOWN else "", label="Почта")
    service.props("outlined")
    host = ui.input("Сервер", value=kept.host).props("outlined maxlength=200")
    port = ui.input("Порт", value=str(kept.port)).props("outlined inputmode=numeric maxlength=5")
    security = ui.select(TITLES, value=kept.security, label="Шифрование").props("outlined")
    login = ui.input("Логин, обычно адрес ящика", value=kept.login)
    login.props("outlined maxlength=200 autocomplete=off")
    password = secret("Пароль" if not kept.password else "Новый пароль; пусто — прежний")
    hint("Яндексу, Mail.ru и Gmail нужен «пароль приложения»: его создают в настройках ящика.")
    fields = _Fields(host, port, security, login, password)
    service.on_value_change(_filling(fields, service))
    security.on_value_change(lambda: port.set_value(str(SECURITY[str(security.value)])))
    return fields


def _filling(fields: _Fields, service: ui.select) -> Callable[[], None]:
    def fill() -> None:
        if service.value:
            fields.host.value = str(service.value)
            fields.security.value = "tls"
            fields.port.value = str(SECURITY["tls"])

    return fill


async def _sender_fields(visit: Visit, now: MailSettings) -> tuple[ui.input, ui.input]:
    live = visit.services.installation
    async with visit.unit() as (unit, principal):
        company = await installation.company_name(unit, principal)
    told = {Item.MAIL_FROM, Item.MAIL_FROM_NAME} & live.values.keys()
    proper = company if company != NAME else now.mail_from_name
    chosen = now.mail_from_name if told or live.fixed(Item.MAIL_FROM_NAME) else proper
    known = told or live.fixed(Item.MAIL_FROM)
    sender = ui.input("Адрес отправителя; пусто — как логин", value=now.mail_from if known else "")
    name = ui.input("Имя отправителя", value=chosen)
    for field, item in ((sender, Item.MAIL_FROM), (name, Item.MAIL_FROM_NAME)):
        field.props("outlined maxlength=200")
        if live.fixed(item):
            field.props["readonly"] = True
            field.props["hint"] = f"Задано настройкой {item.value.upper()}"
    return sender, name


def _read(fields: _Fields, now: MailSettings) -> ServerForm:
    port = (fields.port.value or "").strip()
    if not (port.isascii() and port.isdigit()):
        raise invalid("smtp_url_invalid", "Порт — число, обычно 465 или 587.")
    login, host = (fields.login.value or "").strip(), (fields.host.value or "").strip()
    kept = server_form("" if now.practice else now.smtp_url)
    password = fields.password.value or ""
    if not password and (kept.host, kept.login) == (host, login):
        # An empty field keeps the password, but never sends it to another server.
        password = kept.password
    return ServerForm(host, int(port), str(fields.security.value), login, password)
