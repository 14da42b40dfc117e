"""Refusals in the shape of the platform API: `{"error": {"code", "message", "details"}}`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from insurance_chat.api.errors import STATUS, service_error, validation_error
from insurance_chat.core.errors import Kind, ServiceError

_CODES = {
    "forbidden": "INSUFFICIENT_PERMISSIONS",
    "token_expired": "TOKEN_EXPIRED",
    "login_required": "INVALID_CREDENTIALS",
    "token_invalid": "INVALID_CREDENTIALS",
}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PlatformRoute(APIRoute):
    """A route whose refusals have the platform's shape."""

    @override
    def get_route_handler(self) -> Handler:
        """The handler of the framework with refusals put into words here."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except ServiceError as refused:
                return _service(refused)
            except RequestValidationError as wrong:
                return _validation(wrong)

        return handle


def _service(refused: ServiceError) -> JSONResponse:
    code = _CODES.get(refused.code)
    if code is None:
        wrong = refused.kind is Kind.INVALID
        code = "VALIDATION_ERROR" if wrong else refused.code.upper()
    usual = service_error(refused)
    return _shaped(STATUS[refused.kind], code, refused.message, refused.data, usual)


def _validation(wrong: RequestValidationError) -> JSONResponse:
    usual = validation_error(wrong.errors(), skip=1)
    first = wrong.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])[:200]
    details = {"field": field.encode("utf-8", "replace").decode(), "issue": "Недопустимое значение"}
    if first["type"] == "missing":
        details["issue"] = "Обязательное поле"
    return _shaped(422, "VALIDATION_ERROR", "Некорректные данные", details, usual)


def _shaped(status: int, code: str, message: str, details: Any, usual: Response) -> JSONResponse:
    error = {"code": code, "message": message, "details": jsonable_encoder(details or {})}
    kept = {name: usual.headers[name] for name in _HEADERS if name in usual.headers}
    return JSONResponse({"error": error}, status, kept)


_HEADERS = ("www-authenticate", "retry-after")
