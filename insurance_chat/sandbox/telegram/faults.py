"""Scripted faults for calls of the Bot API, and the list of calls."""

from __future__ import annotations

import json
import re

from starlette.types import ASGIApp, Receive, Scope, Send

from insurance_chat.sandbox.faults import Fault
from insurance_chat.sandbox.harm import Watched, serve_harmed
from insurance_chat.sandbox.telegram.wire import of_fault
from insurance_chat.sandbox.telegram.world import World

SENDS = ("sendMessage", "sendDocument", "sendVoice", "sendPhoto")
_METHOD = re.compile(r"/telegram/(?:bot(\d+):[^/]+/(\w+)|(file)/bot)")


class TelegramFaults:
    """Harms calls of a method when the script says so.

    Its name, `send` for any message, `file` for downloads, or `*`.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, harmed when there is a fault for it."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        found = _METHOD.match(path) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        method = found[2] or found[3]
        fault = self._world.faults.take(method)
        if fault is None and method in SENDS:
            fault = self._world.faults.take("send")
        watched = Watched(send)
        try:
            await serve_harmed(self._app, fault, scope, receive, watched, _refuse)
        finally:
            at = self._world.sandbox.now().isoformat()
            self._world.calls.append(
                {"at": at, "bot": found[1], "method": method, "status": watched.status}
            )


async def _refuse(fault: Fault, send: Send) -> None:
    error = of_fault(fault)
    body = json.dumps(error.body(), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": error.code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
