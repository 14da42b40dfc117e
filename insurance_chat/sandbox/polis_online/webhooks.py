"""Signed events to the partner's callback, sent from a stored outbox with retries."""

from __future__ import annotations

import asyncio
import hmac
import json
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

import httpx

from insurance_chat.sandbox.calling import http_client
from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.store import Doc

#: Pauses before the second and later attempts, seconds before the time scale.
RETRY_AFTER = (1.0, 5.0, 15.0, 60.0, 300.0)
REORDER_WINDOW_SECONDS = 0.5
PAYMENT_SUCCEEDED = "payment.succeeded"
PAYMENT_REFUSED = "payment.refused"
POLICY_ISSUED = "policy.issued"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over `<timestamp>.<body>`."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()


def enqueue(sandbox: Sandbox, draft: Doc, kind: str, not_before: datetime | None = None) -> None:
    """Store an event; `Courier.wake` sends it. Call inside the transaction of the fact."""
    event_id = str(uuid4())
    doc = {
        "id": event_id,
        "partner": draft["partnerLogin"],
        "status": "pending",
        "attempts": 0,
        "lastError": None,
        "sendAt": (not_before or sandbox.now()).timestamp(),
        "payload": {
            "eventId": event_id,
            "type": kind,
            "draftId": draft["id"],
            "createdAt": sandbox.now().isoformat(),
        },
    }
    sandbox.store.put("outbox", event_id, doc)


class Courier:
    """Sends what is due, one event after another, while anything is pending."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Start sending if nobody is sending now; called after each call of the aggregator."""
        if self._task is not None and not self._task.done():
            return
        if self._pending():
            # Kept in a field; pending events are in the store and survive the process.
            self._task = asyncio.get_running_loop().create_task(self._run())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # An event may have come while the last connection was being closed.
        if not task.cancelled():
            self.wake()

    async def stop(self) -> None:
        """Stop sending; what is pending stays stored."""
        # One cancellation can be lost inside asyncio.wait_for of Python 3.11.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)

    def _pending(self) -> list[Doc]:
        return self._sandbox.store.all("outbox")

    async def _run(self) -> None:
        async with http_client() as client:
            while pending := self._pending():
                if self._sandbox.behaviour.reorder_webhooks:
                    await asyncio.sleep(REORDER_WINDOW_SECONDS)
                    pending = self._pending()[::-1]
                now = self._sandbox.now().timestamp()
                due = [event for event in pending if event["sendAt"] <= now]
                for event in due:
                    await self._deliver(client, event)
                if not due:
                    soonest = min(event["sendAt"] for event in pending) - now
                    await asyncio.sleep(min(max(soonest, 0.01), 1.0))

    async def _deliver(self, client: httpx.AsyncClient, event: Doc) -> None:
        partner = self._sandbox.store.get("partner", event["partner"])
        if partner is None or not partner["callbackUrl"] or self._sandbox.behaviour.drop_webhooks:
            self._finish(event | {"status": "dropped"})
            return
        event["attempts"] += 1
        try:
            for _ in range(1 + self._sandbox.behaviour.duplicate_webhooks):
                await self._post(client, partner, event)
        except httpx.HTTPError as error:
            self._postpone(event, repr(error))
        else:
            self._finish(event | {"status": "delivered", "lastError": None})

    def _finish(self, event: Doc) -> None:
        with self._sandbox.store.batch():
            self._sandbox.store.delete("outbox", event["id"])
            self._sandbox.store.put("webhook", event["id"], event)

    async def _post(self, client: httpx.AsyncClient, partner: Doc, event: Doc) -> None:
        body = json.dumps(event["payload"], ensure_ascii=False).encode()
        timestamp = str(int(self._sandbox.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Polis-Timestamp": timestamp,
            "X-Polis-Signature": f"sha256={sign(partner['webhookSecret'], timestamp, body)}",
        }
        response = await client.post(partner["callbackUrl"], content=body, headers=headers)
        response.raise_for_status()

    def _postpone(self, event: Doc, error: str) -> None:
        event["lastError"] = error
        if event["attempts"] > len(RETRY_AFTER):
            self._finish(event | {"status": "failed"})
            return
        pause = self._sandbox.wait_seconds(RETRY_AFTER[event["attempts"] - 1])
        event["sendAt"] = self._sandbox.now().timestamp() + max(pause, 0.05)
        self._sandbox.store.put("outbox", event["id"], event)
