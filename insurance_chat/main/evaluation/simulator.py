"""A scripted client that buys a policy through the public API, as an outside program would.

It reads `metadata.expectsAll` and types what is asked for; it repeats what got no answer from the
network, always with the same `clientMessageId`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from insurance_chat.main.evaluation.failure import Failed, check
from insurance_chat.main.evaluation.people import Customer

PATIENCE_SECONDS = 120.0


@dataclass
class Journal:
    """What the client saw."""

    session: str = ""
    token: str = ""
    sent: list[str] = field(default_factory=list)
    sent_ids: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    paid: bool = False
    file_url: str | None = None
    finished: bool = False


class Client:
    """One simulated person.

    Args:
        http: client with the service's base URL.
        customer: who they are.
        blocks: answer everything that is asked in one message, as a well-prepared person does;
            else send the bare value of `expects` alone, as a simple program does.
        patience: how long a wait may last, seconds.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        customer: Customer,
        *,
        blocks: bool = True,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._http = http
        self._patience = patience
        self._answers = customer.answers() if blocks else customer.terse()
        self._blocks = blocks
        self._cursor = 0
        self.journal = Journal()

    async def buy(self, question: str | None = None) -> Journal:
        """Go from the first word to the reminder.

        Args:
            question: asked before the sale.
        """
        await self._open()
        if question:
            await self.send(question)
            await self._wait_for_reply()
        await self.send("хочу оформить осаго")
        deadline = asyncio.get_running_loop().time() + self._patience
        while not self.journal.finished:
            check(asyncio.get_running_loop().time() < deadline, self._trouble())
            for message in await self._fresh():
                await self._react(message)
            await asyncio.sleep(0.05)
        return self.journal

    def _trouble(self) -> str:
        return f"покупка не заканчивается: сказано {self.journal.sent}, последнее {self.journal.seen[-3:]}"

    async def _open(self) -> None:
        key = str(uuid4())
        body = {"channel": "web", "channelUserId": key}
        answer = await self._call("POST", "/v1/chat/sessions", body, {"Idempotency-Key": key})
        self.journal.session, self.journal.token = answer["id"], answer["accessToken"]

    async def send(self, text: str) -> None:
        """Say something once, however often the network fails."""
        message = str(uuid4())
        self.journal.sent.append(text)
        body = {
            "sessionId": self.journal.session,
            "sender": "user",
            "text": text,
            "clientMessageId": message,
        }
        stored = await self._call("POST", "/v1/chat/messages", body)
        self.journal.sent_ids.append(stored["id"])

    async def _fresh(self) -> list[dict[str, Any]]:
        path = f"/v1/chat/sessions/{self.journal.session}/messages?cursor={self._cursor}&limit=100"
        page = await self._call("GET", path)
        items: list[dict[str, Any]] = page["items"]
        if items:
            self._cursor = items[-1]["seq"]
        self.journal.seen += items
        return [item for item in items if item["sender"] != "user"]

    async def _wait_for_reply(self) -> None:
        for _ in range(2000):
            if await self._fresh():
                return
            await asyncio.sleep(0.03)
        raise Failed("нет ответа")

    async def _react(self, message: dict[str, Any]) -> None:
        metadata = message.get("metadata") or {}
        payment = metadata.get("payment")
        if payment and not self.journal.paid:
            await self._pay(payment["url"])
        for file in metadata.get("files") or []:
            self.journal.file_url = file["url"]
        asked = metadata.get("expectsAll") or []
        if asked:
            wanted = asked if self._blocks else asked[:1]
            await self.send(", ".join(self._reply_to(wanted)))
            if "remind_renewal" in asked:
                await self._wait_for_reply()
                self.journal.finished = True

    def _reply_to(self, wanted: list[str]) -> list[str]:
        answers = [self._answers[slot] for slot in wanted]
        if self._blocks and wanted == ["drivers_unlimited"]:
            answers += [self._answers["driver_license"], self._answers["driver_experience_start"]]
        return answers

    async def _pay(self, url: str) -> None:
        answer = await self._retry(lambda: self._http.post(url, data={"action": "pay"}))
        check(answer.status_code < 400, answer.text)
        self.journal.paid = True

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        sent = {"Authorization": f"Bearer {self.journal.token}"} if self.journal.token else {}
        answer = await self._retry(
            lambda: self._http.request(method, path, json=body, headers=sent | (headers or {}))
        )
        check(answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def _retry(self, call: Any) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                answer: httpx.Response = await call()
                if answer.status_code < 500:
                    return answer
            except httpx.TransportError:
                pass
            check(asyncio.get_running_loop().time() < deadline, "сервис не отвечает")
            await asyncio.sleep(0.1)
