"""Fetches pages and files from addresses that people type in, and only from the open internet."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from insurance_chat.core.errors import Kind, ServiceError, invalid, unavailable

PORTS = frozenset({80, 443, 8080, 8443})
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGENT = "insurance-chat/1.0 (knowledge base)"
# Addresses of IPv6 that carry an address of IPv4 inside; where they lead nobody checks.
_CARRIERS = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.I)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Args:
        url: after redirects.
        status: HTTP status; 304 when the caller's own conditions held.
        headers: names in lower case.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def file_name(self) -> str:
        """What the sender calls the file, else the end of its address, else its host."""
        found = _FILE_NAME.search(self.headers.get("content-disposition", ""))
        parts = urlsplit(self.url)
        name = unquote(found.group(1) if found else parts.path.rsplit("/", 1)[-1]).strip()
        return name.replace("\\", "/").rsplit("/", 1)[-1][:200] or parts.hostname or "document"


class Fetcher:
    """Fetches with limits; addresses of internal networks are refused, also after a redirect.

    The name is resolved once, every address of it is checked, and the connection goes to the very
    address that was checked: a name that changes its mind in between gains nothing.

    Args:
        allowed_hosts: internal hosts that may be asked all the same (a setting, and tests).
        max_bytes: of an answer.
        seconds: for everything, redirects included.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        max_bytes: int = 100 * 1024 * 1024,
        seconds: float = 60.0,
    ) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Get an address, whatever status it answers with.

        Args:
            url: `http://…` or `https://…`.
            headers: conditions such as `If-None-Match`.

        Raises:
            ServiceError: `link_wrong`, `link_private`, `link_unreachable`, `link_too_large`,
                `link_redirects` with a Russian explanation.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url, headers or {})
        except TimeoutError as slow:
            raise unavailable("link_unreachable", "Сайт отвечает слишком долго.") from slow
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as problem:
            raise unavailable(
                "link_unreachable", "Сайт не отвечает. Проверьте ссылку."
            ) from problem

    async def download(self, url: str) -> Fetched:
        """Get a file or a page.

        Raises:
            ServiceError: as `fetch`, and `link_status` when the site refuses.
        """
        found = await self.fetch(url)
        if found.status != 200:
            text = f"По ссылке ничего нет: сайт ответил {found.status}."
            raise invalid("link_status", text, status=found.status)
        return found

    async def _follow(self, url: str, headers: Mapping[str, str]) -> Fetched:
        # Proxies of the environment would resolve the name again, and elsewhere.
        async with httpx.AsyncClient(trust_env=False, timeout=self._seconds) as client:
            for _ in range(MOST_REDIRECTS + 1):
                found = await self._get(client, url, headers)
                target = found.headers.get("location")
                if found.status not in REDIRECTS or not target:
                    return found
                url = urljoin(url, target)
        raise invalid("link_redirects", "Ссылка слишком много раз ведёт на другую.")

    async def _get(
        self, client: httpx.AsyncClient, url: str, headers: Mapping[str, str]
    ) -> Fetched:
        host, port = _check(url, self._allowed)
        address = await self._resolve(host, port)
        asked = httpx.URL(url)
        sent = {
            "Host": asked.netloc.decode("ascii"),
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",  # a packed answer may unpack to gigabytes
            **headers,
        }
        pinned = asked.copy_with(host=str(address))
        # The certificate must be of the name, though the connection is to the address.
        extensions = {"sni_hostname": asked.raw_host.decode("ascii")}
        request = client.build_request("GET", pinned, headers=sent, extensions=extensions)
        answer = await client.send(request, stream=True)
        try:
            redirected = answer.status_code in REDIRECTS
            body = b"" if redirected else await self._body(answer)
        finally:
            await answer.aclose()
        return Fetched(url, answer.status_code, dict(answer.headers.items()), body)

    async def _resolve(self, host: str, port: int) -> _Address:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not addresses:
            raise unavailable("link_unreachable", "Такого сайта нет. Проверьте ссылку.")
        if host.lower() not in self._allowed and not all(map(is_public, addresses)):
            raise invalid("link_private", "Ссылка ведёт во внутреннюю сеть: такие адреса закрыты.")
        return addresses[0]

    async def _body(self, answer: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for chunk in answer.aiter_raw():
            size += len(chunk)
            if size > self._max_bytes:
                text = f"Файл по ссылке больше {self._max_bytes // 1024 // 1024} МБ."
                raise ServiceError("link_too_large", Kind.TOO_LARGE, text)
            parts.append(chunk)
        return b"".join(parts)


def is_public(address: _Address) -> bool:
    """True for an address of the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _CARRIERS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_link(url: str) -> None:
    """Refuse at once what cannot be a link to a document.

    Raises:
        ServiceError: `link_wrong`.
    """
    _check(url, None)


def _check(url: str, allowed: frozenset[str] | None) -> tuple[str, int]:
    """Host and port; with `allowed` given, other hosts are asked on ports of the web only."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise _wrong() from wrong
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise _wrong()
    port = port or (443 if parts.scheme == "https" else 80)
    if allowed is not None and port not in PORTS and host.lower() not in allowed:
        raise _wrong()
    return host, port


def _wrong() -> ServiceError:
    return invalid("link_wrong", "Это не ссылка на документ: нужен адрес http:// или https://.")
