"""One real letter through a mail server, and in plain Russian what went wrong on the way."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import aiosmtplib

from insurance_chat.core.errors import ServiceError, invalid
from insurance_chat.core.mail import MailMessage, MailSettings, SmtpServer, compose, parse_smtp_url

SECURITY = {"tls": 465, "starttls": 587, "none": 25}  # how a connection is protected → usual port
_APP_PASSWORD = ("yandex", "mail.ru", "gmail", "google", "bk.ru", "inbox.ru", "list.ru")


@dataclass(frozen=True, slots=True)
class MailVerdict:
    """What the trial has shown, in a Russian sentence."""

    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class ServerForm:
    """A mail server as people fill it in.

    Args:
        security: `tls` (encrypted from the beginning), `starttls` or `none`.
        password: empty when the server asks for none.
    """

    host: str
    port: int
    security: str
    login: str = ""
    password: str = ""

    def url(self) -> str:
        """The same as SMTP_URL.

        Raises:
            ServiceError: `smtp_url_invalid` with words for the person who fills the form in.
        """
        host = self.host.strip()
        fits = host and not set(host) & set("/@: ?#\t") and 1 <= self.port <= 65535
        if not fits or self.security not in SECURITY:
            raise invalid(
                "smtp_url_invalid", "Сервер — это имя вида smtp.example.ru, порт — число до 65535."
            )
        scheme = "smtps" if self.security == "tls" else "smtp"
        query = {"tls": "", "starttls": "?starttls=1", "none": "?starttls=0"}[self.security]
        who = ""
        if self.login.strip():
            who = f"{quote(self.login.strip(), safe='')}:{quote(self.password, safe='')}@"
        return f"{scheme}://{who}{host}:{self.port}{query}"


def server_form(url: str) -> ServerForm:
    """The form of an SMTP_URL; an empty address gives an empty form."""
    if not url:
        return ServerForm("", SECURITY["tls"], "tls")
    server = parse_smtp_url(url)
    security = "tls" if server.use_tls else "starttls" if server.start_tls else "none"
    if server.start_tls is None and not server.use_tls and server.port == SECURITY["starttls"]:
        security = "starttls"
    return ServerForm(
        server.host, server.port, security, server.username or "", server.password or ""
    )


async def try_mail(settings: MailSettings, to: str) -> MailVerdict:
    """Send a real letter and say how far it came.

    Args:
        settings: server and sender to try; nothing has to be saved before.
        to: the administrator's own address.
    """
    try:
        server = parse_smtp_url(settings.smtp_url)
        letter = compose(settings, _message(settings, to))
    except ServiceError as problem:
        return MailVerdict(False, problem.message)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.use_tls,
        start_tls=server.start_tls,
        timeout=settings.smtp_timeout_seconds,
    )
    try:
        async with asyncio.timeout(settings.smtp_timeout_seconds):
            await client.connect()
            if server.username:
                await client.login(server.username, server.password or "")
            await client.send_message(letter, sender=settings.mail_from)
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError, TimeoutError, ValueError) as problem:
        return MailVerdict(False, _words(problem, server, settings.mail_from))
    finally:
        client.close()
    return MailVerdict(True, f"Работает: сервер принял письмо для {to}. Проверьте почту и «Спам».")


def _message(settings: MailSettings, to: str) -> MailMessage:
    text = (
        "Это проверка почты сервиса «Страховой чат».\n\nЕсли вы читаете письмо, почта настроена "
        "верно: клиенты получат полисы и напоминания с этого адреса."
    )
    domain = settings.mail_from.rpartition("@")[2] or "insurance-chat"
    return MailMessage(to, "Проверка почты", text, f"<trial-{uuid4().hex}@{domain}>")


def _words(problem: BaseException, server: SmtpServer, sender: str) -> str:
    for one in _chain(problem):
        words = _of_connection(one, server) or _of_exchange(one, server, sender)
        if words:
            return words
    return f"Сервер {server.host} прервал разговор. {_reply(problem)}".strip()


def _chain(problem: BaseException) -> list[BaseException]:
    # The library wraps the reason; the innermost one says most.
    found: list[BaseException] = []
    here: BaseException | None = problem
    while here is not None and len(found) < 8:
        found.append(here)
        here = here.__cause__ or here.__context__
    return list(reversed(found))


def _of_connection(problem: BaseException, server: SmtpServer) -> str:
    where = f"{server.host}:{server.port}"
    if isinstance(problem, socket.gaierror):
        return f"Сервер {server.host} не находится. Проверьте имя сервера."
    if isinstance(problem, ConnectionRefusedError):
        return f"На {where} никто не отвечает. Проверьте порт: обычно 465 для SSL/TLS, 587 для STARTTLS."
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"Сертификату сервера {server.host} нет доверия: {problem.verify_message}."
    if isinstance(problem, ssl.SSLError):
        return (
            f"Шифрование с {where} не получилось. Порту 465 обычно нужно «SSL/TLS», порту 587 — "
            "«STARTTLS»."
        )
    if isinstance(problem, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return (
            f"{where} не ответил вовремя. Проверьте порт и шифрование; некоторые хостинги закрывают "
            "исходящую почту, спросите об этом поддержку."
        )
    return ""


def _of_exchange(problem: BaseException, server: SmtpServer, sender: str) -> str:
    reply = _reply(problem)
    if isinstance(problem, aiosmtplib.SMTPAuthenticationError):
        hint = ""
        if any(name in server.host.lower() for name in _APP_PASSWORD):
            hint = " Этой почте нужен «пароль приложения», а не пароль от ящика."
        return f"Сервер не принял логин и пароль.{hint} {reply}".strip()
    if isinstance(problem, aiosmtplib.SMTPNotSupported):
        return "Сервер не предлагает вход по паролю. Выберите шифрование или уберите логин."
    if isinstance(problem, aiosmtplib.SMTPSenderRefused):
        return (
            f"Сервер не разрешает писать от {sender}. Укажите адрес своего ящика. {reply}".strip()
        )
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        reply = _reply(problem.recipients[0]) if problem.recipients else ""
        return f"Сервер не принял адрес получателя. {reply}".strip()
    if isinstance(problem, aiosmtplib.SMTPDataError):
        return f"Сервер не принял письмо. {reply}".strip()
    if isinstance(problem, aiosmtplib.SMTPException) and "STARTTLS" in str(problem):
        return "Сервер не поддерживает STARTTLS. Выберите «SSL/TLS» или «Без шифрования»."
    return ""


def _reply(problem: BaseException) -> str:
    if isinstance(problem, aiosmtplib.SMTPResponseException) and problem.code > 0:
        return f"Ответ сервера: {problem.code} {' '.join(str(problem.message).split())[:200]}"
    return ""
