"""The model that the product uses: the best key first, the next one at once, in one budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from insurance_chat.llm import disguise, wire
from insurance_chat.llm.access import Access, Caller, Lease
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.ports import (
    ChatRequest,
    Completion,
    Delta,
    ModelUnavailable,
    Usage,
    Vectors,
    Why,
)
from insurance_chat.llm.settings import LlmSettings

T = TypeVar("T")
ABANDONED = "abandoned"


@dataclass(slots=True)
class _Round:
    """One question to the pool: which keys were asked, how much time is left."""

    tenant_id: int
    model: str
    budget: float
    why: Why = Why.NO_KEYS
    began: float = field(default_factory=time.monotonic)
    tried: set[int] = field(default_factory=set)
    hurried: bool = False  # the caller waits less than the installation would

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return self.budget - self.seconds


class PooledModel:
    """`ChatModel`, `Embedder` and `Reranker` over the pool of keys.

    Args:
        pool: gives keys out and counts.
        callers: open connections.
        settings: limits of time and length, masking.
    """

    def __init__(self, pool: KeyPool, callers: Callers, settings: LlmSettings) -> None:
        self._pool = pool
        self._callers = callers
        self._settings = settings

    async def complete(self, request: ChatRequest) -> Completion:
        """See the port."""
        turn = self._turn(request)

        async def work(caller: Caller, lease: Lease) -> tuple[Completion, Usage]:
            masked, mask = disguise.hide(request, hidden=self._hides(lease.access))
            answer = disguise.show(await caller.complete(masked, lease.model), mask)
            return answer, answer.usage

        answer = await self._first(turn, work)
        answer = replace(answer, tries=len(turn.tried), seconds=turn.seconds)
        if request.output is None or answer.tool_calls:
            return answer
        return replace(answer, parsed=wire.parse(request.output, answer))

    async def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        """See the port."""
        turn = self._turn(request)
        while (lease := await self._next(turn)) is not None:
            begun = False
            pieces = self._pieces(request, lease, turn)
            try:
                async for piece in pieces:
                    begun = begun or bool(piece.text)
                    yield piece
                return
            except CallFailed as failure:
                turn.why = failure.why
                if begun:
                    raise ModelUnavailable(failure.why, partial=True) from None
            finally:
                await pieces.aclose()
        raise ModelUnavailable(turn.why)

    async def embed(
        self, tenant_id: int, texts: Sequence[str], *, budget_seconds: float | None = None
    ) -> Vectors:
        """See the port."""

        async def work(caller: Caller, lease: Lease) -> tuple[Vectors, Usage]:
            sent = [disguise.hide_text(one, hidden=self._hides(lease.access)) for one in texts]
            found = await caller.embed(sent, lease.model)
            return found, found.usage

        turn = self._round(tenant_id, self._settings.embedding_model, True)
        return await self._first(_hurry(turn, budget_seconds), work)

    async def rerank(self, tenant_id: int, query: str, passages: Sequence[str]) -> list[float]:
        """See the port."""

        async def work(caller: Caller, lease: Lease) -> tuple[list[float], Usage]:
            asked = disguise.hide_text(query, hidden=self._hides(lease.access))
            return await caller.rerank(asked, passages, lease.model), Usage()

        return await self._first(self._round(tenant_id, self._settings.rerank_model, True), work)

    def _round(self, tenant_id: int, model: str, named: bool = False) -> _Round:
        if named and not model:
            raise ModelUnavailable(Why.NO_KEYS)
        return _Round(tenant_id, model, self._settings.budget_seconds)

    def _turn(self, request: ChatRequest) -> _Round:
        return _hurry(self._round(request.tenant_id, request.model), request.budget_seconds)

    async def _slow(self, turn: _Round, lease: Lease, usage: Usage, *, begun: bool = False) -> None:
        """A key kept us waiting; that a caller was in a hurry says nothing about the key."""
        if turn.hurried and turn.left <= 0 and not begun:
            await self._pool.done(lease, usage, ABANDONED)
        else:
            await self._pool.failed(lease, CallFailed(Why.TOO_SLOW, usage=usage))

    def _hides(self, access: Access) -> bool:
        return self._settings.mask_personal_data and not access.domestic

    async def _next(self, turn: _Round) -> Lease | None:
        if turn.left <= 0:
            turn.why = Why.TOO_SLOW
            return None
        lease = await self._pool.take(turn.tenant_id, turn.model, turn.tried)
        if lease is not None:
            turn.tried.add(lease.access.token_id)
        return lease

    async def _first(
        self, turn: _Round, work: Callable[[Caller, Lease], Awaitable[tuple[T, Usage]]]
    ) -> T:
        while (lease := await self._next(turn)) is not None:
            try:
                caller = await self._callers.get(lease.access)
                async with asyncio.timeout(self._patience(turn)):
                    answer, usage = await work(caller, lease)
            except TimeoutError:
                turn.why = Why.TOO_SLOW
                await self._slow(turn, lease, Usage())
            except CallFailed as failure:
                turn.why = failure.why
                await self._pool.failed(lease, failure)
            else:
                await self._pool.done(lease, usage)
                return answer
        raise ModelUnavailable(turn.why)

    async def _pieces(
        self, request: ChatRequest, lease: Lease, turn: _Round
    ) -> AsyncGenerator[Delta, None]:
        """One key's stream, restored, with its account closed whatever happens."""
        masked, mask = disguise.hide(request, hidden=self._hides(lease.access))
        shown = disguise.Stream(mask)
        try:
            caller = await self._callers.get(lease.access)
        except CallFailed as untrusted:
            await self._pool.failed(lease, untrusted)
            raise
        pieces = caller.stream(masked, lease.model)
        usage, outcome, begun = Usage(), ABANDONED, False
        try:
            while True:
                patience = self._settings.timeout_seconds if begun else self._patience(turn)
                async with asyncio.timeout(patience):
                    piece = await anext(pieces, None)
                if piece is None:
                    break
                usage = piece.usage or usage
                text = shown.feed(piece.text)
                if text:
                    begun = True
                    yield Delta(text, model=piece.model)
            rest = shown.end()
            outcome = "ok"
            yield Delta(rest, usage=usage, model=lease.model)
        except TimeoutError:
            outcome = ""
            await self._slow(turn, lease, usage, begun=begun)
            raise CallFailed(Why.TOO_SLOW, usage=usage) from None
        except CallFailed as failure:
            outcome = ""
            await self._pool.failed(lease, failure)
            raise
        finally:
            if outcome:
                await self._pool.done(lease, usage, outcome)
            await pieces.aclose()

    def _patience(self, turn: _Round) -> float:
        return max(0.0, min(turn.left, self._settings.timeout_seconds))


def _hurry(turn: _Round, seconds: float | None) -> _Round:
    if seconds is not None and seconds < turn.budget:
        turn.budget, turn.hurried = seconds, True
    return turn
