"""Who may call a model now, from memory: a turn without a usable key costs no query."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

import structlog

from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.tasks import end
from insurance_chat.llm import profile
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.records import Counted
from insurance_chat.llm.repository import active_tokens_across_tenants, profiles_across_tenants
from insurance_chat.llm.settings import LlmSettings

log = structlog.get_logger()
REFRESH_SECONDS = 10.0


class Availability:
    """Keys and profiles of all tenants as of a few seconds ago.

    It may be wrong for those seconds, and nothing depends on it: the pool itself decides which key
    is used, and without one the rules answer.

    Args:
        settings: profile of tenants that have changed nothing.
        clock: current moment, aware.
    """

    def __init__(
        self, db: Database, settings: LlmSettings, clock: Callable[[], datetime] = utcnow
    ) -> None:
        self._db = db
        self._clock = clock
        self._default = profile.default(settings)
        self._keys: Mapping[int | None, list[Counted]] = {}
        self._profiles: Mapping[int, Profile] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def usable(self, tenant_id: int) -> bool:
        """True if some key of the tenant or of the installation works, rests not and has room."""
        keys = [*self._keys.get(tenant_id, ()), *self._keys.get(None, ())]
        if not keys:
            return False
        now, model = self._clock(), self.profile(tenant_id).model
        return any(_works(one, now, model) for one in keys)

    def profile(self, tenant_id: int) -> Profile:
        """How the assistant of a tenant speaks."""
        return self._profiles.get(tenant_id, self._default)

    async def refresh(self) -> None:
        """Look at the tables now."""
        async with self._db.unit() as unit:
            day = self._clock().astimezone(MOSCOW).date()
            found = await active_tokens_across_tenants(unit, day)
            rows = await profiles_across_tenants(unit)
        keys: dict[int | None, list[Counted]] = {}
        for one in found:
            keys.setdefault(one.token.tenant_id, []).append(one)
        self._keys = keys
        self._profiles = {row.tenant_id: profile.of_row(row) for row in rows}

    async def start(self, listener: Listener) -> None:
        """Look once, then follow: at every change that is told, and every few seconds."""
        await self.refresh()
        listener.on(profile.CHANGED, lambda _tenant: self._woken.set())
        listener.on_reconnect(self._woken.set)
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="llm-keys")

    async def stop(self) -> None:
        """Stop following."""
        await end(self._task)

    async def _follow(self) -> None:
        while True:
            # Limits and rests change without a notice.
            with suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self.refresh()
            except Exception:
                log.exception("llm.availability_failed")


def _works(one: Counted, now: datetime, model: str) -> bool:
    resting = one.token.cooldown_until is not None and one.token.cooldown_until > now
    return not resting and one.has_room and one.token.serves(model)
