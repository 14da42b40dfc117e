"""Letters go through a real SMTP exchange on loopback."""

from __future__ import annotations

import asyncio
import email
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.mail import (
    Attachment,
    MailMessage,
    MailSettings,
    parse_smtp_url,
    send_mail,
)

POLICY = MailMessage(
    to="anna@example.com",
    subject="Ваш полис ОСАГО ХХХ 0123456789 готов, спасибо, что оформили его у нас",
    text="Здравствуйте, Анна!\nПолис во вложении.",
    message_id="<policy-17@insurance-chat.example.com>",
    html="<p>Здравствуйте, Анна!</p>",
    attachments=(Attachment("Полис ОСАГО.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),),
)


@dataclass
class Catcher:
    """A mail server that keeps letters and refuses when told to."""

    port: int = 0
    on_recipient: str = "250 OK"
    on_data: str = "250 OK"
    recipients: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.on_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self.on_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        letter = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return self.on_data

    def authenticate(
        self, _s: Any, _session: Any, _e: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """Knows one login."""
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == "п@роль".encode(), handled=False)


@pytest.fixture
async def catcher() -> AsyncIterator[Catcher]:
    """A running mail server."""
    it = Catcher()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(it, authenticator=it.authenticate, auth_require_tls=False), "127.0.0.1", 0
    )
    it.port = server.sockets[0].getsockname()[1]
    async with server:
        yield it


def settings(port: int, login: str = "", query: str = "") -> MailSettings:
    return MailSettings(
        smtp_url=f"smtp://{login}127.0.0.1:{port}{query}",
        mail_from="polis@example.com",
        mail_from_name="Страхование «Чат»",
        smtp_timeout_seconds=2,
    )


async def test_a_letter_arrives_whole_and_in_russian(catcher: Catcher) -> None:
    await send_mail(settings(catcher.port), POLICY)
    [letter] = catcher.letters
    assert catcher.recipients == ["anna@example.com"]
    assert letter["Subject"] == POLICY.subject
    assert letter["From"].addresses[0].display_name == "Страхование «Чат»"
    assert letter["From"].addresses[0].addr_spec == "polis@example.com"
    assert letter["Message-ID"] == POLICY.message_id
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == POLICY.text
    assert html.get_content().strip() == POLICY.html
    [file] = letter.iter_attachments()
    assert file.get_filename() == "Полис ОСАГО.pdf"
    assert file.get_content_type() == "application/pdf"
    assert file.get_content() == b"%PDF-1.7 \x00\xff"


async def test_the_letter_on_the_wire_is_ascii(catcher: Catcher) -> None:
    await send_mail(settings(catcher.port), POLICY)
    assert catcher.raw[0].isascii()
    assert max(len(line) for line in catcher.raw[0].split(b"\r\n")) <= 78


async def test_a_repeated_letter_carries_the_same_message_id(catcher: Catcher) -> None:
    await send_mail(settings(catcher.port), POLICY)
    await send_mail(settings(catcher.port), POLICY)
    assert {letter["Message-ID"] for letter in catcher.letters} == {POLICY.message_id}


async def test_a_cyrillic_domain_travels_in_ascii(catcher: Catcher) -> None:
    message = MailMessage("anna@почта.рф", "Полис", "Готов", "<1@example.com>")
    await send_mail(settings(catcher.port), message)
    assert catcher.recipients == ["anna@xn--80a1acny.xn--p1ai"]


async def test_login_and_password_of_the_url_are_used(catcher: Catcher) -> None:
    login = "bot%40example.com:%D0%BF%40%D1%80%D0%BE%D0%BB%D1%8C@"
    await send_mail(settings(catcher.port, login), POLICY)
    assert catcher.logins == [(b"bot@example.com", "п@роль".encode())]


async def test_a_refused_login_is_our_fault_and_not_the_readers(catcher: Catcher) -> None:
    with pytest.raises(ServiceError) as refusal:
        await send_mail(settings(catcher.port, "bot:wrong@"), POLICY)
    assert (refusal.value.code, refusal.value.kind) == ("mail_misconfigured", Kind.UNAVAILABLE)


@pytest.mark.parametrize("step", ["on_recipient", "on_data"])
@pytest.mark.parametrize(
    ("reply", "code", "kind"),
    [
        ("550 no such mailbox", "mail_rejected", Kind.INVALID),
        ("451 come back later", "mail_unavailable", Kind.UNAVAILABLE),
    ],
)
async def test_a_refusal_says_whether_it_is_for_good(
    step: str, reply: str, code: str, kind: Kind, catcher: Catcher
) -> None:
    setattr(catcher, step, reply)
    with pytest.raises(ServiceError) as refusal:
        await send_mail(settings(catcher.port), POLICY)
    assert (refusal.value.code, refusal.value.kind) == (code, kind)
    assert POLICY.to not in str(refusal.value)


async def test_a_demanded_encryption_that_is_missing_stops_the_letter(catcher: Catcher) -> None:
    with pytest.raises(ServiceError) as refusal:
        await send_mail(settings(catcher.port, query="?starttls=1"), POLICY)
    assert refusal.value.kind is Kind.UNAVAILABLE
    assert catcher.letters == []


async def test_a_server_that_is_down_is_a_temporary_failure() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ServiceError, match="mail_unavailable"):
        await send_mail(settings(port), POLICY)


async def test_a_silent_server_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        impatient = settings(silent.getsockname()[1])
        impatient.smtp_timeout_seconds = 0.3
        with pytest.raises(ServiceError, match="mail_unavailable"):
            await send_mail(impatient, POLICY)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.com",
        "a@",
        "иван@example.com",
        "a b@example.com",
        "a@example.com, b@c",
        "a@example.com\r\nBcc: b@example.com",
    ],
)
async def test_what_is_not_one_address_is_rejected_before_any_server(address: str) -> None:
    with pytest.raises(ServiceError, match="mail_rejected"):
        await send_mail(settings(9), MailMessage(address, "Полис", "Готов", "<1@example.com>"))


async def test_a_header_cannot_be_smuggled_in_the_subject() -> None:
    message = MailMessage("a@example.com", "x\r\nBcc: b@example.com", "t", "<1@example.com>")
    with pytest.raises(ServiceError, match="mail_rejected"):
        await send_mail(settings(9), message)


@pytest.mark.parametrize(
    "url", ["", "http://example.com", "smtp://", "smtp://host:port", "host:25"]
)
async def test_a_wrong_address_of_the_server_is_named(url: str) -> None:
    with pytest.raises(ServiceError, match="smtp_url_invalid"):
        await send_mail(MailSettings(smtp_url=url), POLICY)


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://h", 25, False, None),
        ("smtp://h?starttls=1", 587, False, True),
        ("smtp://h:2525?starttls=0", 2525, False, False),
        ("smtps://h", 465, True, False),
    ],
)
def test_the_url_says_how_to_encrypt(
    url: str, port: int, use_tls: bool, start_tls: bool | None
) -> None:
    server = parse_smtp_url(url)
    assert (server.port, server.use_tls, server.start_tls) == (port, use_tls, start_tls)
