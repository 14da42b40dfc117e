"""One call to polis.online over HTTP: token, tries, trace, and errors in our words."""

from __future__ import annotations

import asyncio
import json as jsonlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found, unavailable
from insurance_chat.insurance.providers.polis_online import mortgage_wire, wire
from insurance_chat.insurance.providers.polis_online.auth import TokenKeeper
from insurance_chat.insurance.providers.polis_online.masking import Exchange, masked
from insurance_chat.insurance.providers.polis_online.resilience import (
    AttemptError,
    CircuitBreaker,
    Resilience,
    retrying,
)
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings

PREFIX = "/polis/api/v1"
DOWN = "Сервис страховых компаний временно не отвечает"

log = logging.getLogger(__name__)

Record = Callable[[Exchange], Awaitable[None]]


class Transport:
    """Sends calls and turns every outcome into a value or a `ServiceError`."""

    def __init__(
        self,
        settings: PolisOnlineSettings,
        client: httpx.AsyncClient,
        record: Record,
        policy: Resilience,
    ) -> None:
        self._settings = settings
        self._client = client
        self._record = record
        self._policy = policy
        self._breaker = CircuitBreaker(policy)
        self._tokens = TokenKeeper(settings, self._call_without_token)

    async def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Any:
        """The `value` of the answer, or the bytes of a document.

        Args:
            operation: our name of the call, for the trace.
            path: below the prefix of the API.
            key: idempotency key; without one only a GET is repeated.

        Raises:
            ServiceError: as described by `OsagoProvider`.
        """
        self._breaker.check_allowed()
        try:
            token = await self._tokens.token()
            value = await self._tried(operation, method, path, json, params, key, token)
        except ServiceError as error:
            if error.kind is Kind.UNAVAILABLE:
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return value

    async def _call_without_token(self, operation: str, path: str, json: dict[str, Any]) -> Any:
        # A lost log-in can be repeated; a lost registration shows itself at the next log-in.
        key = None if operation == "register_partner" else operation
        return await self._tried(operation, "POST", path, json, None, key, None)

    async def _tried(
        self,
        operation: str,
        method: str,
        path: str,
        json: Any,
        params: dict[str, str] | None,
        key: str | None,
        token: str | None,
    ) -> Any:
        headers = {"Accept": "application/json, application/pdf"}
        if key is not None:
            headers["Idempotency-Key"] = key
        request = self._client.build_request(
            method, self._settings.url.rstrip("/") + PREFIX + path, json=json, params=params,
            headers=headers,
        )  # fmt: skip
        content = json if json is not None else params
        try:
            async for attempt in retrying(self._policy, method == "GET" or key is not None):
                with attempt:
                    number = attempt.retry_state.attempt_number
                    response = await self._sent(operation, request, content, number, token)
                    if response.status_code == 401 and token is not None:
                        token = await self._tokens.renew(token)
                        response = await self._sent(operation, request, content, number, token)
                    return _value_of(response)
        except AttemptError as failure:
            raise unavailable(failure.code, DOWN, reason=failure.reason) from failure
        raise unavailable("provider_unavailable", DOWN, reason="no_attempts")

    async def _sent(
        self, operation: str, request: httpx.Request, content: Any, attempt: int, token: str | None
    ) -> httpx.Response:
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        started = time.monotonic()
        response, error = None, None
        limit = self._settings.timeout_seconds
        try:
            async with asyncio.timeout(limit):
                response = await self._client.send(request)
        except (httpx.HTTPError, TimeoutError) as caught:
            error = _failure_of(caught)
        except asyncio.CancelledError:
            error = AttemptError("provider_timeout", "cancelled")
            raise
        finally:
            exchange = Exchange(
                operation=operation,
                method=request.method,
                path=request.url.path,
                status=response.status_code if response else None,
                duration_ms=round((time.monotonic() - started) * 1000),
                attempt=attempt,
                request=masked(content),
                response=_masked_body(response) if response else None,
                error=error.reason if error else _refusal_code(response),
            )
            await self._keep(exchange)
        if error is not None or response is None:
            raise error or AttemptError("provider_timeout", "no_answer")
        return response

    async def _keep(self, exchange: Exchange) -> None:
        try:
            await self._record(exchange)
        except Exception:
            # A lost trace line must not lose a sale.
            log.exception("exchange with the provider was not recorded")


def _failure_of(error: Exception) -> AttemptError:
    harmless = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    slow = isinstance(error, httpx.TimeoutException | TimeoutError)
    # A cut connection is a time-out too: nobody knows what was done.
    code = "provider_unavailable" if harmless and not slow else "provider_timeout"
    return AttemptError(code, type(error).__name__, harmless=harmless)


def _value_of(response: httpx.Response) -> Any:
    if response.status_code == 429:
        retry_after = _seconds(response.headers.get("retry-after"))
        raise AttemptError("provider_unavailable", "429", harmless=True, retry_after=retry_after)
    if response.status_code >= 500:
        retry_after = _seconds(response.headers.get("retry-after"))
        raise AttemptError(
            "provider_unavailable", str(response.status_code), retry_after=retry_after
        )
    if response.is_success and response.headers.get("content-type") == "application/pdf":
        return response.content
    body = _json_of(response)
    if response.is_success and body is not None and "value" in body:
        return body["value"]
    if response.is_success:
        raise AttemptError("provider_unavailable", "bad_answer")
    raise _refusal(response.status_code, (body or {}).get("error") or {})


def _refusal(status: int, error: dict[str, Any]) -> ServiceError:
    reason = str(error.get("code") or status)
    message = str(error.get("message") or "")
    if status == 401:
        return ServiceError("provider_refused_login", Kind.UNAUTHENTICATED, message, reason=reason)
    if status == 404:
        return not_found("provider_not_found", message)
    if status == 409:
        code = "payment_not_found" if reason == "payment_not_found" else "provider_conflict"
        return ServiceError(code, Kind.CONFLICT, message, reason=reason)
    fields = [
        {"name": _our_field(str(item.get("name"))), "message": str(item.get("message"))}
        for item in error.get("fields") or ()
    ]
    return invalid("provider_rejected", message, fields=fields, reason=reason)


def _our_field(name: str) -> str:
    return mortgage_wire.FIELDS.get(name) or wire.our_field(name)


def _refusal_code(response: httpx.Response | None) -> str | None:
    if response is None or response.is_success:
        return None
    body = _json_of(response) or {}
    return str((body.get("error") or {}).get("code") or response.status_code)


def _masked_body(response: httpx.Response) -> Any:
    body = _json_of(response)
    return {"bytes": len(response.content)} if body is None else masked(body)


def _json_of(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = jsonlib.loads(response.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdigit() else None
