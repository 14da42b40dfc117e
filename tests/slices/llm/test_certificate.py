"""An address with a certificate of its own authority: distrusted, then trusted by a setting."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from insurance_chat.llm.ports import ModelUnavailable, Why
from tests.slices.integrations.test_tls import certificate_for
from tests.slices.llm.conftest import Desk

BODY = (
    b'{"id":"1","object":"chat.completion","created":0,"model":"own","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}'
)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    await writer.drain()
    writer.close()


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    pem = certificate_for("localhost", tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], pem
    server.close()


async def test_an_unknown_authority_is_told_and_trusted_by_its_file(
    desk: Desk, secured: tuple[int, Path]
) -> None:
    port, pem = secured
    key = await desk.key("sk-first-key-aaaa", base_url=f"https://localhost:{port}/v1")
    distrusted = await desk.tester.test(desk.admin, key)
    assert distrusted.why is Why.CERTIFICATE
    assert "LLM_CA_FILE" in distrusted.words
    desk.build(desk.settings.model_copy(update={"ca_file": pem}))
    trusted = await desk.tester.test(desk.admin, key)
    assert trusted.ok, trusted.words


async def test_a_lost_certificate_file_is_a_failed_key_and_no_crash(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.key("sk-first-key-aaaa")
    desk.build(desk.settings.model_copy(update={"ca_file": tmp_path / "gone.pem"}))
    with pytest.raises(ModelUnavailable) as lost:
        await desk.model.complete(desk.ask())
    assert lost.value.why is Why.CERTIFICATE
    await desk.rows("update ai_tokens set cooldown_until = null")
    with pytest.raises(ModelUnavailable) as lost:
        await anext(desk.model.stream(desk.ask()))
    assert lost.value.why is Why.CERTIFICATE
