"""The outer skin of the API: size limits, headers, CORS, a clear answer when something broke."""

from __future__ import annotations

import time
from typing import Any

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from insurance_chat.api.chat.errors import SURFACE, refuse
from insurance_chat.api.state import Metrics

log = structlog.get_logger()
_HOOKS = ("/hooks/", "/channels/")
OWN = ("/v1/", "/files/", *_HOOKS, "/pay/", "/health", "/metrics", "/openapi.json", "/docs")
PREFIXES = (*OWN, *SURFACE)
MAX_JSON = 256 * 1024
MAX_HOOK = 4 * 1024 * 1024  # Meta sends up to three megabytes at once
MEGABYTE = 1024 * 1024
MULTIPART_ROOM = 64 * 1024
_KNOWLEDGE = "/kb/"
_UPLOADS = ("/files", "/upload")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_ALLOWED = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
_EXPOSED = ("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_GONE = (psycopg.OperationalError, PoolTimeout)


class _TooLargeError(HTTPException):
    """The body went over the limit; an HTTP error, because the framework hides any other."""

    def __init__(self) -> None:
        super().__init__(413)


class Shell:
    """Wraps the addresses of the API and leaves the pages for people alone.

    Args:
        app: what comes next.
        metrics: where the time of every answer is counted.
        megabytes: the largest file of a chat, and of the knowledge base.
        key_header: where programs put the key of the chat API.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, megabytes: tuple[int, int], key_header: str
    ) -> None:
        self._next = app
        self._metrics = metrics
        self._chat_megabytes, self._knowledge_megabytes = megabytes
        self._cors = CORSMiddleware(
            self._guarded,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
            allow_headers=[*_ALLOWED, key_header],
            expose_headers=_EXPOSED,
            max_age=86400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._cors(scope, receive, send)
        else:
            await self._next(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 0
        limit = self._limit(scope)
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > limit:
                    raise _TooLargeError
            return message

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in _HEADERS if pair[0] not in present]
            await send(message)

        try:
            if _declared(scope) > limit:
                raise _TooLargeError
            await self._next(scope, bounded, dressed)
        except Exception as error:
            if status:
                raise
            await _explain(scope, error, self._megabytes(scope))(scope, receive, dressed)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            seconds = time.perf_counter() - started
            self._metrics.requests.labels(scope["method"], route, str(status)).observe(seconds)

    def _limit(self, scope: Scope) -> int:
        if scope["path"].startswith(_HOOKS):
            return MAX_HOOK
        most = self._megabytes(scope)
        return most * MEGABYTE + MULTIPART_ROOM if most else MAX_JSON

    def _megabytes(self, scope: Scope) -> int:
        """How large a file may be sent to an address, 0 where none is taken."""
        if not scope["path"].endswith(_UPLOADS):
            return 0
        knowledge = _KNOWLEDGE in scope["path"]
        return self._knowledge_megabytes if knowledge else self._chat_megabytes


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _explain(scope: Scope, error: Exception, megabytes: int) -> Any:
    path = scope["path"]
    if isinstance(error, _TooLargeError):
        most = f" Файл — не больше {megabytes} МБ." if megabytes else ""
        return refuse(path, 413, "too_large", f"Запрос слишком большой.{most}")
    # Not the address itself: it may hold the signature of a link.
    route = getattr(scope.get("route"), "path", "other")
    if isinstance(getattr(error, "orig", None) or error, _GONE):
        log.error("database_unavailable", route=route, error=type(error).__name__)
        return refuse(path, 503, "unavailable", "Сервис временно недоступен. Повторите позже.")
    log.error("request_failed", route=route, exc_info=error)
    return refuse(path, 500, "internal_error", "На нашей стороне произошла ошибка.")
