"""The port to insurers implemented over polis.online."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from insurance_chat.core.errors import unavailable
from insurance_chat.insurance.providers.polis_online import webhook, wire
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.polis_online.transport import DOWN, Record, Transport
from insurance_chat.insurance.providers.ports import (
    Draft,
    Driver,
    Kbm,
    KbmStatus,
    OsagoRequest,
    PaymentNotice,
    PreviousPolicy,
    Quotes,
    Vehicle,
)

T = TypeVar("T")


class PolisOnline:
    """`OsagoProvider` over the aggregator polis.online. Errors are those of the port, and in addition
    kind `conflict`, code `provider_conflict` (data `reason`: `not_paid`, `already_paid`, `not_issued`,
    `draft_cancelled`, `offer_expired`, `offer_not_ready`, `idempotency_mismatch`), and kind
    `not_found`, code `provider_not_found`.

    Args:
        settings: address and account; `url` must be filled.
        client: shared HTTP client; its time-outs are not used.
        record: keeps a masked trace line of every try; its failure is logged and does no harm.
        resilience: numbers of tries, pauses, polling and the circuit breaker.
        unix_time: current time in seconds, for the age of notices.
    """

    code = "polis_online"

    def __init__(
        self,
        settings: PolisOnlineSettings,
        client: httpx.AsyncClient,
        record: Record,
        *,
        resilience: Resilience | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._policy = resilience or Resilience()
        self._transport = Transport(settings, client, record, self._policy)
        self._unix_time = unix_time

    @property
    def available(self) -> bool:
        """An aggregator that is configured can sell."""
        return True

    async def register_callback(self, url: str) -> None:
        """Tell polis.online where to send notices; repeat it at every start."""
        await self._transport.call(
            "register_callback", "PUT", "/webhooks", json={"url": url}, key=str(uuid4())
        )

    async def vehicle_by_plate(self, plate: str) -> Vehicle | None:
        """See the port."""
        value = await self._transport.call("vehicle", "GET", "/vehicles", params={"plate": plate})
        return _read(wire.read_vehicle, value)

    async def kbm(self, driver: Driver, on_date: date) -> Kbm:
        """See the port; `unavailable` also when the source is slower than the polling bound."""
        return await self._kbm({"driver": wire.driver_body(driver), "date": wire.to_date(on_date)})

    async def kbm_by_license(self, license_number: str) -> Kbm:
        """See the port."""
        return await self._kbm({"driver": {"licence": license_number}})

    async def previous_policy(self, plate: str) -> PreviousPolicy | None:
        """See the port; a silent source is an error of kind `unavailable`, not None."""
        value = await self._transport.call(
            "previous_policy", "GET", "/previous-policies", params={"plate": plate}
        )
        if not value.get("sourceAnswered"):
            raise unavailable("provider_unavailable", DOWN, reason="source_silent")
        return _read(wire.read_previous_policy, value)

    async def request_quotes(self, request: OsagoRequest, key: str) -> str:
        """See the port."""
        value = await self._transport.call(
            "create_quote", "POST", "/osago/quotes", json=wire.quote_body(request), key=key
        )
        return _read(lambda found: str(found["quoteId"]), value)

    async def quotes(self, request_id: str) -> Quotes:
        """See the port."""
        value = await self._transport.call("quote", "GET", f"/osago/quotes/{request_id}")
        return _read(wire.read_quotes, value)

    async def create_draft(self, offer_id: str, key: str) -> Draft:
        """See the port; insurers that work through operations are polled here."""
        value = await self._transport.call(
            "create_draft", "POST", "/osago/drafts", json={"offerId": offer_id}, key=key
        )
        operation_id = value.get("operationId")
        if operation_id is None:
            return _read(wire.read_draft, value)
        draft = await self._polled(lambda: self._operation(operation_id))
        if draft is None:
            raise unavailable("provider_timeout", DOWN, reason="operation")
        return draft

    async def request_payment(self, draft_id: str, return_url: str, key: str) -> Draft:
        """See the port."""
        return await self._change(
            "payment_link", f"{draft_id}/payment-link", {"returnUrl": return_url}, key
        )

    async def confirm_payment(self, draft_id: str, payment_token: str, key: str) -> Draft:
        """See the port."""
        return await self._change(
            "confirm_payment", f"{draft_id}/payments", {"paymentToken": payment_token}, key
        )

    async def issue(self, draft_id: str, key: str) -> Draft:
        """See the port."""
        return await self._change("issue", f"{draft_id}/issue", {}, key)

    async def cancel(self, draft_id: str, key: str) -> Draft:
        """See the port."""
        return await self._change("cancel", f"{draft_id}/cancel", {}, key)

    async def status(self, draft_id: str) -> Draft:
        """See the port."""
        value = await self._transport.call("draft", "GET", f"/osago/drafts/{draft_id}")
        return _read(wire.read_draft, value)

    async def find(self, key: str) -> Draft | None:
        """See the port."""
        value = await self._transport.call(
            "find_draft", "GET", "/osago/drafts", params={"idempotencyKey": key}
        )
        found = value.get("draft")
        return None if found is None else _read(wire.read_draft, found)

    async def policy_pdf(self, draft_id: str) -> bytes:
        """See the port."""
        value = await self._transport.call(
            "policy_pdf", "GET", f"/osago/drafts/{draft_id}/policy.pdf"
        )
        if not isinstance(value, bytes) or not value.startswith(b"%PDF"):
            raise unavailable("provider_unavailable", DOWN, reason="bad_answer")
        return value

    def read_notice(self, headers: Sequence[tuple[str, str]], body: bytes) -> PaymentNotice | None:
        """See the port."""
        secret = self._settings.webhook_secret.get_secret_value()
        webhook.check_signature(headers, body, secret, self._unix_time())
        return webhook.read_notice(body)

    async def _change(self, operation: str, path: str, body: wire.Json, key: str) -> Draft:
        value = await self._transport.call(
            operation, "POST", f"/osago/drafts/{path}", json=body, key=key
        )
        return _read(wire.read_draft, value)

    async def _kbm(self, body: wire.Json) -> Kbm:
        value = await self._transport.call(
            "create_kbm", "POST", "/kbm-requests", json=body, key=str(uuid4())
        )
        request_id = _read(lambda found: str(found["requestId"]), value)

        async def look() -> Kbm | None:
            found = await self._transport.call("kbm", "GET", f"/kbm-requests/{request_id}")
            return _read(wire.read_kbm, found)

        return await self._polled(look) or Kbm(status=KbmStatus.UNAVAILABLE)

    async def _operation(self, operation_id: str) -> Draft | None:
        value = await self._transport.call("operation", "GET", f"/osago/operations/{operation_id}")
        if value.get("status") != "done":
            return None
        return _read(wire.read_draft, value["draft"])

    async def _polled(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """What `look` returned when it was not None, or None when the time is over."""
        deadline = time.monotonic() + self._policy.poll_for
        while True:
            found = await look()
            if found is not None or time.monotonic() >= deadline:
                return found
            await asyncio.sleep(self._policy.poll_every)


def _read(reader: Callable[[Any], T], value: Any) -> T:
    """Apply a reader of `wire`; an answer of another shape counts as no answer."""
    try:
        return reader(value)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise unavailable("provider_unavailable", DOWN, reason="bad_answer") from error
