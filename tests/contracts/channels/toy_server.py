"""The smallest messenger there can be: sends, files, a webhook or a queue of updates, and faults."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.contracts.channels.driver import Fault, Shown, ShownFile

TOKEN = "toy-token-000000000000"
SECRET = "toy-secret-00000000000"


@dataclass
class Planned:
    """What happens to a send that is to come."""

    fault: Fault
    status: int
    seconds: float


@dataclass
class ToyState:
    """Everything that the emulator knows; tests reach into it from their own thread."""

    numbers: Any = field(default_factory=lambda: itertools.count(1))
    shown: dict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    payloads: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, bytes] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    faults: deque[Planned] = field(default_factory=deque)
    calls: int = 0
    typings: int = 0
    pollers: int = 0
    most_pollers: int = 0
    dead: bool = False
    window_closed: bool = False
    hook: str = ""


def sign(body: bytes) -> str:
    """Signature of a webhook."""
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def _no(status: int, why: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": why, **more}, status)


class ToyServer:
    """Doors of the emulator over one state."""

    def __init__(self) -> None:
        self.state = ToyState()
        self.app = Starlette(
            routes=[
                Route("/{token}/me", self.me),
                Route("/{token}/hook", self.hook, methods=["POST"]),
                Route("/{token}/updates", self.updates),
                Route("/{token}/send", self.send, methods=["POST"]),
                Route("/{token}/typing", self.typing, methods=["POST"]),
                Route("/{token}/files/{file}", self.file),
            ]
        )

    def _known(self, request: Request) -> bool:
        return request.path_params["token"] == TOKEN and not self.state.dead

    async def me(self, request: Request) -> Response:
        """Whose token this is."""
        if not self._known(request):
            return _no(401, "unknown token")
        return JSONResponse({"id": "toy-account", "name": "@toy"})

    async def hook(self, request: Request) -> Response:
        """Remember where to call; an empty address calls nobody."""
        self.state.hook = (await request.json())["url"]
        return JSONResponse({})

    async def updates(self, request: Request) -> Response:
        """What happened after a number; waits a little for it."""
        if not self._known(request):
            return _no(401, "unknown token")
        after = int(request.query_params["after"])
        self.state.pollers += 1
        self.state.most_pollers = max(self.state.most_pollers, self.state.pollers)
        try:
            for _ in range(20):
                fresh = [one for one in self.state.updates if one["n"] > after]
                if fresh:
                    return JSONResponse(fresh)
                await asyncio.sleep(0.02)
        finally:
            self.state.pollers -= 1
        return JSONResponse([])

    async def typing(self, _request: Request) -> Response:
        """Somebody types."""
        self.state.typings += 1
        return JSONResponse({})

    async def file(self, request: Request) -> Response:
        """Content of a file that a client has sent."""
        return Response(self.state.files[request.path_params["file"]])

    async def send(self, request: Request) -> Response:
        """Show a message to a client, unless something speaks against it."""
        state = self.state
        body = await request.json()
        state.calls += 1
        planned = state.faults.popleft() if state.faults else None
        if planned is not None:
            early = await self._misbehave(planned)
            if early is not None:
                return early
        if not self._known(request):
            return _no(401, "unknown token")
        if body["chat"] in state.blocked:
            return _no(403, "blocked")
        if state.window_closed and "template" not in body:
            return _no(409, "window")
        number = state.keys.get(body["key"]) or self._show(body)
        if planned is not None and planned.fault is Fault.CUT:
            raise ConnectionResetError
        return JSONResponse({"id": number})

    async def _misbehave(self, planned: Planned) -> Response | None:
        if planned.fault is Fault.STATUS:
            return _no(planned.status, "broken")
        if planned.fault is Fault.LATER:
            return _no(429, "slow down", after=planned.seconds)
        if planned.fault is Fault.REFUSED:
            return _no(400, "refused")
        if planned.fault is Fault.DELAY:
            await asyncio.sleep(planned.seconds)
        return None

    def _show(self, body: dict[str, Any]) -> str:
        state = self.state
        number = f"m{next(state.numbers)}"
        state.keys[body["key"]] = number
        file = body.get("file")
        state.payloads[number] = [one["payload"] for one in body.get("buttons", ())]
        state.shown[body["chat"]].append(
            Shown(
                number,
                body.get("text", "").replace("**", ""),
                tuple(one["title"] for one in body.get("buttons", ())),
                tuple(one["url"] for one in body.get("links", ())),
                ShownFile(file["name"], file["mime"], base64.b64decode(file["data"]))
                if file
                else None,
                voice=bool(file and file["voice"]),
            )
        )
        return number


def dumped(update: dict[str, Any]) -> bytes:
    """Body of a webhook."""
    return json.dumps([update], ensure_ascii=False).encode()
