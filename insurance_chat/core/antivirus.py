"""Asks ClamAV whether a file carries a virus."""

from __future__ import annotations

import asyncio
import contextlib
import re
from urllib.parse import urlsplit

from insurance_chat.core.errors import invalid, unavailable

CHUNK = 128 * 1024
CONNECT_SECONDS = 5.0
SCAN_SECONDS = 300.0
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


async def check_file(address: str, data: bytes) -> None:
    """Let a file through only when the antivirus says that it is clean.

    Args:
        address: `tcp://host:port` or `unix:///path` of clamd; empty lets everything through.
        data: the file; sent by the command INSTREAM.

    Raises:
        ServiceError: `file_infected`; `antivirus_unavailable` when nobody knows.
    """
    if not address:
        return
    answer = await _ask(address, b"zINSTREAM\0", data, SCAN_SECONDS)
    if found := _FOUND.search(answer):
        text = f"Антивирус нашёл в файле угрозу: {found.group(1)}. Файл не принят."
        raise invalid("file_infected", text)
    if "stream: OK" not in answer:
        raise _unavailable("Антивирус не смог проверить файл: файл ждёт проверки.")


async def ping(address: str) -> None:
    """Make sure that the antivirus answers.

    Raises:
        ServiceError: `antivirus_unavailable`.
    """
    if "PONG" not in await _ask(address, b"zPING\0", None, CONNECT_SECONDS):
        raise _unavailable("По этому адресу отвечает не ClamAV.")


async def _ask(address: str, command: bytes, data: bytes | None, seconds: float) -> str:
    try:
        reader, writer = await asyncio.wait_for(_connect(address), CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as problem:
        raise _unavailable("Антивирус не отвечает: файл ждёт проверки.") from problem
    try:
        return await asyncio.wait_for(_exchange(reader, writer, command, data), seconds)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as problem:
        raise _unavailable("Антивирус не ответил: файл ждёт проверки.") from problem
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _unavailable(text: str) -> Exception:
    return unavailable("antivirus_unavailable", text)


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return await asyncio.open_unix_connection(parts.path)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError(address)
    return await asyncio.open_connection(parts.hostname, parts.port or 3310)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes, data: bytes | None
) -> str:
    # It hangs up when the file is larger than its own limit, and has said so by then.
    with contextlib.suppress(ConnectionError):
        writer.write(command)
        for begin in range(0, len(data or b""), CHUNK):
            part = (data or b"")[begin : begin + CHUNK]
            writer.write(len(part).to_bytes(4, "big") + part)
            await writer.drain()
        if data is not None:
            writer.write(bytes(4))
        await writer.drain()
    return (await reader.readuntil(b"\0")).decode("utf-8", errors="replace")
