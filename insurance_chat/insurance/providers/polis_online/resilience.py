"""When to try again, how long to wait, and when to stop asking."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from insurance_chat.core.errors import ServiceError, unavailable


@dataclass(frozen=True)
class Resilience:
    """Numbers of the policy; times in seconds.

    Args:
        attempts: tries of one call in all.
        first_wait: pause before the second try; it doubles, with jitter, up to `longest_wait`.
        longest_wait: also the longest `Retry-After` that we obey while the caller waits.
        failures_to_open: failed calls in a row after which we stop asking.
        open_for: how long we do not ask then.
        poll_every: pause between two looks at an asynchronous result.
        poll_for: how long we look.
    """

    attempts: int = 3
    first_wait: float = 0.3
    longest_wait: float = 5.0
    failures_to_open: int = 5
    open_for: float = 30.0
    poll_every: float = 0.5
    poll_for: float = 15.0


class AttemptError(Exception):
    """One try that did not give a result.

    Args:
        code: `provider_timeout` when nobody answered, else `provider_unavailable`.
        reason: a word for the trace.
        harmless: the other side certainly did nothing, so any call may be repeated.
        retry_after: seconds that the other side asked for.
    """

    def __init__(
        self, code: str, reason: str, *, harmless: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.harmless = harmless
        self.retry_after = retry_after


def retrying(policy: Resilience, repeatable: bool) -> AsyncRetrying:
    """Tries of one call.

    Args:
        policy: numbers.
        repeatable: the call changes nothing or carries an idempotency key. Otherwise it is repeated
            only after a failure that certainly did nothing.
    """
    growing = wait_exponential(multiplier=policy.first_wait, max=policy.longest_wait)
    backoff = growing + wait_random(0, policy.first_wait)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, AttemptError) else None
        return min(asked, policy.longest_wait) if asked is not None else backoff(state)

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, AttemptError) and (repeatable or error.harmless)

    return AsyncRetrying(
        stop=stop_after_attempt(policy.attempts),
        wait=wait,
        retry=retry_if_exception(worth_it),
        reraise=True,
    )


class CircuitBreaker:
    """Stops asking a provider that is down; after a pause lets one call through to look."""

    def __init__(self, policy: Resilience, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._failures = 0
        self._opened_at: float | None = None

    def check_allowed(self) -> None:
        """Let the call through or not.

        Raises:
            ServiceError: kind `unavailable`, code `provider_unavailable`, data `circuit` = "open".
        """
        if self._opened_at is None:
            return
        left = self._opened_at + self._policy.open_for - self._monotonic()
        if left > 0:
            raise circuit_open(left)
        # One call looks; the others keep waiting for its result.
        self._opened_at = self._monotonic()

    def succeeded(self) -> None:
        """The provider works."""
        self._failures = 0
        self._opened_at = None

    def failed(self) -> None:
        """One more call without a result."""
        self._failures += 1
        if self._failures >= self._policy.failures_to_open:
            self._opened_at = self._monotonic()


def circuit_open(seconds_left: float) -> ServiceError:
    """The refusal of an open circuit."""
    return unavailable(
        "provider_unavailable",
        "Сервис страховых компаний временно не отвечает",
        circuit="open",
        retry_after_seconds=round(seconds_left, 1),
    )
