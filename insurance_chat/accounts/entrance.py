"""The way in for staff: attempts are limited, both steps checked, every outcome written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from insurance_chat.accounts import audit, auth, totp
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.models import User
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import ServiceError

_GUESSES = frozenset({"credentials_wrong", "otp_wrong", "token_invalid"})
Done = TypeVar("Done")
Finish = Callable[[Unit, User], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to log in.

    Args:
        login: as typed.
        address: where it comes from.
        door: `api` or `pages`, for the audit log.
    """

    login: str
    address: str
    door: str


class Entrance:
    """Lets members of staff in.

    Args:
        db: connections; a refusal is written in a transaction of its own, because it undoes the first.
        limiter: counts wrong passwords and codes.
    """

    def __init__(self, db: Database, limiter: LoginLimiter) -> None:
        self._db = db
        self._limiter = limiter

    async def with_password(
        self, attempt: Attempt, password: str, code: str | None, finish: Finish[Done]
    ) -> Done:
        """Check a password, and the code of the app for who has switched that on.

        Args:
            finish: makes what the caller keeps of the log-in, in the same transaction.

        Raises:
            ServiceError: `credentials_wrong`, `not_approved`, `blocked`, `otp_required`,
                `otp_wrong`, `too_many_attempts`.
        """

        async def prove(unit: Unit) -> User:
            user = await auth.check_credentials(unit, attempt.login, password)
            if user.totp_enabled_at is not None:
                await totp.check_code(unit, user, code, self._limiter)
            return user

        return await self._enter(attempt, prove, finish)

    async def with_code(
        self, attempt: Attempt, member: UUID, epoch: int, code: str, finish: Finish[Done]
    ) -> Done:
        """The second step on its own, after `with_password` said `otp_required`.

        Args:
            member, epoch: whose password was right, and `token_epoch` at that moment.

        Raises:
            ServiceError: `token_invalid`, `otp_required`, `otp_wrong`, `too_many_attempts`.
        """

        async def prove(unit: Unit) -> User:
            user = await auth.member_of_session(unit, member, epoch)
            await totp.check_code(unit, user, code, self._limiter)
            return user

        return await self._enter(attempt, prove, finish)

    async def _enter(
        self, attempt: Attempt, prove: Callable[[Unit], Awaitable[User]], finish: Finish[Done]
    ) -> Done:
        login, address = attempt.login, attempt.address
        facts = {"address": address, "door": attempt.door}
        with self._limiter.attempt(login, address):
            try:
                async with self._db.unit() as unit:
                    user = await prove(unit)
                    await audit.record(
                        unit,
                        auth.principal(user),
                        "login.succeeded",
                        f"agent:{user.public_id}",
                        facts,
                    )
                    return await finish(unit, user)
            except ServiceError as error:
                if error.code in _GUESSES:
                    self._limiter.failed(login, address)
                if error.code != "otp_required":
                    async with self._db.unit() as unit:
                        await audit.record_failed_login(unit, login, error.code, facts)
                raise
