"""Second step of a log-in: six digits of an authenticator app (RFC 6238), each accepted once."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from uuid import UUID

import pyotp

from insurance_chat.accounts import access, audit, auth
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal, Role

STEP_SECONDS = 30
_CLOCK_SKEW = 1  # steps that a phone's clock may be ahead or behind
_ISSUER = "Страховой чат"
_CODE = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the person puts into the app: a secret to type, or an address to show as a QR code."""

    secret: str
    uri: str


async def begin(unit: Unit, principal: Principal) -> Enrolment:
    """Make a secret for the caller's app; nothing changes at log-in until `enable`.

    Raises:
        ServiceError: `agent_not_found`, `totp_enabled`.
    """
    user = await auth.myself(unit, principal)
    if user.totp_enabled_at is not None:
        raise ServiceError("totp_enabled", Kind.CONFLICT, "Вход по коду уже включён.")
    secret = pyotp.random_base32()
    user.totp_secret = unit.cipher.seal(secret)
    user.totp_used = None
    return Enrolment(
        secret, pyotp.TOTP(secret).provisioning_uri(name=user.login, issuer_name=_ISSUER)
    )


async def enable(unit: Unit, principal: Principal, code: str, limiter: LoginLimiter) -> None:
    """Ask for a code at every log-in from now on; a right code proves that the app works.

    Raises:
        ServiceError: `agent_not_found`, `totp_enabled`, `totp_not_begun`, `otp_wrong`,
            `too_many_attempts`.
    """
    user = await auth.myself(unit, principal)
    if user.totp_enabled_at is not None:
        raise ServiceError("totp_enabled", Kind.CONFLICT, "Вход по коду уже включён.")
    if user.totp_secret is None:
        raise invalid("totp_not_begun", "Сначала добавьте ключ в приложение с кодами.")
    await _confirm(unit, user, code, limiter)
    user.totp_enabled_at = utcnow()
    await audit.record(unit, principal, "agent.totp_enabled", f"agent:{user.public_id}")


async def disable(unit: Unit, principal: Principal, code: str, limiter: LoginLimiter) -> None:
    """Log in with the password alone again; it takes a code, so an open page is not enough.

    Raises:
        ServiceError: `agent_not_found`, `totp_disabled`, `otp_wrong`, `too_many_attempts`.
    """
    user = await auth.myself(unit, principal)
    if user.totp_enabled_at is None:
        raise ServiceError("totp_disabled", Kind.CONFLICT, "Вход по коду не включён.")
    await _confirm(unit, user, code, limiter)
    _forget(user)
    await audit.record(unit, principal, "agent.totp_disabled", f"agent:{user.public_id}")


async def reset(unit: Unit, principal: Principal, agent: UUID) -> None:
    """The administrator lets somebody in who has lost the phone with the codes.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    access.require(principal, Permission.MANAGE_AGENTS)
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(agent, lock=True)
    if user is None or user.role != Role.AGENT.value:
        raise not_found("agent_not_found", "Агент не найден.")
    _forget(user)
    await audit.record(unit, principal, "agent.totp_reset", f"agent:{user.public_id}")


async def check_code(unit: Unit, user: User, code: str | None, limiter: LoginLimiter) -> None:
    """Accept a code of the app, once.

    Args:
        code: as typed; spaces do not matter.
        limiter: counts the codes tried for this person, from any address.

    Raises:
        ServiceError: `otp_required` without a code, `otp_wrong` for a wrong, old or used one,
            `too_many_attempts`.
    """
    typed = "".join((code or "").split())
    if not typed:
        raise ServiceError(
            "otp_required", Kind.UNAUTHENTICATED, "Введите код из приложения для входа."
        )
    limiter.count_try(user.public_id)
    step = _step_of(unit.cipher.open(user.totp_secret), typed) if user.totp_secret else None
    staff = StaffRepository(unit, user.tenant_id)
    if step is None or not await staff.use_code(user.id, step):
        raise ServiceError(
            "otp_wrong",
            Kind.UNAUTHENTICATED,
            "Код не подошёл. Дождитесь следующего кода в приложении и введите его.",
        )
    limiter.forget_tries(user.public_id)


async def _confirm(unit: Unit, user: User, code: str, limiter: LoginLimiter) -> None:
    """A code of somebody who is logged in: a wrong one does not put them out."""
    try:
        await check_code(unit, user, code, limiter)
    except ServiceError as error:
        if error.kind is not Kind.UNAUTHENTICATED:
            raise
        raise invalid(error.code, error.message) from error


def _step_of(secret: str, code: str) -> int | None:
    """The number of the 30-second step whose code this is."""
    if not _CODE.fullmatch(code) or not code.isascii():
        return None
    now = int(time.time()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    fitting = [
        step
        for step in range(now - _CLOCK_SKEW, now + _CLOCK_SKEW + 1)
        if pyotp.utils.strings_equal(app.generate_otp(step), code)
    ]
    return max(fitting, default=None)


def _forget(user: User) -> None:
    user.totp_secret = None
    user.totp_enabled_at = None
    user.totp_used = None
