"""What the door itself remembers: who holds a token, limits, open screens. Lost without harm."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import CollectorRegistry, Counter, Histogram

from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.api.settings import ApiSettings
from insurance_chat.core.errors import Kind, ServiceError

ValueT = TypeVar("ValueT")
Health = Callable[[], Awaitable[dict[str, str]]]


class TtlCache(Generic[ValueT]):
    """A bounded memory of recent look-ups.

    Args:
        size: how many are kept; the oldest go first.
        clock: seconds that only grow.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, ValueT]] = OrderedDict()

    def get(self, key: str) -> ValueT | None:
        """What was kept, unless its time is over."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, value = found
        if until < self._clock():
            del self._kept[key]
            return None
        return value

    def put(self, key: str, value: ValueT, seconds: float) -> None:
        """Keep a value for some seconds."""
        self._kept[key] = (self._clock() + seconds, value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drop a value before its time."""
        self._kept.pop(key, None)


class Metrics:
    """Counters for Prometheus, of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "insurance_chat_messages", "Messages stored", ["sender"], registry=self.registry
        )
        self.turns = Counter(
            "insurance_chat_turns", "Turns begun by this process", registry=self.registry
        )
        self.requests = Histogram(
            "insurance_chat_http_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )


class Throttle:
    """At most so many actions a minute for each address.

    Args:
        per_minute: the limit.
    """

    def __init__(self, per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerMinute(per_minute)

    def check(self, address: str) -> None:
        """Count an action.

        Raises:
            ServiceError: `rate_limited`.
        """
        if not self._limiter.hit(self._item, address):
            raise ServiceError(
                "rate_limited",
                Kind.RATE_LIMITED,
                "Слишком много запросов. Подождите минуту и повторите.",
            )


class ApiState:
    """Memory of one application.

    Args:
        api: limits of the door.
        accounts: limits of log-ins.
        health: state of each part of the process.
    """

    def __init__(
        self, api: ApiSettings, accounts: AccountsSettings, health: Health | None = None
    ) -> None:
        self.settings = api
        self.health = health
        self.callers: TtlCache[object] = TtlCache(20_000)
        self.created: TtlCache[asyncio.Future[dict[str, Any]]] = TtlCache(5_000)
        self.uploads: TtlCache[tuple[str, int]] = TtlCache(5_000)
        self.sessions = Throttle(api.chat_sessions_per_minute)
        self.logins = LoginLimiter(accounts)
        self.metrics = Metrics()
        self.home_tenant: int | None = None
