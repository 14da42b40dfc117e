"""Where a webhook may go: an administrator's address must not reach our own network.

The name is resolved here and the connection is made to the checked number, so that a name server
cannot answer differently a moment later.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx

from insurance_chat.core.errors import ServiceError, invalid

MAX_URL = 2000
# Protocol assignments and old tunnel relays, which some Python versions call global.
_SPECIAL_V4 = [ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24")]
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")


def check_url(url: str, *, allow_private: bool) -> httpx.URL:
    """Refuse an address that can be seen to be wrong without asking a name server.

    Args:
        allow_private: also accept plain http and numbers of private networks.

    Raises:
        ServiceError: `webhook_url_invalid`, `webhook_address_refused`.
    """
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as problem:
        raise invalid("webhook_url_invalid", "Адрес вебхука записан неверно.") from problem
    schemes = ("https", "http") if allow_private else ("https",)
    if len(url) > MAX_URL or parsed.scheme not in schemes or not parsed.host:
        raise invalid("webhook_url_invalid", "Укажите адрес вебхука, который начинается с https://")
    if parsed.port is not None and not 1 <= parsed.port <= 65535:
        raise invalid("webhook_url_invalid", "Порт в адресе вебхука должен быть от 1 до 65535.")
    if parsed.userinfo or parsed.fragment:
        raise invalid(
            "webhook_url_invalid", "Уберите из адреса вебхука логин, пароль и часть после #."
        )
    if not allow_private and _is_number(parsed.host) and not is_public(parsed.host):
        raise _refused()
    return parsed


async def check_target(url: str, *, allow_private: bool) -> list[str]:
    """Resolve the address and refuse it if any of its numbers is not in the public internet.

    Returns:
        IP addresses to connect to, in the order of preference.

    Raises:
        ServiceError: as `check_url`, and `webhook_host_unknown` when the name does not resolve.
    """
    parsed = check_url(url, allow_private=allow_private)
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parsed.host, port, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as problem:
        raise invalid(
            "webhook_host_unknown", "Имя сервера из адреса вебхука не найдено."
        ) from problem
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private and not all(is_public(address) for address in addresses):
        raise _refused()
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet (not private, local, shared or tunnelled)."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv4Address):
        special = any(number in network for network in _SPECIAL_V4)
        return number.is_global and not (number.is_multicast or number.is_reserved or special)
    # Tunnels and mapped numbers carry an IPv4 address inside, possibly a private one.
    tunnelled = number.sixtofour or number.teredo or number.ipv4_mapped
    return number.is_global and number in _GLOBAL_V6 and not tunnelled and not number.scope_id


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refused() -> ServiceError:
    return invalid(
        "webhook_address_refused",
        "Адрес вебхука ведёт во внутреннюю сеть. Укажите адрес, доступный из интернета.",
    )
