"""Who may use the chat API, and whose threads a key opens."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from insurance_chat.api.settings import ApiSettings
from insurance_chat.core.errors import Kind, ServiceError

OPEN = "open"


class Keys:
    """Keys of the chat API.

    Args:
        settings: the keys and the name of their header.
        host: where the server listens; without a key only this machine may call.
    """

    def __init__(self, settings: ApiSettings, host: str) -> None:
        self.header = settings.api_key_header
        self._owners: list[tuple[str, bytes]] = []
        for part in (settings.api_key, *settings.chat_api_keys.split(",")):
            name, _, key = part.strip().rpartition(":")
            if key:
                owner = f"name:{name}" if name else f"key:{key}"
                self._owners.append((owner, key.encode()))
        self._open = not self._owners and is_loopback(host)

    def owner(self, given: str | None) -> str:
        """Whose key this is; threads belong to this name. It is secret when the key has no name.

        Raises:
            ServiceError: `api_key_required`, `api_key_wrong`.
        """
        if self._open:
            return OPEN
        if not given:
            raise ServiceError(
                "api_key_required",
                Kind.UNAUTHENTICATED,
                f"Нужен ключ API в заголовке {self.header}.",
            )
        found = ""
        for owner, key in self._owners:
            # Every key is compared, and in constant time: the time of the answer tells nothing.
            if hmac.compare_digest(given.encode("utf-8", "replace"), key):
                found = owner
        if not found:
            raise ServiceError("api_key_wrong", Kind.FORBIDDEN, "Неверный ключ API.")
        return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
