"""Members of staff for tests."""

from __future__ import annotations

from uuid import uuid4

import pytest

from insurance_chat.accounts import agents, auth
from insurance_chat.accounts.agents import AgentView
from insurance_chat.accounts.entrance import Attempt, Entrance
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal

PASSWORD = "correct-horse-battery"


async def new_admin(db: Database, tenant_id: int) -> Principal:
    """An administrator of a tenant."""
    async with db.unit() as unit:
        user = await StaffRepository(unit, tenant_id).add(
            login=f"admin-{uuid4().hex[:8]}",
            name="Главный",
            role="admin",
            password_hash="",
            companies=[],
            approved_at=utcnow(),
        )
        assert user is not None
        return auth.principal(user)


@pytest.fixture(scope="module")
async def admin(db: Database, tenant_id: int) -> Principal:
    """The administrator of the module's tenant."""
    return await new_admin(db, tenant_id)


@pytest.fixture
def limiter() -> LoginLimiter:
    """Nobody has tried anything yet."""
    return LoginLimiter(AccountsSettings())


async def register(
    db: Database,
    tenant_id: int,
    by: Principal | None,
    name: str = "Анна",
    companies: tuple[str, ...] = ("test", "test", " "),
    phone: str = "",
) -> AgentView:
    """A new agent."""
    async with db.unit() as unit:
        return await agents.register(
            unit,
            tenant_id,
            by,
            name=name,
            login=f"Anna-{uuid4().hex[:8]}",
            password=PASSWORD,
            companies=companies,
            phone=phone,
        )


async def log_in(
    db: Database,
    login: str,
    password: str = PASSWORD,
    code: str | None = None,
    limiter: LoginLimiter | None = None,
) -> auth.TokenPair:
    """Come in as the API does."""
    entrance = Entrance(db, limiter or LoginLimiter(AccountsSettings()))
    attempt = Attempt(login, "10.0.0.1", "api")
    return await entrance.with_password(attempt, password, code, auth.issue_tokens)


async def who(db: Database, token: str) -> Principal:
    """Whom a token names."""
    async with db.unit() as unit:
        return await auth.principal_of(unit, token)


async def principal_of(db: Database, agent: AgentView) -> Principal:
    """An agent as a caller."""
    return await who(db, (await log_in(db, agent.login)).access_token)
