"""How updates come: whether Telegram is asked or calls us, and whether a call is really its own.

Source: https://core.telegram.org/bots/api#setwebhook.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from insurance_chat.channels.ports import Account, HookRequest

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
#: Telegram calls no other ports.
_PORTS = (None, 443, 80, 88, 8443)


def by_webhook(account: Account, mode: str) -> bool:
    """Whether Telegram calls us.

    Args:
        mode: of the installation (`auto`, `polling`, `webhook`); the account's own goes first.
    """
    wanted = account.options.get("mode") or mode
    if wanted == "polling" or not account.hook_url:
        return False
    return wanted == "webhook" or is_public(account.hook_url)


def is_public(url: str) -> bool:
    """Whether Telegram can reach an address: https, an open host, one of its ports."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in _PORTS or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".localhost", ".internal", ".lan"))


def is_ours(account: Account, url: str) -> bool:
    """Whether a webhook that is set at Telegram is this account's, also at an earlier host."""
    path = urlsplit(account.hook_url).path
    return bool(path) and urlsplit(url).path == path


def verify(account: Account, request: HookRequest) -> bool:
    """Compare the secret of the call with ours, in constant time."""
    expected = account.secrets.get("hook_token", "")
    given = request.headers.get(SECRET_HEADER, "")
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def trouble(info: Mapping[str, Any], now: float) -> str:
    """What Telegram says about its last failed call of ours, in words; empty when it is long ago.

    Args:
        info: `WebhookInfo`.
        now: Unix time.
    """
    failed = info.get("last_error_date")
    waiting = info.get("pending_update_count") or 0
    if not isinstance(failed, int) or now - failed > 600 or not waiting:
        return ""
    reason = str(info.get("last_error_message", ""))[:150]
    return (
        f"Telegram не может передать сообщения на адрес службы: {reason}. Ждут: {waiting}. "
        "Проверьте, что адрес открывается из интернета по https, или поставьте TELEGRAM_MODE=polling."
    )
