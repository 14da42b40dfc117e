"""Webhooks of Meta: the check of an address, the signature, and cutting a call into pieces.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from insurance_chat.channels.ports import HookRequest

KEY_LENGTH = 200  # of `channel_updates.key` and `channel_messages.message_id`
PLACES = 1000  # more than one call can carry


def new_verify_token() -> str:
    """A word that Meta repeats to us when it checks the address."""
    return secrets.token_urlsafe(24)


def challenge(verify_token: str, request: HookRequest) -> str | None:
    """What to answer to Meta's check of the address; None when the word is not ours."""
    said = request.query.get("hub.verify_token", "")
    if request.query.get("hub.mode") != "subscribe" or not verify_token:
        return None
    if not hmac.compare_digest(said.encode(), verify_token.encode()):
        return None
    return request.query.get("hub.challenge", "")


def signed(request: HookRequest, app_secrets: Iterable[str]) -> bool:
    """Whether `X-Hub-Signature-256` was made with one of the app's secrets."""
    kind, _, said = request.headers.get("x-hub-signature-256", "").partition("=")
    if kind != "sha256":
        return False
    fits = False
    for secret in app_secrets:
        made = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        fits = fits or (bool(secret) and hmac.compare_digest(made.encode(), said.encode()))
    return fits


def entries(body: bytes, kind: str) -> Iterator[dict[str, Any]]:
    """The entries of a call.

    Args:
        kind: the `object` that this messenger sends.

    Raises:
        ValueError: it is not JSON, or of another product of Meta.
    """
    call = json.loads(body)
    if not isinstance(call, dict) or call.get("object") != kind:
        raise ValueError(f"not a call about {kind}")
    return (entry for entry in dicts(call.get("entry")))


def dicts(value: Any) -> list[dict[str, Any]]:
    """Objects of a list; anything else is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: Any, *path: str) -> dict[str, Any]:
    """The object at the end of a path of fields; empty when any of them is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int:
    """A number that may have come as a string; 0 for anything else."""
    text = str(value)
    return int(text) if text.isdecimal() else 0


def fitted(key: str) -> str:
    """A key that fits its column; a longer one is told by its digest, always the same."""
    if len(key) <= KEY_LENGTH:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def reachable(address: str, api: str) -> bool:
    """Whether the other side can call an address of ours.

    Args:
        api: where the other side is; an emulator on this computer reaches this computer.
    """
    if not address:
        return False
    there = urlsplit(address)
    return there.scheme == "https" or _is_here(urlsplit(api).hostname) == _is_here(there.hostname)


def _is_here(host: str | None) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")


def guide(address: str, verify_token: str, where: str, fields: str) -> str:
    """The Russian sentence that tells what to paste into the panel of Meta.

    Args:
        where: way through the panel's menu.
        fields: events to tick, separated by commas.
    """
    listed = fields.replace(",", ", ")
    return (
        f"{where}: в поле «URL обратного вызова» вставьте {address}, в поле «Подтверждение маркера» — "
        f"{verify_token}, нажмите «Подтвердить и сохранить», затем включите поля: {listed}."
    )
