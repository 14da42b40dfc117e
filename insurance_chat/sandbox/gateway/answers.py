"""How the emulated gateway answers, and how a call of it goes wrong."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from insurance_chat.sandbox.gateway.state import LOGGED_IN, PASSWORD, USER, Phones
from insurance_chat.sandbox.store import Doc


class RefusedError(Exception):
    """The gateway says no.

    Args:
        code, message: of its answer; an empty code answers as its front door does, in plain text.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


async def refusal(_: Request, error: Exception) -> Response:
    """Answer of a refused call."""
    assert isinstance(error, RefusedError)
    if not error.code:
        return Response(error.message, error.status, error.headers, "text/plain")
    told = {
        "status": error.status,
        "code": error.code,
        "message": error.message,
        "results": None,
    }
    return JSONResponse(told, error.status, error.headers)


class Cut(Response):
    """A promised but unfinished body makes the server close the socket."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a part of an answer."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def success(message: str, results: Any) -> JSONResponse:
    """An answer in the gateway's frame."""
    return JSONResponse({"status": 200, "code": "SUCCESS", "message": message, "results": results})


def check_password(request: Request) -> None:
    """Basic auth, as the gateway is started with `--basic-auth`.

    Raises:
        RefusedError: 401.
    """
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(told, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        given = b""
    if not hmac.compare_digest(given, f"{USER}:{PASSWORD}".encode()):
        raise RefusedError(401, "", "Unauthorized", {"WWW-Authenticate": "Basic"})


def device_of(request: Request, phones: Phones) -> Doc:
    """The device that a call is about: header, parameter, or the only one.

    Raises:
        RefusedError: it is unknown or not told.
    """
    told = request.headers.get("x-device-id") or request.query_params.get("device_id") or ""
    known = phones.devices()
    if not told and len(known) == 1:
        return known[0]
    if not told:
        raise RefusedError(400, "DEVICE_ID_REQUIRED", "device_id is required")
    found = phones.device(told)
    if found is None:
        raise RefusedError(404, "DEVICE_NOT_FOUND", "device not found")
    return found


def paired(device: Doc) -> Doc:
    """The device, when its phone is there.

    Raises:
        RefusedError: 401 as of a phone that is logged out.
    """
    if device["state"] != LOGGED_IN:
        raise RefusedError(401, "AUTHENTICATION_ERROR", "you are not login")
    return device


async def misbehave(fault: Doc | None) -> None:
    """Refuse or delay a send as scripted; a cut comes after the work.

    Raises:
        RefusedError: the scripted one.
    """
    kind = fault["kind"] if fault else ""
    if fault and kind == "status":
        raise RefusedError(fault["status"], "INTERNAL_SERVER_ERROR", "websocket not connected")
    if fault and kind == "later":
        after = {"Retry-After": str(max(1, round(fault["seconds"])))}
        raise RefusedError(429, "", "Too Many Requests", after)
    if kind == "refused":
        raise RefusedError(400, "INVALID_JID", "user is not registered")
    if fault and kind == "delay":
        await asyncio.sleep(fault["seconds"])
