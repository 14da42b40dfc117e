"""A scripted client that buys a policy through the public API, as an outside program would.

It reads `metadata.expectsAll` and types what is asked for, fills the pages that the chat links to and
opens the documents that it is given; it repeats what got no answer from the network, a message always
with the same `clientMessageId`.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from insurance_chat.insurance.products import get_product
from insurance_chat.main.evaluation.buyers import Buyer
from insurance_chat.main.evaluation.failure import Failed, check
from insurance_chat.main.evaluation.pages import filled

PATIENCE_SECONDS = 120.0
_LINK = re.compile(r"\]\((https?://[^\s)]+)\)")


@dataclass
class Journal:
    """What the client saw and did.

    Args:
        pages: addresses of pages that were filled.
        papers: kinds of the documents that were opened, e.g. `key_information`, `policy`.
        amount: what the chat said is to be paid, roubles.
    """

    session: str = ""
    token: str = ""
    sent: list[str] = field(default_factory=list)
    sent_ids: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    amount: Decimal | None = None
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
        customer: Buyer,
        *,
        blocks: bool = True,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._http = http
        self._patience = patience
        self._buyer = customer
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
        await self.send(self._buyer.opening)
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
        for file in metadata.get("files") or []:
            await self._open_file(file)
        payment = metadata.get("payment")
        if payment and not self.journal.paid:
            await self._pay(payment)
        await self._fill_pages(message.get("text") or "")
        asked = metadata.get("expectsAll") or []
        if asked:
            wanted = asked if self._blocks else asked[:1]
            await self.send(", ".join(self._reply_to(wanted)))
            if "remind_renewal" in asked:
                await self._wait_for_reply()
                self.journal.finished = True

    def _reply_to(self, wanted: list[str]) -> list[str]:
        more = self._buyer.beside(wanted) if self._blocks else ()
        return [self._answers[slot] for slot in (*wanted, *more)]

    async def _open_file(self, file: dict[str, Any]) -> None:
        self.journal.file_url = file["url"]
        got = await self._retry(lambda: self._http.get(file["url"]))
        check(got.content.startswith(b"%PDF"), f"не открылся {file['name']}: {got.status_code}")
        self.journal.papers.append(str(file.get("kind")))

    async def _fill_pages(self, text: str) -> None:
        """Every page that the chat links to and that is for this person, once."""
        for url in _LINK.findall(text):
            for start, answers in self._buyer.pages().items():
                if urlsplit(url).path.startswith(start) and url not in self.journal.pages:
                    await self._fill_page(url, answers)

    async def _fill_page(self, url: str, answers: dict[str, str]) -> None:
        page = await self._retry(lambda: self._http.get(url))
        check(page.status_code == 200, f"страница {url}: {page.status_code}")
        target, form = filled(url, page.text, answers)
        sent = await self._retry(lambda: self._http.post(target, data=form))
        check(sent.status_code < 400, f"страница {url} не приняла ответы: {sent.status_code}")
        self.journal.pages.append(url)

    async def _pay(self, payment: dict[str, Any]) -> None:
        told_first = get_product(self._buyer.product).key_information
        given = "key_information" in self.journal.papers
        check(given or not told_first, "оплата раньше ключевого информационного документа")
        url = payment["url"]
        answer = await self._retry(lambda: self._http.post(url, data={"action": "pay"}))
        check(answer.status_code < 400, answer.text)
        self.journal.amount, self.journal.paid = Decimal(payment["amount"]), True

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
