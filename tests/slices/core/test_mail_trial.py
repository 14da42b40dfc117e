"""Trying a mail server: a real exchange, and words that a businessman can act upon."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.mail import MailSettings, parse_smtp_url
from insurance_chat.core.mail_trial import ServerForm, server_form, try_mail


@dataclass
class Server:
    """A mail server that refuses at the step that a test names."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    subjects: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the name is the library's
        self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, _s: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.subjects.append(envelope.content)
        return self.replies.get("DATA", "250 OK")


def authenticate(_s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A running mail server without encryption."""
    it = Server()
    running = await asyncio.get_running_loop().create_server(
        lambda: SMTP(it, authenticator=authenticate, auth_require_tls=False), "127.0.0.1", 0
    )
    it.port = running.sockets[0].getsockname()[1]
    async with running:
        yield it


def given(port: int, word: str = "right", security: str = "none") -> MailSettings:
    form = ServerForm("127.0.0.1", port, security, "bot@example.ru", word)
    return MailSettings(smtp_url=form.url(), mail_from="bot@example.ru", smtp_timeout_seconds=3)


async def test_a_letter_really_arrives(server: Server) -> None:
    verdict = await try_mail(given(server.port), "boss@example.ru")
    assert verdict.ok, verdict.words
    assert "boss@example.ru" in verdict.words
    assert len(server.subjects) == 1


async def test_a_wrong_password_is_named(server: Server) -> None:
    verdict = await try_mail(given(server.port, "wrong"), "boss@example.ru")
    assert not verdict.ok
    assert "не принял логин и пароль" in verdict.words
    assert server.subjects == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("MAIL", "не разрешает писать от bot@example.ru"),
        ("RCPT", "не принял адрес получателя"),
        ("DATA", "не принял письмо"),
    ],
    ids=["sender", "recipient", "letter"],
)
async def test_the_refused_step_is_named_with_the_reply_of_the_server(
    server: Server, step: str, words: str
) -> None:
    server.replies[step] = "550 Not here"
    verdict = await try_mail(given(server.port), "boss@example.ru")
    assert words in verdict.words
    assert "550 Not here" in verdict.words


async def test_a_closed_port_is_named() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        verdict = await try_mail(given(busy.getsockname()[1]), "boss@example.ru")
    assert "никто не отвечает" in verdict.words
    assert "465" in verdict.words


async def test_encryption_that_the_server_does_not_speak_is_named(server: Server) -> None:
    tls = await try_mail(given(server.port, security="tls"), "boss@example.ru")
    assert "Шифрование" in tls.words
    starttls = await try_mail(given(server.port, security="starttls"), "boss@example.ru")
    assert "не поддерживает STARTTLS" in starttls.words


async def test_a_server_that_says_nothing_does_not_hang_the_page() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    running = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with running:
        port = running.sockets[0].getsockname()[1]
        settings = given(port).model_copy(update={"smtp_timeout_seconds": 0.2})
        verdict = await try_mail(settings, "boss@example.ru")
    assert "не ответил вовремя" in verdict.words


async def test_an_address_that_is_none_is_refused_before_anything_is_sent(server: Server) -> None:
    verdict = await try_mail(given(server.port), "boss")
    assert "проверьте адрес" in verdict.words


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_form_survives_the_way_through_the_address(security: str) -> None:
    form = ServerForm("smtp.example.ru", 2525, security, "бот@example.ru", "п@роль: /?#%")
    assert server_form(form.url()) == form
    assert parse_smtp_url(form.url()).password == "п@роль: /?#%"


@pytest.mark.parametrize("host", ["", "a b", "smtp://x", "host:25", "user@host"])
def test_a_server_that_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(ServiceError, match="Сервер — это имя"):
        ServerForm(host, 25, "none").url()
