"""A mail server that delivers nothing and keeps everything."""

from __future__ import annotations

import asyncio
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.mail import keep_mail

LARGEST_MAIL = 30 * 1024 * 1024


class MailCatcher:
    """SMTP server in the running event loop; letters go to the sandbox store.

    Use as `async with MailCatcher(app.state.sandbox, "127.0.0.1", 1025)` or call start and stop.
    Port 0 takes a free port; the real one is then in `port`.
    """

    def __init__(self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 1025) -> None:
        self._sandbox = sandbox
        self.host = host
        self.port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> MailCatcher:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd for each letter."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        keep_mail(self._sandbox, envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return "250 OK"

    def _protocol(self) -> SMTP:
        return SMTP(self, enable_SMTPUTF8=True, hostname="sandbox", data_size_limit=LARGEST_MAIL)
