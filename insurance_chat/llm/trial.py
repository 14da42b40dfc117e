"""One tiny real call with one key, so that the administrator learns what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal
from insurance_chat.llm import tokens
from insurance_chat.llm.access import Access, Lease
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.failures import WORDS, CallFailed
from insurance_chat.llm.pool import KeyPool, begin
from insurance_chat.llm.ports import ChatMessage, ChatRequest, Usage, Why
from insurance_chat.llm.repository import TokenRepository
from insurance_chat.llm.settings import LlmSettings

SHORT_ANSWER = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the call has shown, in a Russian sentence."""

    ok: bool
    words: str
    why: Why | None = None


class KeyTester:
    """Tries keys out.

    Args:
        pool: counts the request.
        callers: open connections.
        settings: how long to wait.
    """

    def __init__(
        self,
        db: Database,
        pool: KeyPool,
        callers: Callers,
        settings: LlmSettings,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._db = db
        self._pool = pool
        self._callers = callers
        self._settings = settings
        self._clock = clock

    async def test(self, principal: Principal, token_id: int) -> Verdict:
        """Ask the model for one word. Counts as one request; works also for a key that rests.

        Raises:
            ServiceError: `forbidden`, `ai_token_not_found`.
        """
        access.require(principal, Permission.MANAGE_MODELS)
        async with self._db.unit() as unit:
            now = self._clock()
            repository = TokenRepository(unit, principal.tenant_id)
            held = await repository.locked(token_id, now.astimezone(MOSCOW).date())
            if held is None:
                raise not_found("ai_token_not_found", "Такого ключа нет.")
            lease = await begin(unit, principal.tenant_id, held.token, "", now)
        try:
            model, usage = await self._ask(lease)
        except CallFailed as failure:
            await self._pool.failed(lease, failure)
            return Verdict(False, WORDS.get(failure.why, "Модель не ответила."), failure.why)
        await self._pool.done(lease, usage)
        async with self._db.unit() as unit:
            await TokenRepository(unit, principal.tenant_id).rest(token_id, None, None)
        return Verdict(True, f"Работает: ответила модель {model}.")

    async def try_values(self, principal: Principal, values: Mapping[str, Any]) -> Verdict:
        """Ask the model for one word with a key that is not stored; nothing is counted.

        Args:
            values: `provider`, `base_url`, `token`, `model_access`, as `tokens.add` takes them.

        Raises:
            ServiceError: `forbidden`; `ai_token_invalid`.
        """
        access.require(principal, Permission.MANAGE_MODELS)
        plain = tokens.checked_plain(values)
        key = Access(0, plain["provider"], plain["base_url"], plain["token"])
        lease = Lease(uuid4(), principal.tenant_id, key, plain["model_access"][0])
        try:
            model, _ = await self._ask(lease)
        except CallFailed as failure:
            return Verdict(False, WORDS.get(failure.why, "Модель не ответила."), failure.why)
        return Verdict(True, f"Работает: ответила модель {model}.")

    async def _ask(self, lease: Lease) -> tuple[str, Usage]:
        request = ChatRequest(
            lease.tenant_id,
            (ChatMessage("user", "Ответь одним словом: готово"),),
            max_tokens=SHORT_ANSWER,
            temperature=0,
        )
        caller = await self._callers.get(lease.access)
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                answer = await caller.complete(request, lease.model)
        except TimeoutError:
            raise CallFailed(Why.TOO_SLOW) from None
        return answer.model, answer.usage
