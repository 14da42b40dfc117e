"""Logging in, staying logged in, and telling who holds a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt

from insurance_chat.accounts import presence, repository
from insurance_chat.accounts.models import User
from insurance_chat.accounts.passwords import password_fits
from insurance_chat.accounts.repository import StaffRepository, TokenRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher, hash_token, new_token
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal, Role

ACCESS_TTL = timedelta(minutes=15)
REFRESH_TTL = timedelta(days=30)
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a member of staff gets for a password or a refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int = int(ACCESS_TTL.total_seconds())


async def check_credentials(unit: Unit, username: str, password: str) -> User:
    """The member of staff whose log-in and password these are; `Entrance` asks for the second step.

    Raises:
        ServiceError: `credentials_wrong`, `not_approved`, `blocked`.
    """
    found = await repository.fetch_users_by_login_across_tenants(unit, clean_login(username))
    for user in found:
        if await password_fits(password, user.password_hash):
            return _check_active(user)
    if not found:
        await password_fits(password, None)
    raise ServiceError("credentials_wrong", Kind.UNAUTHENTICATED, "Неверный логин или пароль.")


async def refresh(unit: Unit, token: str) -> TokenPair | None:
    """Exchange a refresh token for a new pair; each token works once.

    A token that comes a second time was copied, so all tokens of that log-in end.

    Returns:
        None when the token is not good. It is a value and not an error, because an error would
        roll back the end of the family.
    """
    tokens = TokenRepository(unit)
    kept = await tokens.find(hash_token(token))
    if kept is None:
        return None
    user = await repository.fetch_user_by_key_across_tenants(unit, kept.user_id)
    if kept.used_at is not None or user is None or user.blocked_at is not None:
        await tokens.end_family(kept.family)
        return None
    if kept.expires_at <= utcnow():
        return None
    await tokens.spend(kept.id)
    return await issue_tokens(unit, user, kept.family)


async def issue_tokens(unit: Unit, user: User, family: UUID | None = None) -> TokenPair:
    """Tokens for somebody whose log-in has been checked.

    Args:
        family: the log-in that a refresh token continues; a new one by default.
    """
    token = new_token()
    await TokenRepository(unit).add(
        user.id, family or uuid4(), hash_token(token), utcnow() + REFRESH_TTL
    )
    claims = {
        "sub": str(user.public_id),
        "role": user.role,
        "epoch": user.token_epoch,
        "iat": utcnow(),
        "exp": utcnow() + ACCESS_TTL,
        "jti": str(uuid4()),
    }
    return TokenPair(jwt.encode(claims, _key(unit.cipher), _ALGORITHM), token)


async def principal_of(unit: Unit, token: str) -> Principal:
    """Who holds an access token, looked up now: a blocked person is out at once.

    The call is also a sign of life: it keeps an agent available who only uses the API.

    Raises:
        ServiceError: `token_invalid`, `token_expired`.
    """
    claims = _read(unit.cipher, token)
    user = await repository.fetch_user_across_tenants(unit, UUID(claims["sub"]))
    if user is None or user.blocked_at is not None or user.token_epoch != claims["epoch"]:
        raise _bad_token()
    await presence.saw(unit, user)
    return principal(user)


async def member_of_session(unit: Unit, public_id: UUID, epoch: int) -> User:
    """Who holds a session of the staff pages, looked up now: a blocked person is out at once.

    Args:
        public_id: who logged in.
        epoch: `token_epoch` at that time; a later one means that all sessions have ended.

    Raises:
        ServiceError: `token_invalid`.
    """
    user = await repository.fetch_user_across_tenants(unit, public_id)
    if user is None or user.blocked_at is not None or user.token_epoch != epoch:
        raise _bad_token()
    return user


async def epoch_of(unit: Unit, principal: Principal) -> int | None:
    """Which log-ins of a member of staff count now; None when none do.

    What stays open for long (a stream) compares this with the value at its start.
    """
    user = await StaffRepository(unit, principal.tenant_id).by_key(principal.user_id)
    return None if user is None or user.blocked_at is not None else user.token_epoch


async def myself(unit: Unit, principal: Principal) -> User:
    """The caller's own row, locked, for a change by its owner.

    Raises:
        ServiceError: `agent_not_found`.
    """
    user = await StaffRepository(unit, principal.tenant_id).by_key(principal.user_id, lock=True)
    if user is None:
        raise not_found("agent_not_found", "Агент не найден.")
    return user


def principal(user: User) -> Principal:
    """A loaded member of staff as a caller."""
    return Principal(
        tenant_id=user.tenant_id,
        role=Role(user.role),
        user_id=user.id,
        user_public_id=str(user.public_id),
    )


def clean_login(login: str) -> str:
    """Logins differ by letters, not by case or outer spaces."""
    return login.strip().lower()


def _check_active(user: User) -> User:
    if user.blocked_at is not None:
        raise ServiceError("blocked", Kind.FORBIDDEN, "Учётная запись заблокирована.")
    if user.approved_at is None:
        raise ServiceError(
            "not_approved", Kind.FORBIDDEN, "Администратор ещё не подтвердил регистрацию."
        )
    return user


def _key(cipher: Cipher) -> str:
    return cipher.lookup("access-token-key")


def _read(cipher: Cipher, token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(cipher),
            algorithms=[_ALGORITHM],
            options={"require": ["sub", "epoch", "exp"]},
        )
    except jwt.ExpiredSignatureError as expired:
        raise ServiceError(
            "token_expired", Kind.UNAUTHENTICATED, "Время входа истекло. Войдите ещё раз."
        ) from expired
    except jwt.InvalidTokenError as wrong:
        raise _bad_token() from wrong
    return claims


def _bad_token() -> ServiceError:
    return ServiceError(
        "token_invalid", Kind.UNAUTHENTICATED, "Токен не подходит. Войдите ещё раз."
    )
