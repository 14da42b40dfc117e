"""Keeps one access token of polis.online fresh for all concurrent calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings

#: A token is renewed this long before its end, seconds.
EARLY = 30.0

#: Sends one call without a token: operation, path, body; returns the value of the answer.
Send = Callable[[str, str, dict[str, Any]], Awaitable[Any]]


class TokenKeeper:
    """Logs in, refreshes, and registers the partner when that is allowed; one at a time."""

    def __init__(
        self,
        settings: PolisOnlineSettings,
        send: Send,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._send = send
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._access = ""
        self._refresh = ""
        self._good_until = 0.0

    async def token(self) -> str:
        """A token that should be good now.

        Raises:
            ServiceError: kind `unavailable`; with data `reason` = "auth" when our login is refused.
        """
        if self._access and self._monotonic() < self._good_until:
            return self._access
        return await self.renew(self._access)

    async def renew(self, stale: str) -> str:
        """A token other than the refused one; callers that come together cause one renewal.

        Raises:
            ServiceError: as `token`.
        """
        async with self._lock:
            if self._access != stale and self._monotonic() < self._good_until:
                return self._access
            self._keep(await self._refreshed() or await self._logged_in())
            return self._access

    async def _refreshed(self) -> Any:
        if not self._refresh:
            return None
        token, self._refresh = self._refresh, ""
        try:
            return await self._send("refresh", "/auth/refresh", {"refreshToken": token})
        except ServiceError as error:
            if error.kind is not Kind.UNAUTHENTICATED:
                raise
            return None

    async def _logged_in(self) -> Any:
        try:
            return await self._log_in()
        except ServiceError as error:
            unknown = error.data.get("reason") == "unknown_login"
            if not (unknown and self._settings.auto_register):
                raise _refused(error) from error
        await self._register()
        try:
            return await self._log_in()
        except ServiceError as error:
            raise _refused(error) from error

    async def _log_in(self) -> Any:
        password = self._settings.password.get_secret_value()
        body = {"login": self._settings.login, "password": password}
        return await self._send("login", "/auth/token", body)

    async def _register(self) -> None:
        body = {
            "login": self._settings.login,
            "password": self._settings.password.get_secret_value(),
            "webhookSecret": self._settings.webhook_secret.get_secret_value(),
        }
        try:
            await self._send("register_partner", "/partners", body)
        except ServiceError as error:
            # Another process of ours was faster.
            if error.data.get("reason") != "login_taken":
                raise

    def _keep(self, answer: Any) -> None:
        self._access = str(answer["accessToken"])
        self._refresh = str(answer.get("refreshToken") or "")
        lifetime = float(answer["expiresIn"])
        self._good_until = self._monotonic() + max(lifetime - EARLY, lifetime / 2)


def _refused(error: ServiceError) -> ServiceError:
    if error.kind is not Kind.UNAUTHENTICATED:
        return error
    return ServiceError(
        "provider_unavailable",
        Kind.UNAVAILABLE,
        "Сервис страховых компаний временно не отвечает",
        reason="auth",
    )
