"""Who looks at a page. Everything is looked up again at every event, in the event's own Unit."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode
from uuid import UUID, uuid4

from nicegui import ui

from insurance_chat.accounts import auth
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.models import User
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal, Role
from insurance_chat.web.live import Live
from insurance_chat.web.ports import Checks, WebServices

SESSION_SECONDS = 12 * 3600
HALF_SECONDS = 300
PREFIX = "/staff"
STAFF = frozenset({Role.ADMIN, Role.AGENT})
ADMIN = frozenset({Role.ADMIN})
_MOST_ENDED = 10_000
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a session cookie proves: who logged in, and until when that counts (Unix time)."""

    session: str
    user: UUID
    epoch: int
    until: int


class Ended:
    """Sessions that were logged out and whose cookies may still be somewhere."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}

    def add(self, identity: Identity) -> None:
        """Remember until the cookie is too old anyway."""
        now = time.time()
        if len(self._until) >= _MOST_ENDED:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[identity.session] = identity.until

    def __contains__(self, session: str) -> bool:
        return session in self._until


@dataclass(frozen=True, slots=True)
class Desk:
    """What all pages of one process share."""

    services: WebServices
    checks: Checks
    ended: Ended
    limiter: LoginLimiter

    @asynccontextmanager
    async def unit(
        self, identity: Identity | None, roles: frozenset[Role] = STAFF
    ) -> AsyncIterator[tuple[Unit, Principal, User]]:
        """A transaction of somebody who is still allowed here.

        Raises:
            ServiceError: `login_required`, `token_invalid` for who is not; `forbidden` for another role.
        """
        if identity is None or identity.until < time.time() or identity.session in self.ended:
            raise ServiceError("login_required", Kind.UNAUTHENTICATED, "Войдите ещё раз.")
        async with self.services.db.unit() as unit:
            user = await auth.member_of_session(unit, identity.user, identity.epoch)
            principal = auth.principal(user)
            if principal.role not in roles:
                raise ServiceError("forbidden", Kind.FORBIDDEN, "Эта страница — для другой роли.")
            yield unit, principal, user


def begin(cookie: MutableMapping[str, Any], user: User) -> None:
    """Write a new session into the signed cookie; nothing of an earlier one stays."""
    cookie.clear()
    cookie.update(
        id=str(uuid4()),
        user=str(user.public_id),
        epoch=user.token_epoch,
        until=int(time.time()) + SESSION_SECONDS,
    )


def read(cookie: Mapping[str, Any]) -> Identity | None:
    """The session that a signed cookie carries, if any."""
    try:
        return Identity(
            str(cookie["id"]), UUID(cookie["user"]), int(cookie["epoch"]), int(cookie["until"])
        )
    except (KeyError, ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Half:
    """Somebody whose password was right and whose code is still to come; no session yet."""

    user: UUID
    epoch: int
    login: str
    goal: str
    until: int


def begin_half(cookie: MutableMapping[str, Any], user: User, goal: str) -> None:
    """Remember in the signed cookie that the password was right, for five minutes.

    Args:
        goal: page to open after the second step.
    """
    cookie.clear()
    cookie["half"] = {
        "user": str(user.public_id),
        "epoch": user.token_epoch,
        "login": user.login,
        "goal": goal,
        "until": int(time.time()) + HALF_SECONDS,
    }


def read_half(cookie: Mapping[str, Any]) -> Half | None:
    """The first step that a signed cookie carries, unless it was too long ago."""
    try:
        kept = cookie["half"]
        half = Half(
            UUID(kept["user"]),
            int(kept["epoch"]),
            str(kept["login"]),
            str(kept["goal"]),
            int(kept["until"]),
        )
    except (KeyError, ValueError, TypeError):
        return None
    return half if half.until > time.time() else None


@dataclass(frozen=True, slots=True)
class Visit:
    """One open page of one person.

    Args:
        principal: as it was when the page opened; events ask again through `unit`.
        company: name of the person's company.
        updates: how many updates of insurers wait for this person's decision.
        path: address without the query, e.g. `/staff/admin/chats`.
        query: parameters of the address.
        parts: parameters inside the path.
        live: what the page hears of the queue while it is open.
    """

    desk: Desk
    identity: Identity
    roles: frozenset[Role]
    principal: Principal
    name: str
    path: str
    query: Mapping[str, str]
    parts: Mapping[str, Any]
    live: Live = field(default_factory=Live)
    company: str = ""
    updates: int = 0

    @property
    def services(self) -> WebServices:
        """Services of this process."""
        return self.desk.services

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[tuple[Unit, Principal]]:
        """A transaction for one event of the page, with the caller checked inside it.

        Raises:
            ServiceError: the person has been logged out, blocked, or has another role now.
        """
        async with self.desk.unit(self.identity, self.roles) as (unit, principal, _):
            yield unit, principal

    def action(self, handler: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        """Make a handler of a page event that shows a refusal to the person instead of failing."""

        @wraps(handler)  # NiceGUI looks at the signature to know whether to pass the event
        async def run(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                await handler(*args, **kwargs)
            except ServiceError as error:
                if error.kind is Kind.UNAUTHENTICATED:
                    ui.navigate.to("/login")
                else:
                    ui.notify(
                        error.message, type="negative", multi_line=True, close_button="Закрыть"
                    )

        return run

    def address(self, **changes: str | int | None) -> str:
        """This page with other parameters; None takes one away."""
        query: dict[str, str | int | None] = {**self.query, **changes}
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def number(self, name: str, default: int = 1) -> int:
        """A positive number from the address; anything else is the default."""
        value = self.query.get(name, "")
        return (
            max(1, int(value))
            if value.isascii() and value.isdigit() and len(value) < 7
            else default
        )

    def uuid(self, name: str = "id") -> UUID:
        """An id from the path.

        Raises:
            ServiceError: `page_not_found`.
        """
        try:
            return UUID(str(self.parts[name]))
        except (KeyError, ValueError) as wrong:
            raise not_found("page_not_found", "Такой страницы нет.") from wrong
