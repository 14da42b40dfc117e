"""Recorded exchanges with a model: a developer with a key records, everybody replays.

A cassette is one JSON file for each request, named by a digest of what was asked; no header of the
request is kept, and temporary access is replaced.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import httpx2
from typing_extensions import override

HIDDEN = "recorded"
_FAR_FUTURE_MS = 32503680000000
_KEPT_HEADERS = ("content-type", "retry-after")


def transport(
    mode: Literal["record", "replay"], folder: Path, network: httpx2.AsyncBaseTransport
) -> httpx2.AsyncBaseTransport:
    """What carries requests in this mode.

    Args:
        network: used by `record` only.
    """
    return _Recorder(folder, network) if mode == "record" else _Player(folder)


class _Recorder(httpx2.AsyncBaseTransport):
    """Passes requests on and keeps the answers."""

    def __init__(self, folder: Path, network: httpx2.AsyncBaseTransport) -> None:
        self._folder = folder
        self._network = network

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask and write down."""
        sent = await request.aread()
        answer = await self._network.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        record = {
            "request": {"method": request.method, "path": request.url.path, "body": _plain(sent)},
            "response": {
                "status": answer.status_code,
                "headers": _headers(answer.headers),
                "body": _sanitised(body),
            },
        }
        text = json.dumps(record, ensure_ascii=False, indent=1)
        await asyncio.to_thread(_write, self._folder / _name(request, sent), text)
        return httpx2.Response(answer.status_code, headers=_headers(answer.headers), content=body)

    @override
    async def aclose(self) -> None:
        """Give connections back."""
        await self._network.aclose()


class _Player(httpx2.AsyncBaseTransport):
    """Answers from the folder and never goes to the network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Find what was answered then."""
        sent = await request.aread()
        path = self._folder / _name(request, sent)
        try:
            kept = json.loads(await asyncio.to_thread(path.read_text, "utf-8"))["response"]
        except FileNotFoundError:
            raise httpx2.ConnectError(f"no cassette {path.name}", request=request) from None
        return httpx2.Response(
            kept["status"], headers=kept["headers"], content=str(kept["body"]).encode()
        )


def _name(request: httpx2.Request, sent: bytes) -> str:
    # The host is left out: a cassette of one address serves another.
    asked = json.dumps([request.method, request.url.path, _plain(sent)], sort_keys=True)
    return f"{hashlib.sha256(asked.encode()).hexdigest()[:24]}.json"


def _plain(sent: bytes) -> Any:
    try:
        return json.loads(sent)
    except ValueError:
        return sent.decode("utf-8", "replace")


def _headers(headers: httpx2.Headers) -> dict[str, str]:
    return {name: headers[name] for name in _KEPT_HEADERS if name in headers}


def _sanitised(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    found = _plain(body)
    if isinstance(found, dict) and "access_token" in found:
        return json.dumps(found | {"access_token": HIDDEN, "expires_at": _FAR_FUTURE_MS})
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
