"""Applies scripted faults to calls of the aggregator and writes the list of calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.faults import Fault
from insurance_chat.sandbox.harm import Watched, serve_harmed

PREFIX = "/polis/api/v1"

#: Method and path below the prefix, by the name used in faults and counts.
OPERATIONS: tuple[tuple[str, str, str], ...] = (
    ("register_partner", "POST", r"/partners"),
    ("login", "POST", r"/auth/token"),
    ("refresh", "POST", r"/auth/refresh"),
    ("register_callback", "PUT", r"/webhooks"),
    ("vehicle", "GET", r"/vehicles"),
    ("create_kbm", "POST", r"/kbm-requests"),
    ("kbm", "GET", r"/kbm-requests/[^/]+"),
    ("previous_policy", "GET", r"/previous-policies"),
    ("create_quote", "POST", r"/(?:osago|mortgage)/quotes"),
    ("quote", "GET", r"/(?:osago|mortgage)/quotes/[^/]+"),
    ("create_draft", "POST", r"/(?:osago|mortgage)/drafts"),
    ("find_draft", "GET", r"/(?:osago|mortgage)/drafts"),
    ("operation", "GET", r"/(?:osago|mortgage)/operations/[^/]+"),
    ("draft", "GET", r"/(?:osago|mortgage)/drafts/[^/]+"),
    ("payment_link", "POST", r"/(?:osago|mortgage)/drafts/[^/]+/payment-link"),
    ("confirm_payment", "POST", r"/(?:osago|mortgage)/drafts/[^/]+/payments"),
    ("issue", "POST", r"/(?:osago|mortgage)/drafts/[^/]+/issue"),
    ("policy_pdf", "GET", r"/(?:osago|mortgage)/drafts/[^/]+/policy\.pdf"),
    ("key_information", "GET", r"/(?:osago|mortgage)/drafts/[^/]+/kid\.pdf"),
    ("cancel", "POST", r"/(?:osago|mortgage)/drafts/[^/]+/cancel"),
)


def operation_of(method: str, path: str) -> str | None:
    """Name of the aggregator's operation, None for any other address."""
    if not path.startswith(PREFIX):
        return None
    rest = path[len(PREFIX) :]
    for name, verb, pattern in OPERATIONS:
        if verb == method and re.fullmatch(pattern, rest):
            return name
    return "unknown"


class FaultMiddleware:
    """Plain ASGI, because a cut connection cannot be expressed as a response."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, after: Callable[[], None]) -> None:
        self._app = app
        self._sandbox = sandbox
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, harmed when the script says so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        operation = operation_of(scope["method"], path)
        try:
            if operation is None:
                await self._app(scope, receive, send)
            else:
                await self._watched(operation, path, scope, receive, send)
        finally:
            self._after()

    async def _watched(
        self, operation: str, path: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        fault = self._sandbox.faults.take(operation)
        watched = Watched(send)
        try:
            await serve_harmed(self._app, fault, scope, receive, watched, _refuse)
        finally:
            self._sandbox.requests.add(
                self._sandbox.now(),
                operation,
                path,
                watched.status,
                Headers(scope=scope).get("idempotency-key"),
                fault.kind if fault else None,
            )


async def _refuse(fault: Fault, send: Send) -> None:
    code = "too_many_requests" if fault.status == 429 else "internal_error"
    error = {"code": code, "message": "Сервис временно недоступен", "fields": []}
    body = json.dumps({"result": False, "error": error}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if fault.retry_after is not None:
        headers.append((b"retry-after", b"%d" % fault.retry_after))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
