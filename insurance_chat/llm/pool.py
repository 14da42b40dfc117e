"""The pool of keys: the next usable one, counted exactly; a failed one rests for every process."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.llm.access import Access, Lease
from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.models import AiToken
from insurance_chat.llm.ports import Usage
from insurance_chat.llm.records import NewCall
from insurance_chat.llm.repository import TokenRepository

log = structlog.get_logger()
OK = "ok"
LOCK_TRIES = 20


class KeyPool:
    """Gives keys out by priority and keeps their accounts.

    A request is counted in the transaction that gives the key out, before it is sent: a process that
    dies meanwhile leaves it counted. Days and months are those of Moscow.

    Args:
        clock: current moment, aware.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime] = utcnow) -> None:
        self._db = db
        self._clock = clock

    async def take(self, tenant_id: int, model: str, tried: Collection[int] = ()) -> Lease | None:
        """Count one request with the best key that may be used now.

        Args:
            model: which model; empty lets the key choose the first of its own.
            tried: keys that were asked in vain.

        Returns:
            None when no key is left.
        """
        skip = set(tried)
        for _ in range(LOCK_TRIES):
            async with self._db.unit() as unit:
                now = self._clock()
                repository = TokenRepository(unit, tenant_id)
                day = now.astimezone(MOSCOW).date()
                found = await repository.usable(day, now, model, skip)
                if not found:
                    return None
                # One lock a transaction: two pools can never wait for each other.
                token_id = found[0].token.id
                held = await repository.locked(token_id, day)
                if held is not None and _usable(held.token, now) and held.has_room:
                    return await begin(unit, tenant_id, held.token, model, now)
                skip.add(token_id)
        return None

    async def done(self, lease: Lease, usage: Usage, outcome: str = OK) -> None:
        """The call has ended well; a second report changes nothing."""
        async with self._db.unit() as unit:
            await _end(unit, lease, usage, outcome, counts=True)

    async def failed(self, lease: Lease, failure: CallFailed) -> None:
        """The call has failed: count what it used, let the key rest."""
        log.warning(
            "llm.call_failed",
            token_id=lease.access.token_id,
            provider=lease.access.provider,
            model=lease.model,
            why=failure.why.value,
        )
        async with self._db.unit() as unit:
            await _end(unit, lease, failure.usage, failure.why.value, counts=failure.counts)
            if failure.rest_seconds:
                until = self._clock() + timedelta(seconds=failure.rest_seconds)
                repository = TokenRepository(unit, lease.tenant_id)
                await repository.rest(lease.access.token_id, until, failure.why.value)


async def begin(unit: Unit, tenant_id: int, token: AiToken, model: str, now: datetime) -> Lease:
    """Count a request with this key, whatever its limits say.

    Args:
        model: empty takes the first model of the key.
    """
    chosen = model or token.model_access[0]
    call = NewCall(uuid4(), token.id, now.astimezone(MOSCOW).date(), chosen)
    await TokenRepository(unit, tenant_id).begin(call)
    access = Access(
        token.id, token.provider, token.base_url, unit.cipher.open(token.token), token.domestic
    )
    return Lease(call.id, tenant_id, access, chosen)


def _usable(token: AiToken, now: datetime) -> bool:
    rests = token.cooldown_until is not None and token.cooldown_until > now
    return token.is_active and not rests


async def _end(unit: Unit, lease: Lease, usage: Usage, outcome: str, *, counts: bool) -> None:
    await TokenRepository(unit, lease.tenant_id).end(
        lease.call_id, outcome, usage.prompt_tokens, usage.completion_tokens, counts
    )
