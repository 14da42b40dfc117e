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

    @property
    def facts(self) -> dict[str, str]:
        """What the audit log keeps."""
        return {"address": self.address, "door": self.door}


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
            await self._note_success(unit, user, attempt)
            return user

        return await self._enter(attempt, prove, finish)

    async def first_step(self, attempt: Attempt, password: str) -> User:
        """Check a password alone: for a page that asks for the code afterwards.

        Returns:
            Who it is; with `totp_enabled_at` set they are not in before `with_code`.

        Raises:
            ServiceError: `credentials_wrong`, `not_approved`, `blocked`, `too_many_attempts`.
        """

        async def prove(unit: Unit) -> User:
            user = await auth.check_credentials(unit, attempt.login, password)
            if user.totp_enabled_at is None:
                await self._note_success(unit, user, attempt)
            return user

        return await self._enter(attempt, prove, _as_it_is)

    async def with_code(self, attempt: Attempt, member: UUID, epoch: int, code: str) -> User:
        """The second step on its own, after `first_step`.

        Args:
            member, epoch: whose password was right, and `token_epoch` at that moment.

        Raises:
            ServiceError: `token_invalid`, `otp_required`, `otp_wrong`, `too_many_attempts`.
        """

        async def prove(unit: Unit) -> User:
            user = await auth.member_of_session(unit, member, epoch)
            if user.totp_enabled_at is not None:
                await totp.check_code(unit, user, code, self._limiter)
            await self._note_success(unit, user, attempt)
            return user

        return await self._enter(attempt, prove, _as_it_is)

    async def _note_success(self, unit: Unit, user: User, attempt: Attempt) -> None:
        who, target = auth.principal(user), f"agent:{user.public_id}"
        await audit.record(unit, who, "login.succeeded", target, attempt.facts)

    async def _enter(
        self, attempt: Attempt, prove: Callable[[Unit], Awaitable[User]], finish: Finish[Done]
    ) -> Done:
        login, address = attempt.login, attempt.address
        with self._limiter.attempt(login, address):
            try:
                async with self._db.unit() as unit:
                    return await finish(unit, await prove(unit))
            except ServiceError as error:
                if error.code in _GUESSES:
                    self._limiter.failed(login, address)
                if error.code != "otp_required":
                    async with self._db.unit() as unit:
                        await audit.record_failed_login(unit, login, error.code, attempt.facts)
                raise


async def _as_it_is(_: Unit, user: User) -> User:
    return user
