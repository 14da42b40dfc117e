"""Checks and reads notices that polis.online sends to us."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.ports import PaymentNotice

TOLERANCE_SECONDS = 300
#: Events after which the state of a draft is worth asking.
USED = frozenset({"payment.succeeded", "policy.issued"})


def check_signature(
    headers: Sequence[tuple[str, str]], body: bytes, secret: str, now: float
) -> None:
    """Refuse a notice that polis.online did not sign or signed long ago.

    Args:
        headers: as received, names in any case.
        body: raw bytes.
        secret: shared secret; an empty one refuses everything.
        now: Unix time, seconds.

    Raises:
        ServiceError: kind `unauthenticated`, code `bad_signature`.
    """
    values = {name.lower(): value for name, value in headers}
    timestamp = values.get("x-polis-timestamp", "")
    if not secret or not (timestamp.isascii() and timestamp.isdigit()):
        raise _bad()
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise _bad()
    expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    given = values.get("x-polis-signature", "").removeprefix("sha256=")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise _bad()


def read_notice(body: bytes) -> PaymentNotice | None:
    """The notice in a body whose signature was checked; None for an event that we do not use."""
    try:
        event: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("type") not in USED:
        return None
    notice_id, draft_id = event.get("eventId"), event.get("draftId")
    if not isinstance(notice_id, str) or not isinstance(draft_id, str):
        return None
    return PaymentNotice(notice_id=notice_id, draft_id=draft_id)


def _bad() -> ServiceError:
    return ServiceError("bad_signature", Kind.UNAUTHENTICATED, "Подпись уведомления не подходит")
