"""Calls the webhook of a device: signed, repeated when the receiver is away."""

from __future__ import annotations

import asyncio
import hmac
import json
from hashlib import sha256

import httpx

from insurance_chat.sandbox.calling import http_client
from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.gateway.state import Phones
from insurance_chat.sandbox.store import Doc

#: Pauses before the second and later attempts, seconds before the time scale.
RETRY_AFTER = (1.0, 2.0, 4.0, 8.0)


def sign(secret: str, body: bytes) -> str:
    """Value of `X-Hub-Signature-256`."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


class GatewayCourier:
    """Sends events one by one; the first attempt is made at once, the others later.

    Args:
        sandbox: gives the state and the time scale.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._late: set[asyncio.Task[None]] = set()

    async def tell(self, device: Doc, event: Doc) -> None:
        """Tell the device's webhook, unless the gateway misbehaves."""
        phones = Phones(self._sandbox)
        plan = phones.plan()
        if plan["hold"]:
            phones.replan(held=[*plan["held"], [device["id"], event]])
            return
        if plan["drop"]:
            return
        for _ in range(1 + plan["duplicates"]):
            await self._send(device, event)

    async def release(self, *, reverse: bool) -> None:
        """Send what was held back, and hold no longer."""
        phones = Phones(self._sandbox)
        held = phones.plan()["held"]
        phones.replan(hold=False, held=[])
        for device_id, event in reversed(held) if reverse else held:
            device = phones.device(device_id)
            if device is not None:
                await self.tell(device, event)

    async def stop(self) -> None:
        """Give up what is still to be repeated."""
        for task in self._late:
            task.cancel()
        if self._late:
            await asyncio.wait(self._late, timeout=1)

    async def _send(self, device: Doc, event: Doc) -> None:
        if await self._attempt(device, event):
            return
        task = asyncio.get_running_loop().create_task(self._repeat(device, event))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _repeat(self, device: Doc, event: Doc) -> None:
        for pause in RETRY_AFTER:
            await asyncio.sleep(max(self._sandbox.wait_seconds(pause), 0.05))
            if await self._attempt(device, event):
                return

    async def _attempt(self, device: Doc, event: Doc) -> bool:
        # The address may have been set meanwhile.
        hook = (Phones(self._sandbox).device(device["id"]) or device)["hook"]
        if not hook.get("webhook_url"):
            return True
        wanted = str(hook.get("webhook_events") or "")
        if wanted and event["event"] not in wanted.split(","):
            return True
        if hook.get("webhook_ignore_groups") and "@g.us" in event["payload"].get("chat_id", ""):
            return True
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": sign(str(hook.get("webhook_secret") or "secret"), body),
        }
        try:
            async with http_client() as client:
                answer = await client.post(hook["webhook_url"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success
