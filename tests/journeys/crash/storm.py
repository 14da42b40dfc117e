"""Bad weather between a messenger and us: calls come twice and late, sends fail, answers get lost.

One address stands on both ways. Calls of the messenger are taken at once and then brought to our
door, some of them twice, some late; while it is shut they wait and then come in order. Calls of ours are
passed on to the emulator, some refused, some done and cut before the answer.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insurance_chat.core.tasks import end

TWICE, LATE, FAILING = 0.30, 0.20, 0.10
LATEST = 0.4  # seconds; a chat settles for longer
SECOND_COPY = 2.0  # seconds after the first one at most
GOES_ON = 0.1  # seconds between tries at a door that is shut
OUT = "/out"  # where calls of ours are taken
_Call = tuple[str, bytes, dict[str, str]]  # path, body, headers


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the emulator has taken.

    Args:
        at: when, by `time.monotonic`.
        number: the emulator's id of the message.
        cut: whether we were told.
    """

    at: float
    chat: str
    number: str
    cut: bool


@dataclass
class Storm:
    """The weather and what it has done.

    Args:
        seed: of chance.
        door: our address.
        messenger: address of the emulator.
    """

    seed: int
    door: str = ""
    messenger: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._failed: set[bytes] = set()
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, _Call]] = []
        self._going_on = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)

    @asynccontextmanager
    async def _calm(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await end(*self._under_way)
        await self._http.aclose()

    def app(self) -> Starlette:
        """Both ways as an application."""
        return Starlette(
            routes=[
                Route(OUT + "/{path:path}", self._ours, methods=["GET", "POST"]),
                Route("/hooks/{path:path}", self._theirs, methods=["POST"]),
            ],
            lifespan=self._calm,
        )

    @property
    def brings(self) -> int:
        """How many calls of the messenger have not arrived yet."""
        return len(self._under_way)

    async def _theirs(self, request: Request) -> Response:
        call = (request.url.path, await request.body(), _passed(request))
        self.counts["webhooks"] += 1
        late = self._chance.random() < LATE
        self.counts["late"] += late
        self._bring(call, self._chance.uniform(0.05, LATEST) if late else 0.0)
        if self._chance.random() < TWICE:
            self.counts["twice"] += 1
            self._bring(call, self._chance.uniform(0, SECOND_COPY))
        return JSONResponse({"ok": True})

    def _bring(self, call: _Call, wait: float) -> None:
        self._spawn(self._deliver(next(self._numbers), call, wait))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, number: int, call: _Call, wait: float) -> None:
        await asyncio.sleep(wait)
        if self._waiting or not await self._taken(call):
            heapq.heappush(self._waiting, (number, call))
            if not self._going_on:
                self._going_on = True
                self._spawn(self._go_on())

    async def _go_on(self) -> None:
        """Bring what found the door shut: one after another and in order, as messengers do."""
        while self._waiting:
            number, call = heapq.heappop(self._waiting)
            if not await self._taken(call):
                heapq.heappush(self._waiting, (number, call))
                await asyncio.sleep(GOES_ON)
        self._going_on = False

    async def _taken(self, call: _Call) -> bool:
        path, body, headers = call
        try:
            answer = await self._http.post(self.door + path, content=body, headers=headers)
        except httpx.TransportError:
            self.counts["door shut"] += 1
            return False
        if not answer.is_success:
            self.counts[f"door said {answer.status_code}"] += 1
        return answer.is_success

    async def _ours(self, request: Request) -> Response:
        path = request.path_params["path"]
        body = await request.body()
        if not path.endswith("/sendMessage"):
            return _copy(await self._forward(request, path, body))
        self.counts["sends"] += 1
        harm = self._harm(body)
        if harm == "refused":
            told = {"ok": False, "error_code": 503, "description": "Service Unavailable"}
            return JSONResponse(told, 503)
        if harm == "asked to wait":
            wait = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
            return JSONResponse(wait | {"parameters": {"retry_after": 1}}, 429)
        answer = await self._forward(request, path, body)
        if answer.is_success:
            result = answer.json()["result"]
            chat, number = str(result["chat"]["id"]), str(result["message_id"])
            self.sent.append(Sent(time.monotonic(), chat, number, cut=harm == "cut"))
        if harm == "cut":
            # A promised but unfinished body: uvicorn closes the socket.
            return Response(b"{", headers={"content-length": "1000"})
        return _copy(answer)

    def _harm(self, body: bytes) -> str:
        """What happens to a send. The same one fails once, so that nobody waits for minutes."""
        # By count, not by chance: a storm of few sends has its share of failures, too.
        if body in self._failed or len(self._failed) >= (self.counts["sends"] + 5) * FAILING:
            return ""
        self._failed.add(body)
        harm = self._chance.choice(("refused", "refused", "asked to wait", "cut"))
        self.counts[harm] += 1
        return harm

    async def _forward(self, request: Request, path: str, body: bytes) -> httpx.Response:
        return await self._http.request(
            request.method,
            f"{self.messenger}/{path}",
            content=body,
            params=dict(request.query_params),
            headers=_passed(request),
        )


def _passed(request: Request) -> dict[str, str]:
    return {
        name: value
        for name, value in request.headers.items()
        if name == "content-type" or name.startswith("x-")
    }


def _copy(answer: httpx.Response) -> Response:
    return Response(
        answer.content, answer.status_code, media_type=answer.headers.get("content-type")
    )
