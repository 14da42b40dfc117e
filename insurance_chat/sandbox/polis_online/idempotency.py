"""Repeating a changing call under the same `Idempotency-Key` returns its first result."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from starlette.requests import Request

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.polis_online.wire import WireError
from insurance_chat.sandbox.store import Doc

Answer = tuple[int, Any]


def key_of(request: Request) -> str:
    """The key of a changing call.

    Raises:
        WireError: 400 when the header is missing.
    """
    key = request.headers.get("idempotency-key", "").strip()
    if not key:
        raise WireError(400, "no_idempotency_key", "Нужен заголовок Idempotency-Key")
    return key


def once(
    request: Request, partner_id: str, operation: str, payload: Doc, work: Callable[[], Answer]
) -> Answer:
    """Do the work and remember its answer in the same transaction, or return the remembered one.

    Raises:
        WireError: 409 when the same key came with other data. A refusal of `work` is not remembered.
    """
    store = sandbox_of(request).store
    record_id = f"{partner_id}:{operation}:{key_of(request)}"
    text = json.dumps([request.url.path, payload], sort_keys=True, ensure_ascii=False)
    fingerprint = sha256(text.encode()).hexdigest()
    with store.batch():
        known = store.get("idempotency", record_id)
        if known is not None:
            if known["fingerprint"] != fingerprint:
                raise WireError(
                    409, "idempotency_mismatch", "Этот ключ уже использован с другими данными"
                )
            return known["status"], known["value"]
        status, value = work()
        record = {"fingerprint": fingerprint, "status": status, "value": value}
        store.put("idempotency", record_id, record)
    return status, value
