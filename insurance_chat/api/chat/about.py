"""What the service says of itself: the bare address, and the document of the chat API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, RedirectResponse, Response

from insurance_chat.api.chat import routes
from insurance_chat.api.chat.door import chat_state
from insurance_chat.api.docs import VERSION

router = APIRouter(include_in_schema=False)
SERVICE = "Страховой чат"
_ABOUT = (
    "Одно сообщение — один ответ. Отказы имеют вид `{detail, code, success: false}`. "
    "WebSocket: `/api/chat/ws?thread_id=…` с теми же событиями, что у потока."
)


@router.get("/")
def home(request: Request) -> Response:
    """A program is told what this is; a browser is led to the demo site."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/demo", status_code=307)
    return JSONResponse(
        {"status": "ok", "service": SERVICE, "version": VERSION, "agent_loaded": True}
    )


@router.get("/api/openapi.json")
def document(request: Request) -> JSONResponse:
    """The chat API for generators of clients."""
    header = chat_state(request).keys.header
    made: dict[str, Any] = get_openapi(
        title="Chat API", version=VERSION, description=_ABOUT, routes=routes.router.routes
    )
    schemes = {"apiKey": {"type": "apiKey", "in": "header", "name": header}}
    made.setdefault("components", {})["securitySchemes"] = schemes
    made["security"] = [{"apiKey": []}]
    return JSONResponse(made)
