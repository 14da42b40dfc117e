"""An emulator of clamd: the commands PING and INSTREAM over TCP; it knows one virus."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Clamd:
    """Listens on a free port while the block lasts."""

    url = ""

    async def __aenter__(self) -> Clamd:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if command == b"zPING\0":
            writer.write(b"PONG\0")
            writer.close()
            return
        assert command == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            data += await reader.readexactly(size)
        found = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" in data
        writer.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")
        await writer.drain()
        writer.close()
