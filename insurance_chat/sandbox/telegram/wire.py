"""Answers and refusals as the Bot API words them.

Source: https://core.telegram.org/bots/api#making-requests and what the real one answers.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse

from insurance_chat.sandbox.faults import Fault

MOST_TEXT = 4096
MOST_CAPTION = 1024


class WireError(Exception):
    """A refusal of the Bot API."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(reason: str) -> WireError:
    """400 with a reason."""
    return WireError(400, f"Bad Request: {reason}")


def too_many(seconds: int) -> WireError:
    """429 with the time to wait."""
    return WireError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def refused(error: WireError) -> JSONResponse:
    """A refusal as an HTTP answer."""
    return JSONResponse(error.body(), error.code)


def of_fault(fault: Fault) -> WireError:
    """A scripted error in the words of Telegram."""
    if fault.status == 429:
        return too_many(1 if fault.retry_after is None else fault.retry_after)
    names = {401: "Unauthorized", 403: "Forbidden: bot was blocked by the user"}
    names |= {500: "Internal Server Error", 502: "Bad Gateway", 400: "Bad Request: chat not found"}
    return WireError(fault.status, names.get(fault.status, "Service Unavailable"))


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def whole(fields: dict[str, Any], name: str) -> int:
    """A whole number among the fields.

    Raises:
        WireError: it is none.
    """
    try:
        return int(fields.get(name, ""))
    except (TypeError, ValueError):
        raise bad(f"{name} is empty or not a number") from None


def structure(fields: dict[str, Any], name: str) -> Any:
    """A JSON field, which a form brings as text; None when it is absent.

    Raises:
        WireError: it is no JSON.
    """
    value = fields.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise bad(f"can't parse {name} JSON object") from None


def flag(fields: dict[str, Any], name: str) -> bool:
    """A yes or no among the fields."""
    return str(fields.get(name, "")).lower() in ("1", "true")


def check_keyboard(markup: Any) -> Any:
    """An inline keyboard as the real one accepts it.

    Raises:
        WireError: a payload is longer than 64 bytes, or an address cannot be opened.
    """
    if not markup:
        return None
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if rows is None:
        return markup
    for button in (one for row in rows for one in row):
        if not button.get("text"):
            raise bad("inline keyboard button text must be non-empty")
        payload = button.get("callback_data")
        if payload is not None and not 1 <= len(payload.encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if "url" in button:
            _check_url(button["url"])
    return markup


def _check_url(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme not in ("http", "https", "tg") or "." not in host:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
