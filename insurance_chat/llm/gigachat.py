"""Temporary access to GigaChat: got for a key, kept, renewed before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import httpx2

from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.ports import Why
from insurance_chat.llm.settings import LlmSettings

EARLY_SECONDS = 60.0


class GigaChatAccess:
    """Access of one key.

    Args:
        key: the authorization key of the personal account, base64.
        clock: Unix time, seconds.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        settings: LlmSettings,
        key: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._settings = settings
        self._key = key
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0.0

    async def token(self) -> str:
        """The access token; many callers at once get one.

        Raises:
            CallFailed: GigaChat gave none.
        """
        async with self._lock:
            if self._clock() >= self._until - EARLY_SECONDS:
                await self._renew()
            return self._token

    def forget(self) -> None:
        """The token is not accepted any more."""
        self._until = 0.0

    async def _renew(self) -> None:
        answer = await self._http.post(
            self._settings.gigachat_auth_url,
            headers={"Authorization": f"Basic {self._key}", "RqUID": str(uuid4())},
            data={"scope": self._settings.gigachat_scope},
        )
        if answer.status_code in (400, 401, 403):
            raise CallFailed(Why.WRONG_KEY)
        if answer.status_code == 429:
            raise CallFailed(Why.RATE_LIMITED)
        if answer.status_code != 200:
            raise CallFailed(Why.SERVER_ERROR)
        try:
            body = answer.json()
            self._token, self._until = str(body["access_token"]), float(body["expires_at"]) / 1000
        except (ValueError, KeyError, TypeError):
            raise CallFailed(Why.MALFORMED) from None
