"""Shapes that every answer of the emulator shares, and its errors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from insurance_chat.sandbox.store import Doc


class WireError(Exception):
    """A refusal in the format of the aggregator."""

    def __init__(
        self, status: int, code: str, message: str, fields: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields or []


def answer(value: Any, status: int = 200) -> JSONResponse:
    """A success: `{"result": true, "value": …}`."""
    return JSONResponse({"result": True, "value": value}, status)


async def refusal(request: Request, error: Exception) -> Response:
    """Exception handler: `{"result": false, "error": {"code", "message", "fields"}}`."""
    if not isinstance(error, WireError):
        raise error
    body = {"code": error.code, "message": error.message, "fields": error.fields}
    return JSONResponse({"result": False, "error": body}, error.status)


async def json_body(request: Request) -> Doc:
    """The JSON object of a request.

    Raises:
        WireError: 400 when the body is not a JSON object.
    """
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise WireError(400, "bad_json", "Тело запроса должно быть объектом JSON")
    return body


def ru_date(value: date) -> str:
    """A date as the aggregator writes it: ДД.ММ.ГГГГ."""
    return value.strftime("%d.%m.%Y")


def parse_ru_date(value: Any) -> date | None:
    """A date written as ДД.ММ.ГГГГ; None when it is anything else."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, "%d.%m.%Y").date()  # noqa: DTZ007
    except ValueError:
        return None
