"""One HTTP request to a subscriber: pinned to a checked address, no redirects, bounded in time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from insurance_chat.core.errors import ServiceError
from insurance_chat.integrations.addresses import check_target
from insurance_chat.integrations.settings import IntegrationSettings


@dataclass(frozen=True, slots=True)
class Answer:
    """How the receiver answered; `error` is empty when it accepted."""

    status: int | None
    error: str = ""


async def post(
    http: httpx.AsyncClient,
    settings: IntegrationSettings,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    """Send a body and say how it went; never raises for what the other side may do.

    Only a status of 200-299 is a success. The answer's body is not read.
    """
    allow_private = settings.webhook_allow_private_addresses
    try:
        async with asyncio.timeout(settings.webhook_timeout_seconds):
            addresses = await check_target(url, allow_private=allow_private)
            status = await _post_to_first(http, settings, httpx.URL(url), addresses, headers, body)
    except ServiceError as refusal:
        return Answer(None, refusal.code)
    except (TimeoutError, httpx.TimeoutException):
        return Answer(None, "timeout")
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as problem:
        return Answer(None, f"connection: {type(problem).__name__}")
    if 200 <= status < 300:
        return Answer(status)
    return Answer(status, "redirect" if 300 <= status < 400 else f"http_{status}")


async def _post_to_first(
    http: httpx.AsyncClient,
    settings: IntegrationSettings,
    url: httpx.URL,
    addresses: list[str],
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    for address in addresses[:-1]:
        try:
            return await _post_to(http, settings, url, address, headers, body)
        except httpx.ConnectError:
            continue
    return await _post_to(http, settings, url, addresses[-1], headers, body)


async def _post_to(
    http: httpx.AsyncClient,
    settings: IntegrationSettings,
    url: httpx.URL,
    address: str,
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    # The pool knows connections by number: without `close` a connection whose certificate was checked
    # for one name would be reused for another name on the same number.
    request = httpx.Request(
        "POST",
        url.copy_with(host=address),
        headers={**headers, "Host": url.netloc.decode("ascii"), "Connection": "close"},
        content=body,
        extensions={
            "timeout": httpx.Timeout(settings.webhook_timeout_seconds).as_dict(),
            "sni_hostname": url.raw_host.decode("ascii"),
        },
    )
    response = await http.send(request, stream=True, auth=None, follow_redirects=False)
    try:
        return response.status_code
    finally:
        await response.aclose()
