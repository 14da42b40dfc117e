"""One product of polis.online: from offers to the policy, by the calls that all products share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from insurance_chat.core.errors import unavailable
from insurance_chat.insurance.providers.polis_online import webhook, wire
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.polis_online.transport import DOWN, Transport
from insurance_chat.insurance.providers.ports import Draft, PaymentNotice, PolicyRequest, Quotes

T = TypeVar("T")


class ProductLine:
    """`PolicyProvider` of one product. Errors are those of the port, and in addition
    kind `conflict`, code `provider_conflict` (data `reason`: `not_paid`, `already_paid`, `not_issued`,
    `draft_cancelled`, `offer_expired`, `offer_not_ready`, `idempotency_mismatch`), and kind
    `not_found`, code `provider_not_found`.

    Args:
        settings: for the secret of notices.
        transport: the account, its token and its circuit breaker, shared by all products.
        policy: how long to poll.
        product: part of the paths, e.g. `osago`.
        body: writes a request of this product.
        unix_time: current time in seconds, for the age of notices.
    """

    code = "polis_online"

    def __init__(
        self,
        settings: PolisOnlineSettings,
        transport: Transport,
        policy: Resilience,
        product: str,
        body: Callable[[Any], wire.Json],
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._policy = policy
        self._root = f"/{product}"
        self._body = body
        self._unix_time = unix_time

    @property
    def available(self) -> bool:
        """An aggregator that is configured can sell."""
        return True

    async def request_quotes(self, request: PolicyRequest, key: str) -> str:
        """See the port."""
        value = await self._transport.call(
            "create_quote", "POST", f"{self._root}/quotes", json=self._body(request), key=key
        )
        return read(lambda found: str(found["quoteId"]), value)

    async def quotes(self, request_id: str) -> Quotes:
        """See the port."""
        value = await self._transport.call("quote", "GET", f"{self._root}/quotes/{request_id}")
        return read(wire.read_quotes, value)

    async def create_draft(self, offer_id: str, key: str) -> Draft:
        """See the port; insurers that work through operations are polled here."""
        value = await self._transport.call(
            "create_draft", "POST", f"{self._root}/drafts", json={"offerId": offer_id}, key=key
        )
        operation_id = value.get("operationId")
        if operation_id is None:
            return read(wire.read_draft, value)
        draft = await self.polled(lambda: self._operation(operation_id))
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
        value = await self._transport.call("draft", "GET", f"{self._root}/drafts/{draft_id}")
        return read(wire.read_draft, value)

    async def find(self, key: str) -> Draft | None:
        """See the port."""
        value = await self._transport.call(
            "find_draft", "GET", f"{self._root}/drafts", params={"idempotencyKey": key}
        )
        found = value.get("draft")
        return None if found is None else read(wire.read_draft, found)

    async def policy_pdf(self, draft_id: str) -> bytes:
        """See the port."""
        return await self._document("policy_pdf", f"{draft_id}/policy.pdf")

    async def key_information(self, draft_id: str) -> bytes:
        """See the port."""
        return await self._document("key_information", f"{draft_id}/kid.pdf")

    def read_notice(self, headers: Sequence[tuple[str, str]], body: bytes) -> PaymentNotice | None:
        """See the port."""
        secret = self._settings.webhook_secret.get_secret_value()
        webhook.check_signature(headers, body, secret, self._unix_time())
        return webhook.read_notice(body)

    async def _change(self, operation: str, path: str, body: wire.Json, key: str) -> Draft:
        value = await self._transport.call(
            operation, "POST", f"{self._root}/drafts/{path}", json=body, key=key
        )
        return read(wire.read_draft, value)

    async def _document(self, operation: str, path: str) -> bytes:
        value = await self._transport.call(operation, "GET", f"{self._root}/drafts/{path}")
        if not isinstance(value, bytes) or not value.startswith(b"%PDF"):
            raise unavailable("provider_unavailable", DOWN, reason="bad_answer")
        return value

    async def _operation(self, operation_id: str) -> Draft | None:
        value = await self._transport.call(
            "operation", "GET", f"{self._root}/operations/{operation_id}"
        )
        if value.get("status") != "done":
            return None
        return read(wire.read_draft, value["draft"])

    async def polled(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """What `look` returned when it was not None, or None when the time is over."""
        deadline = time.monotonic() + self._policy.poll_for
        while True:
            found = await look()
            if found is not None or time.monotonic() >= deadline:
                return found
            await asyncio.sleep(self._policy.poll_every)


def read(reader: Callable[[Any], T], value: Any) -> T:
    """Apply a reader of `wire`; an answer of another shape counts as no answer."""
    try:
        return reader(value)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise unavailable("provider_unavailable", DOWN, reason="bad_answer") from error
