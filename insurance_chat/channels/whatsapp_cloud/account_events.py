"""News of the WhatsApp Business account itself.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/account_update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.channels.ports import AccountChanged, Happening

_WORDS = {
    "ACCOUNT_DELETED": "Аккаунт WhatsApp Business удалён в Meta.",
    "PARTNER_REMOVED": "Приложение отключено от аккаунта WhatsApp Business.",
    "DISABLED_UPDATE": "Meta отключила аккаунт WhatsApp Business.",
    "ACCOUNT_RESTRICTION": "Meta ограничила аккаунт WhatsApp Business.",
    "ACCOUNT_VIOLATION": "Meta нашла нарушение правил в аккаунте WhatsApp Business.",
}
_STOPPED = ("ACCOUNT_DELETED", "PARTNER_REMOVED", "DISABLED_UPDATE")
_WHERE = " Подробности — в центре качества Meta Business Suite."


def account_changed(item: Mapping[str, Any]) -> Sequence[Happening]:
    """Meta has closed, limited or reopened the account; other news give nothing."""
    event = str(item.get("event", ""))
    if event == "ACCOUNT_REINSTATED" or _ban(item) == "REINSTATE":
        return (AccountChanged(state="active"),)
    if event not in _WORDS:
        return ()
    state = "failed" if event in _STOPPED else ""
    return (AccountChanged(state=state, words=_WORDS[event] + _WHERE),)


def _ban(item: Mapping[str, Any]) -> str:
    info = item.get("ban_info")
    return str(info.get("waba_ban_state", "")) if isinstance(info, dict) else ""
