"""Letters to clients and staff over SMTP."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import HeaderDefect, HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings

from insurance_chat.core.clock import utcnow
from insurance_chat.core.errors import ServiceError, invalid, unavailable
from insurance_chat.core.settings import ENV

# Not every server on the way carries eight bits.
_SEVEN_BIT = SMTP.clone(cte_type="7bit")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*", re.ASCII)


class MailSettings(BaseSettings):
    """The mail server and the sender's name."""

    model_config = ENV

    smtp_url: str = Field(
        "",
        description="Почтовый сервер: smtp://логин:пароль@сервер:587?starttls=1 или "
        "smtps://логин:пароль@сервер:465; пусто — письма остаются в песочнице.",
    )
    mail_from: str = Field("noreply@example.com", description="Адрес отправителя писем.")
    mail_from_name: str = Field("Страховой сервис", description="Имя отправителя писем.")
    smtp_timeout_seconds: float = Field(
        20.0, gt=0, le=120, description="Сколько секунд ждать почтовый сервер."
    )
    _practice: bool = PrivateAttr(default=False)

    @property
    def practice(self) -> bool:
        """Letters go to the mail server of our own sandbox, because nobody has named a real one."""
        return self._practice

    @practice.setter
    def practice(self, value: bool) -> None:
        self._practice = value

    def for_practice(self, smtp_url: str) -> MailSettings:
        """These settings with letters that stay in the sandbox until a real server is named.

        Args:
            smtp_url: address of the sandbox's mail server.
        """
        settings = self.model_copy(update={"smtp_url": smtp_url})
        settings.practice = True
        return settings


class Attachment(NamedTuple):
    """A file in a letter: name as the reader sees it, MIME type such as `application/pdf`, content."""

    filename: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A letter to one person.

    Args:
        to: e-mail address.
        subject: one line.
        text: plain body, always present.
        html: the same for readers that show HTML.
        attachments: files.
        message_id: `<something@domain>`, the same for every attempt to send this letter, so that the
            receiver shows a repeated one once.
    """

    to: str
    subject: str
    text: str
    message_id: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A parsed SMTP_URL; `start_tls` None means "when the server offers it"."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:pass@host:port?starttls=1` or `smtps://…`; default ports are 25, 587, 465.

    Login and password are percent-encoded. `starttls=1` demands encryption, `starttls=0` forbids it,
    and without it encryption is used when the server offers it.

    Raises:
        ServiceError: `smtp_url_invalid`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise _url_invalid() from problem
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _url_invalid()
    use_tls = parts.scheme == "smtps"
    wish = parse_qs(parts.query).get("starttls", [""])[-1]
    start_tls = False if use_tls else {"1": True, "0": False}.get(wish)
    return SmtpServer(
        host=parts.hostname,
        port=port or (465 if use_tls else 587 if start_tls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=use_tls,
        start_tls=start_tls,
    )


async def send_mail(settings: MailSettings, message: MailMessage) -> None:
    """Hand a letter over to the mail server; returning means that the server took it.

    Raises:
        ServiceError: `mail_unavailable` (kind unavailable) when the server cannot be reached or asks
            to come back later; `mail_rejected` (kind invalid) when it refuses the letter or the address
            for good; `mail_misconfigured` (kind unavailable) when it refuses our login;
            `smtp_url_invalid` when the setting is wrong.
    """
    server = parse_smtp_url(settings.smtp_url)
    letter = compose(settings, message)
    try:
        await aiosmtplib.send(
            letter,
            sender=settings.mail_from,
            recipients=[letter["To"].addresses[0].addr_spec],
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            timeout=settings.smtp_timeout_seconds,
        )
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError) as problem:
        raise _refusal(problem) from problem


def recipients(setting: str, logins: Sequence[str]) -> list[str]:
    """Addresses to write to, each once: those of the setting, and log-ins that are addresses."""
    named = [address.strip() for address in setting.split(",")]
    wanted = [*named, *(login for login in logins if "@" in login and "." in login.split("@")[-1])]
    return list(dict.fromkeys(address for address in wanted if address))


def compose(settings: MailSettings, message: MailMessage) -> EmailMessage:
    """Build the MIME letter; Russian names, subjects and file names are encoded by the standard.

    Raises:
        ServiceError: `mail_rejected` when the address or a header cannot be used.
    """
    letter = EmailMessage(policy=_SEVEN_BIT)
    try:
        letter["From"] = Address(settings.mail_from_name, addr_spec=settings.mail_from)
        letter["To"] = _recipient(message.to)
        letter["Subject"] = message.subject
        letter["Message-ID"] = message.message_id
    except (HeaderParseError, HeaderDefect, ValueError, IndexError) as problem:
        raise invalid("mail_rejected", "Письмо нельзя отправить: проверьте адрес.") from problem
    letter["Date"] = format_datetime(utcnow())
    letter.set_content(message.text)
    if message.html is not None:
        letter.add_alternative(message.html, subtype="html")
    for file in message.attachments:
        main, _, sub = file.mime.partition("/")
        letter.add_attachment(
            file.content,
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=file.filename,
        )
    return letter


def _recipient(address: str) -> Address:
    # A Cyrillic domain travels in its ASCII form; a non-ASCII name before @ is not deliverable widely.
    name, _, domain = address.strip().rpartition("@")
    domain = domain.encode("idna").decode("ascii")
    if not _ADDRESS.fullmatch(f"{name}@{domain}"):
        raise ValueError("not an address")
    return Address(username=name, domain=domain)


def _refusal(problem: Exception) -> ServiceError:
    if isinstance(problem, aiosmtplib.SMTPAuthenticationError):
        return unavailable("mail_misconfigured", "Почтовый сервер не принял логин и пароль.")
    code = _reply_code(problem)
    if code is not None and 500 <= code < 600:
        return invalid(
            "mail_rejected", "Почтовый сервер не принял письмо: проверьте адрес.", smtp_code=code
        )
    return unavailable("mail_unavailable", "Почта сейчас не отправляется, попробуем ещё раз.")


def _reply_code(problem: Exception) -> int | None:
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        return problem.recipients[0].code
    if isinstance(problem, aiosmtplib.SMTPResponseException) and not isinstance(
        problem, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError
    ):
        return problem.code
    return None


def _url_invalid() -> ServiceError:
    return unavailable(
        "smtp_url_invalid",
        "Почта не настроена: SMTP_URL записывается как smtp://логин:пароль@сервер:порт.",
    )
