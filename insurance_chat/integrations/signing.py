"""Signature by which a receiver knows that a webhook is ours and fresh."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """Value of `X-Insurance-Chat-Signature`.

    Args:
        secret: secret of the subscription, as shown when it was created.
        body: the exact bytes of the request body.
        timestamp: Unix time in seconds, part of what is signed so that an old request cannot be replayed.
    """
    signed = str(timestamp).encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
