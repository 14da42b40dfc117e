"""Log-ins of staff."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from insurance_chat.accounts import auth
from insurance_chat.api.deps import address_of, services_of, state_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Line, Model, Password
from insurance_chat.core.errors import Kind, ServiceError

router = APIRouter(tags=["auth"])
OPEN: dict[str, Any] = {"security": []}


class LoginRequest(Model):
    """A log-in and its password."""

    username: Line
    password: Password


class RefreshRequest(Model):
    """A refresh token; it works once."""

    refresh_token: Line


class LoginResponse(Model):
    """Tokens of a member of staff."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int


def shown(pair: auth.TokenPair) -> LoginResponse:
    """Tokens on the wire."""
    return LoginResponse(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=pair.expires_in,
    )


async def log_in(request: Request, body: LoginRequest) -> auth.TokenPair:
    """Check a password under the limit of attempts.

    Raises:
        ServiceError: `too_many_attempts` and those of `auth.login`.
    """
    limiter, address = state_of(request).logins, address_of(request)
    with limiter.attempt(body.username, address):
        try:
            async with services_of(request).db.unit() as unit:
                return await auth.login(unit, body.username, body.password)
        except ServiceError as error:
            if error.code == "credentials_wrong":
                limiter.failed(body.username, address)
            raise


@router.post(
    "/v1/auth/login", summary="Login", responses=refusals(401, 403, 429), openapi_extra=OPEN
)
async def login(request: Request, body: LoginRequest) -> LoginResponse:
    """Exchange a password for an access token (15 minutes) and a refresh token (30 days)."""
    return shown(await log_in(request, body))


@router.post("/v1/auth/refresh", summary="Refresh", responses=refusals(401), openapi_extra=OPEN)
async def refresh(request: Request, body: RefreshRequest) -> LoginResponse:
    """Exchange a refresh token for a new pair. Using it twice ends the log-in."""
    async with services_of(request).db.unit() as unit:
        pair = await auth.refresh(unit, body.refresh_token)
    if pair is None:
        raise ServiceError(
            "refresh_invalid", Kind.UNAUTHENTICATED, "Вход закончился. Войдите ещё раз."
        )
    return shown(pair)
