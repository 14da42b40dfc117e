"""Agents of a tenant, and clients who come by their links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations.sessions import SessionView
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.operators.invitations import arrival, service


@dataclass(frozen=True)
class Member:
    """A member of staff."""

    id: UUID
    key: int
    principal: Principal


Hire = Callable[..., Awaitable[Member]]


@pytest.fixture
def hire(db: Database, tenant_id: int) -> Hire:
    """Makes a member of staff who was asked about companies already."""

    async def make(role: str = "agent", *, tenant: int | None = None, **facts: Any) -> Member:
        async with db.unit() as unit:
            user = await StaffRepository(unit, tenant or tenant_id).add(
                login=uuid4().hex,
                name=facts.pop("name", "Анна Соколова"),
                role=role,
                password_hash="-",
                companies=facts.pop("companies", []),
                approved_at=utcnow(),
            )
            assert user is not None
            user.only_own_companies = facts.pop("only_own_companies", False)
            return Member(user.public_id, user.id, auth.principal(user))

    return make


async def invite(db: Database, agent: Member, **wishes: Any) -> str:
    """A token of a new link."""
    async with db.unit() as unit:
        made = await service.create(unit, agent.principal, agent.id, **wishes)
    return made.path.removeprefix("/i/")


async def come(db: Database, tenant_id: int, token: str) -> SessionView:
    """A new browser opens a link."""
    async with db.unit() as unit:
        view, _ = await arrival.open_session(
            unit,
            tenant_id,
            None,
            token,
            channel="web",
            channel_user_id=uuid4().hex,
            prefer_voice=False,
            email=None,
        )
    return view
