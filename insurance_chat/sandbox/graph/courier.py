"""Webhooks of the emulated Meta: signed, retried, and on request doubled, mixed up or lost."""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx

from insurance_chat.sandbox.calling import http_client
from insurance_chat.sandbox.graph.world import World

#: Pauses before the second and later attempts, seconds before the time scale of the sandbox.
RETRY_AFTER = (1.0, 5.0, 15.0)
REORDER_WINDOW_SECONDS = 0.1


@dataclass
class Parcel:
    """One call on its way."""

    url: str
    body: bytes
    signature: str
    whose: str
    attempts: int = 0


def sign(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


class GraphCourier:
    """Sends calls while there are any: those about one client one after another."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parcels: list[Parcel] = []
        self._held: list[Parcel] = []
        self._task: asyncio.Task[None] | None = None
        self.delivered: list[dict[str, Any]] = []

    def post(self, url: str, payload: dict[str, Any], whose: str) -> None:
        """Send a call soon; nothing is sent without an address.

        Args:
            whose: the client that it is about; empty for the account itself.
        """
        if not url or self._world.behaviour.drop_webhooks:
            return
        body = json.dumps(payload, ensure_ascii=False).encode()
        signature = sign(self._world.app()["secret"], body)
        parcel = Parcel(url, body, signature, whose)
        if self._world.behaviour.hold_webhooks:
            self._held.append(parcel)
            return
        self._parcels.append(parcel)
        self._wake()

    def release(self, *, reverse: bool = False) -> None:
        """Send what was kept back, the last first if asked."""
        self._parcels += self._held[::-1] if reverse else self._held
        self._held.clear()
        self._wake()

    def _wake(self) -> None:
        if not self._parcels:
            return
        if self._task is None or self._task.done():
            # Kept in a field and awaited by `stop` and `flushed`.
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def flushed(self) -> None:
        """Wait until nothing is on its way."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})

    async def stop(self) -> None:
        """Stop sending; what is pending is lost, as with the process."""
        self._parcels.clear()
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)

    async def _run(self) -> None:
        # Looked at again after the client has closed: what is posted meanwhile finds this task at work
        # and would wait for the next call.
        while self._parcels:
            async with http_client() as client:
                await self._send_all(client)

    async def _send_all(self, client: httpx.AsyncClient) -> None:
        while self._parcels:
            if self._world.behaviour.reorder_webhooks:
                await asyncio.sleep(REORDER_WINDOW_SECONDS)
                self._parcels.reverse()
            of_client: dict[str, list[Parcel]] = {}
            for parcel in self._parcels:
                of_client.setdefault(parcel.whose, []).append(parcel)
            self._parcels.clear()
            await asyncio.gather(*(self._bring(client, one) for one in of_client.values()))

    async def _bring(self, client: httpx.AsyncClient, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            for _ in range(1 + self._world.behaviour.duplicate_webhooks):
                await self._deliver(client, parcel)

    async def _deliver(self, client: httpx.AsyncClient, parcel: Parcel) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": parcel.signature,
            "User-Agent": "facebookexternalua",
        }
        for pause in (*RETRY_AFTER, None):
            parcel.attempts += 1
            status = await self._try(client, parcel, headers)
            if 200 <= status < 300 or pause is None:
                break
            await asyncio.sleep(max(self._world.sandbox.wait_seconds(pause), 0.02))
        self.delivered.append({"url": parcel.url, "status": status, "attempts": parcel.attempts})
        del self.delivered[:-500]

    async def _try(self, client: httpx.AsyncClient, parcel: Parcel, headers: dict[str, str]) -> int:
        try:
            answer = await client.post(parcel.url, content=parcel.body, headers=headers)
        except httpx.HTTPError:
            return 0
        return answer.status_code


async def check_address(url: str, verify_token: str) -> bool:
    """Ask an address to repeat a word, as Meta does before it takes it."""
    params = {
        "hub.mode": "subscribe",
        "hub.verify_token": verify_token,
        "hub.challenge": "1158201444",
    }
    try:
        async with http_client() as client:
            answer = await client.get(url, params=params)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return answer.status_code == 200 and answer.text.strip() == "1158201444"
