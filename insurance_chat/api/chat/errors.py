"""Refusals of the chat API: its documents promise `detail`, not the shape of `/v1`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from insurance_chat.api.errors import STATUS, error_response, field_message, http_words
from insurance_chat.core.errors import Kind, ServiceError

SURFACE = ("/api/chat", "/api/debug", "/api/openapi.json")
Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def is_ours(path: str) -> bool:
    """Whether an address belongs to the chat API."""
    return any(path == one or path.startswith(f"{one}/") for one in SURFACE)


def refusal(status: int, code: str, detail: Any, headers: Any = None, **more: Any) -> JSONResponse:
    """A refusal as the chat API words it: `{detail, code, success: false}`."""
    body = {"detail": detail, "code": code, "success": False, **more}
    return JSONResponse(body, status, headers=headers)


def service_refusal(error: ServiceError) -> JSONResponse:
    """A refusal of a service. The documents know no 503: what is on our side is 500."""
    unavailable = error.kind is Kind.UNAVAILABLE
    data = dict(error.data)
    headers = data.pop("headers", {"Retry-After": "5"} if unavailable else {})
    status = 500 if unavailable else STATUS[error.kind]
    return refusal(status, error.code, error.message, headers, **data)


def validation_refusal(error: RequestValidationError) -> JSONResponse:
    """What is wrong with a request: a list of `{type, loc, msg}`."""
    detail = [
        {"type": str(one["type"]), "loc": [_part(p) for p in one["loc"]], "msg": field_message(one)}
        for one in error.errors()
    ]
    return refusal(422, "validation_error", detail)


def _part(part: Any) -> Any:
    return part if isinstance(part, int) else str(part)[:200].encode("utf-8", "replace").decode()


def refuse(path: str, status: int, code: str, message: str) -> JSONResponse:
    """A refusal of the outer skin, in the shape of the address that was asked."""
    if is_ours(path):
        return refusal(500 if status == STATUS[Kind.UNAVAILABLE] else status, code, message)
    return error_response(status, code, message)


def _http_refusal(error: HTTPException) -> JSONResponse:
    return refusal(*http_words(error.status_code), error.headers)


def register_chat_errors(app: FastAPI) -> None:
    """Let refusals at the chat API's addresses have its shape; all others keep theirs."""
    ours: dict[type[Exception], Callable[[Any], JSONResponse]] = {
        ServiceError: service_refusal,
        RequestValidationError: validation_refusal,
        HTTPException: _http_refusal,
    }
    for kind, shape in ours.items():
        app.add_exception_handler(kind, _by_address(shape, app.exception_handlers[kind]))


def _by_address(shape: Callable[[Any], JSONResponse], other: Any) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        if is_ours(request.url.path):
            return shape(error)
        return await cast("Callable[..., Awaitable[Response]]", other)(request, error)

    return handle
