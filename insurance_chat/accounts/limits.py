"""Counting wrong passwords, in the memory of one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.errors import Kind, ServiceError

WINDOW_MINUTES = 15


class LoginLimiter:
    """Refuses to check passwords after too many wrong ones.

    Args:
        settings: how many are too many.
    """

    def __init__(self, settings: AccountsSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._login = RateLimitItemPerMinute(settings.login_attempts, WINDOW_MINUTES)
        self._address = RateLimitItemPerMinute(settings.login_attempts_per_address, WINDOW_MINUTES)
        self._registration = RateLimitItemPerHour(settings.registrations_per_hour)
        self._proof = RateLimitItemPerMinute(settings.login_attempts, WINDOW_MINUTES)
        self._being_checked: Counter[tuple[str, ...]] = Counter()

    def check(self, login: str, address: str) -> None:
        """Call before a password is looked at.

        Raises:
            ServiceError: `too_many_attempts`.
        """
        pair, alone = _keys(login, address)
        allowed = self._limiter.test(self._login, *pair, cost=self._being_checked[pair] + 1)
        if not allowed or not self._limiter.test(
            self._address, *alone, cost=self._being_checked[alone] + 1
        ):
            raise ServiceError(
                "too_many_attempts",
                Kind.RATE_LIMITED,
                "Слишком много неудачных попыток входа. Попробуйте через 15 минут.",
            )

    def failed(self, login: str, address: str) -> None:
        """Count a wrong password."""
        pair, alone = _keys(login, address)
        self._limiter.hit(self._login, *pair)
        self._limiter.hit(self._address, *alone)

    @contextmanager
    def attempt(self, login: str, address: str) -> Iterator[None]:
        """Look at a password inside; many at once count as if all of them were wrong.

        Without this a hundred simultaneous guesses would all pass before the first one is counted.

        Raises:
            ServiceError: `too_many_attempts`.
        """
        self.check(login, address)
        keys = _keys(login, address)
        self._being_checked.update(keys)
        try:
            yield
        finally:
            self._being_checked.subtract(keys)
            for key in keys:
                if not self._being_checked[key]:
                    del self._being_checked[key]

    def count_try(self, member: UUID) -> None:
        """Count another proof (a code of the app, the present password) before it is looked at.

        The address does not matter. Only somebody who knows the password or has an open page gets
        here, so a stranger cannot shut the person out.

        Raises:
            ServiceError: `too_many_attempts`.
        """
        if not self._limiter.hit(self._proof, "proof", str(member)):
            raise ServiceError(
                "too_many_attempts",
                Kind.RATE_LIMITED,
                "Слишком много неверных попыток. Попробуйте через 15 минут.",
            )

    def forget_tries(self, member: UUID) -> None:
        """The proof was right: the wrong ones before it do not count any more."""
        self._limiter.clear(self._proof, "proof", str(member))

    def check_registration(self, address: str) -> None:
        """Count an application of a new agent.

        Raises:
            ServiceError: `too_many_attempts`.
        """
        if not self._limiter.hit(self._registration, "registration", address):
            raise ServiceError(
                "too_many_attempts",
                Kind.RATE_LIMITED,
                "Слишком много заявок на регистрацию. Попробуйте позже.",
            )


def _keys(login: str, address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return ("login", login.strip().casefold()[:120], address), ("address", address)
