"""One shape of refusal for every address: `{code, message}` and, where it helps, `details`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from insurance_chat.core.errors import Kind, ServiceError

STATUS = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.RATE_LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "5"},
}
_HTTP = {
    400: (422, "body_invalid", "Не удалось прочитать тело запроса."),
    404: (404, "not_found", "Такого адреса нет."),
    405: (405, "method_not_allowed", "Этот адрес не принимает такой метод."),
    413: (413, "too_large", "Запрос слишком большой."),
}
_WORDS = {
    "missing": "Обязательное поле.",
    "json_invalid": "Тело запроса не похоже на JSON.",
    "string_type": "Нужна строка.",
    "string_unicode": "Строка содержит недопустимые символы.",
    "string_too_short": "Не короче {min_length} символов.",
    "string_too_long": "Не длиннее {max_length} символов.",
    "bool_type": "Нужно true или false.",
    "bool_parsing": "Нужно true или false.",
    "int_type": "Нужно целое число.",
    "int_parsing": "Нужно целое число.",
    "int_from_float": "Нужно целое число.",
    "greater_than_equal": "Не меньше {ge}.",
    "less_than_equal": "Не больше {le}.",
    "enum": "Допустимые значения: {expected}.",
    "literal_error": "Допустимые значения: {expected}.",
    "list_type": "Нужен список.",
    "too_long": "Не больше {max_length} элементов.",
    "too_short": "Не меньше {min_length} элементов.",
    "dict_type": "Нужен объект.",
    "model_attributes_type": "Нужен объект JSON.",
    "model_type": "Нужен объект JSON.",
}
_DATES = "Нужна дата в формате ГГГГ-ММ-ДД."
_MOMENTS = "Нужны дата и время в формате ISO 8601."


ModelT = TypeVar("ModelT", bound=BaseModel)


class Error(BaseModel):
    """A refusal. `code` is stable; `message` is a Russian sentence for a person."""

    code: str
    message: str
    details: Any = Field(default=None, description="Подробности для программы, если есть.")


def error_response(
    status: int, code: str, message: str, details: Any = None, headers: Any = None
) -> JSONResponse:
    """A refusal on the wire."""
    body = {"code": code, "message": message}
    if details:
        body["details"] = jsonable_encoder(details)
    return JSONResponse(body, status, headers={**_HEADERS.get(status, {}), **(headers or {})})


def service_error(error: ServiceError) -> JSONResponse:
    """A refusal of a service on the wire."""
    return error_response(STATUS[error.kind], error.code, error.message, error.data)


def http_words(status: int) -> tuple[int, str, str]:
    """Status, code and words for a refusal of the framework itself."""
    return _HTTP.get(status, (status, "http_error", "Запрос не выполнен."))


def validation_error(errors: Sequence[Any], skip: int = 0) -> JSONResponse:
    """What is wrong with a request, field by field.

    Args:
        skip: how many leading parts of a place are not the caller's business.
    """
    details = [
        {"field": _place(error["loc"][skip:]), "message": field_message(error)} for error in errors
    ]
    return error_response(422, "validation_error", "Проверьте данные запроса.", details)


def _place(parts: Sequence[Any]) -> str:
    return ".".join(str(part) for part in parts)[:200].encode("utf-8", "replace").decode()


def field_message(error: Any) -> str:
    """What is wrong with one field, in words for a person."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind == "service":
        return str(error["msg"])
    if kind == "value_error" and "email" in str(error["msg"]):
        return "Некорректный адрес e-mail."
    if kind.startswith("datetime"):
        return _MOMENTS
    if kind.startswith("date"):
        return _DATES
    words = _WORDS.get(kind, "Недопустимое значение.")
    expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    return words.format(**{**context, "expected": expected})


def read_or_refuse(model: type[ModelT], body: bytes) -> ModelT:
    """Read a JSON body without the framework's detour.

    Raises:
        RequestValidationError: it does not fit.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as wrong:
        raise RequestValidationError(
            [{**error, "loc": ("body", *error["loc"])} for error in wrong.errors(include_url=False)]
        ) from wrong


def register_errors(app: FastAPI) -> None:
    """Make every refusal of this application speak one language."""

    async def refused(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ServiceError)
        return service_error(error)

    async def malformed(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return validation_error(error.errors(), skip=1)

    async def plain(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        status, code, message = http_words(error.status_code)
        return error_response(status, code, message, headers=error.headers)

    app.add_exception_handler(ServiceError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
