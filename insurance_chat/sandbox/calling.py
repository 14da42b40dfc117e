"""How the emulators call addresses of the product."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

SECONDS = 10.0


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the certificates takes 20 ms, and an emulator calls for every message of a client.
    return httpx.create_ssl_context(trust_env=False)


def http_client() -> httpx.AsyncClient:
    """A client for calls of webhooks, to be closed by who asked for it."""
    return httpx.AsyncClient(timeout=SECONDS, trust_env=False, verify=_trusted())
