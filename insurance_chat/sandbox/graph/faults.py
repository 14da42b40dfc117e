"""Applies scripted faults to calls of the Graph API and writes the list of calls."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from insurance_chat.sandbox.faults import Fault
from insurance_chat.sandbox.graph.wire import GraphApiError, error_body
from insurance_chat.sandbox.graph.world import World
from insurance_chat.sandbox.harm import Watched, serve_harmed

_NAMED = (
    "messages",
    "media",
    "message_templates",
    "phone_numbers",
    "subscribed_apps",
    "subscriptions",
    "debug_token",
    "refresh_access_token",
    "app",
    "me",
)


def operation_of(path: str) -> str:
    """Name of a call for faults and counts: the last word of the address, `download` or `node`.

    A call of `messages` that sends nothing is named `seen` or `typing` by its body.
    """
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["download"]:
        return "download"
    return parts[-1] if parts and parts[-1] in _NAMED else "node"


def _message_operation(body: bytes) -> str:
    """One address sends messages, marks them as read and shows that somebody types."""
    try:
        content = json.loads(body)
    except ValueError:
        return "messages"
    if not isinstance(content, dict):
        return "messages"
    if content.get("typing_indicator") or content.get("sender_action") == "typing_on":
        return "typing"
    if content.get("status") == "read" or content.get("sender_action"):
        return "seen"
    return "messages"


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was looked at, once more, then whatever else comes."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class GraphFault(Fault):
    """A scripted fault; `code` is Meta's own number of the error, 0 takes one that fits the status."""

    code: int = 0


class GraphFaults:
    """Plain ASGI, because a cut connection cannot be expressed as a response."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, harmed when the script says so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        prefix = scope.get("root_path", "")
        path = scope["path"].removeprefix(prefix)
        url = Request(scope).url
        self._world.root = f"{url.scheme}://{url.netloc}{prefix}"
        operation = operation_of(path)
        if operation == "messages":
            body = await Request(scope, receive).body()
            operation, receive = _message_operation(body), _again(body, receive)
        fault = self._world.faults.take(operation)
        watched = Watched(send)
        try:
            await serve_harmed(self._app, fault, scope, receive, watched, _refuse)
        finally:
            self._world.requests.add(
                self._world.sandbox.now(),
                operation,
                path,
                watched.status,
                None,
                fault.kind if fault else None,
            )


async def _refuse(fault: Fault, send: Send) -> None:
    code = fault.code if isinstance(fault, GraphFault) else 0
    if not code:
        code = {429: 130429}.get(fault.status, 2 if fault.status >= 500 else 100)
    body = json.dumps(error_body(GraphApiError(code, "Scripted by the sandbox"))).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if fault.retry_after is not None:
        headers.append((b"retry-after", b"%d" % fault.retry_after))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
