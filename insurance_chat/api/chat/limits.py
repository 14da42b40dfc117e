"""How often a program may call, and what it is told about it."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from insurance_chat.api.settings import ApiSettings
from insurance_chat.core.errors import Kind, ServiceError


class ChatLimits:
    """Two limits a minute: of a caller, and of one thread of theirs.

    Args:
        settings: the numbers.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._caller = RateLimitItemPerMinute(settings.chat_api_per_minute, namespace="caller")
        self._thread = RateLimitItemPerMinute(
            settings.chat_api_thread_per_minute, namespace="thread"
        )

    def take(self, caller: str, thread: str | None = None) -> dict[str, str]:
        """Count a call.

        Args:
            caller: whom the wider limit counts.
            thread: digest of the thread, if the call is about one.

        Returns:
            Headers for the answer, of the limit that is nearer.

        Raises:
            ServiceError: `rate_limited`, with `headers`.
        """
        wanted = [(self._caller, caller)] + ([(self._thread, thread)] if thread else [])
        for item, name in wanted:
            if not self._limiter.test(item, name):
                raise _refusal(self._headers(item, name))
        for item, name in wanted:
            self._limiter.hit(item, name)
        return min(
            (self._headers(item, name) for item, name in wanted),
            key=lambda headers: int(headers["X-RateLimit-Remaining"]),
        )

    def _headers(self, item: RateLimitItemPerMinute, name: str) -> dict[str, str]:
        window = self._limiter.get_window_stats(item, name)
        return {
            "X-RateLimit-Limit": str(item.amount),
            "X-RateLimit-Remaining": str(max(window.remaining, 0)),
            "X-RateLimit-Reset": str(math.ceil(window.reset_time)),
        }


def _refusal(headers: dict[str, str]) -> ServiceError:
    wait = max(int(headers["X-RateLimit-Reset"]) - int(time.time()), 1)
    return ServiceError(
        "rate_limited",
        Kind.RATE_LIMITED,
        f"Слишком много запросов. Повторите через {wait} с.",
        headers={**headers, "Retry-After": str(wait)},
    )
