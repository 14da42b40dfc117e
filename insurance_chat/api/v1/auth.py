"""Log-ins of staff."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import StringConstraints

from insurance_chat.accounts import auth
from insurance_chat.accounts.entrance import Attempt, Entrance
from insurance_chat.api.deps import address_of, services_of, state_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Line, Model, Password
from insurance_chat.core.errors import Kind, ServiceError

router = APIRouter(tags=["auth"])
OPEN: dict[str, Any] = {"security": []}


class LoginRequest(Model):
    """A log-in and its password; the code of the app for who has switched that on."""

    username: Line
    password: Password
    otp: Annotated[Line, StringConstraints(max_length=20)] | None = None


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
    """Check a password, and a code where it is asked for, under the limit of attempts.

    Raises:
        ServiceError: those of `Entrance.with_password`.
    """
    entrance = Entrance(services_of(request).db, state_of(request).logins)
    attempt = Attempt(body.username, address_of(request), "api")
    return await entrance.with_password(attempt, body.password, body.otp, auth.issue_tokens)


@router.post(
    "/v1/auth/login", summary="Login", responses=refusals(401, 403, 429), openapi_extra=OPEN
)
async def login(request: Request, body: LoginRequest) -> LoginResponse:
    """Exchange a password for an access token (15 minutes) and a refresh token (30 days).

    With log-in by code switched on, a request without `otp` gets 401 `otp_required`; a wrong or used
    code gets 401 `otp_wrong`.
    """
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
