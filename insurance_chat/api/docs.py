"""The OpenAPI document, and the page that shows it without the Internet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse
from swagger_ui_bundle import swagger_ui_path

from insurance_chat.api.errors import Error
from insurance_chat.core.errors import not_found

router = APIRouter(include_in_schema=False)
TITLE = "API страхового чата"
VERSION = "1.0.0"
_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_WORDS = {
    401: "Нет токена, или он не подходит",
    403: "Недостаточно прав",
    404: "Не найдено",
    409: "Противоречит тому, что уже есть",
    413: "Слишком большой запрос",
    422: "Данные не подходят; подробности в details",
    429: "Слишком много запросов",
    500: "Ошибка на нашей стороне",
    503: "Временно недоступно",
}
_ABOUT = """Все отказы имеют вид `{code, message}`; `code` не меняется, `message` можно показать человеку.

Токен сотрудника даёт `POST /v1/auth/login`, токен клиента — `POST /v1/chat/sessions`
(поле `accessToken`). Живая лента чата: WebSocket `/v1/chat/sessions/{id}/ws?cursor=` с подпротоколами
`insurance-chat.v1` и `token.<accessToken>`, либо `GET /v1/chat/sessions/{id}/events`."""
_PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script></body></html>"""
_START = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});"""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of the refusals of a route."""
    return {status: {"model": Error, "description": _WORDS[status]} for status in statuses}


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """The document of the API: refusals of one shape, the bearer scheme, our own addresses only."""
    document = get_openapi(title=TITLE, version=VERSION, description=_ABOUT, routes=app.routes)
    document["paths"] = {
        path: methods for path, methods in document["paths"].items() if path.startswith("/v1/")
    }
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.setdefault("Error", Error.model_json_schema())
    components["securitySchemes"] = {
        "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    document["security"] = [{"bearerAuth": []}]
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation)
    return document


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    statuses = {500, 503} | {int(status) for status in responses if int(status) >= 400}
    if "requestBody" in operation:
        statuses |= {413, 422}
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": _WORDS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }


@router.get("/docs")
def docs_page() -> HTMLResponse:
    """The API to read and try in a browser."""
    return HTMLResponse(_PAGE.format(title=TITLE), headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/assets/start.js")
def docs_start() -> HTMLResponse:
    """The line that draws the page."""
    return HTMLResponse(_START, media_type="text/javascript")


@router.get("/docs/assets/{name}")
def docs_asset(name: str) -> FileResponse:
    """A file of Swagger UI, from the installed package.

    Raises:
        ServiceError: `not_found`.
    """
    if name not in _ASSETS:
        raise not_found("not_found", "Такого адреса нет.")
    return FileResponse(Path(swagger_ui_path) / name, media_type=_ASSETS[name])
