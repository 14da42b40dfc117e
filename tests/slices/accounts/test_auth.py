"""Logging in and staying logged in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import jwt
import pytest

from insurance_chat.accounts import agents, auth
from insurance_chat.accounts.access import MATRIX, Permission, may, require
from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.passwords import check_password, password_fits, readable_password
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from tests.slices.accounts.conftest import PASSWORD, log_in, register, who


async def refresh(db: Database, token: str) -> auth.TokenPair | None:
    async with db.unit() as unit:
        return await auth.refresh(unit, token)


async def test_an_agent_made_by_the_administrator_logs_in_at_once(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    assert agent.companies == ["test"]
    pair = await log_in(db, agent.login.upper())
    principal = await who(db, pair.access_token)
    assert principal.role is Role.AGENT
    assert principal.tenant_id == tenant_id
    assert principal.user_public_id == str(agent.id)


async def test_a_self_registered_agent_waits_for_approval(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, None)
    with pytest.raises(ServiceError, match="not_approved"):
        await log_in(db, agent.login)
    async with db.unit() as unit:
        await agents.approve(unit, admin, agent.id)
    assert (await log_in(db, agent.login)).access_token


async def test_a_wrong_password_and_an_unknown_login_look_the_same(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    with pytest.raises(ServiceError, match="credentials_wrong") as wrong:
        await log_in(db, agent.login, "another-password")
    with pytest.raises(ServiceError, match="credentials_wrong") as unknown:
        await log_in(db, "nobody", PASSWORD)
    assert wrong.value.message == unknown.value.message


async def test_a_login_is_taken_once(db: Database, tenant_id: int, admin: Principal) -> None:
    agent = await register(db, tenant_id, admin)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="login_taken"):
            await agents.register(
                unit, tenant_id, None, name="Другой", login=agent.login, password=PASSWORD
            )


async def test_a_refresh_token_works_once_and_a_copy_ends_the_log_in(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    first = await log_in(db, agent.login)
    second = await refresh(db, first.refresh_token)
    assert second is not None
    assert await refresh(db, first.refresh_token) is None
    assert await refresh(db, second.refresh_token) is None
    other = await log_in(db, agent.login)
    assert await refresh(db, other.refresh_token) is not None


async def test_a_copy_does_not_end_log_ins_on_other_devices(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    stolen, phone = await log_in(db, agent.login), await log_in(db, agent.login)
    await refresh(db, stolen.refresh_token)
    await refresh(db, stolen.refresh_token)
    assert await refresh(db, phone.refresh_token) is not None


async def test_a_blocked_agent_is_out_at_once(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    pair = await log_in(db, agent.login)
    async with db.unit() as unit:
        await agents.set_blocked(unit, admin, agent.id, blocked=True)
    with pytest.raises(ServiceError, match="token_invalid"):
        await who(db, pair.access_token)
    assert await refresh(db, pair.refresh_token) is None
    with pytest.raises(ServiceError, match="blocked"):
        await log_in(db, agent.login)


async def test_a_new_password_ends_old_log_ins(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    pair = await log_in(db, agent.login)
    async with db.unit() as unit:
        await agents.set_password(unit, admin, agent.id, "another-good-password")
    with pytest.raises(ServiceError, match="token_invalid"):
        await who(db, pair.access_token)
    assert await log_in(db, agent.login, "another-good-password")


async def test_tokens_that_we_did_not_make_are_refused(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent = await register(db, tenant_id, admin)
    claims = {"sub": str(agent.id), "epoch": 0, "exp": utcnow() + timedelta(hours=1)}
    forged = jwt.encode(claims, "x" * 32, "HS256")
    unsigned = jwt.encode(claims, None, "none")
    for token in (forged, unsigned, "a.b.c", ""):
        with pytest.raises(ServiceError, match="token_invalid"):
            await who(db, token)
    old = {**claims, "exp": utcnow() - timedelta(seconds=1)}
    expired = jwt.encode(old, db.cipher.lookup("access-token-key"), "HS256")
    with pytest.raises(ServiceError, match="token_expired"):
        await who(db, expired)


async def test_only_the_agent_and_the_administrator_change_a_status(
    db: Database, tenant_id: int, admin: Principal
) -> None:
    agent, colleague = await register(db, tenant_id, admin), await register(db, tenant_id, admin)
    me = await who(db, (await log_in(db, agent.login)).access_token)
    async with db.unit() as unit:
        changed = await agents.set_status(unit, me, agent.id, AgentStatus.BUSY)
        assert changed.status is AgentStatus.BUSY
        with pytest.raises(ServiceError, match="forbidden"):
            await agents.set_status(unit, me, colleague.id, AgentStatus.BUSY)
        stranger = replace(admin, tenant_id=tenant_id + 1)
        with pytest.raises(ServiceError, match="agent_not_found"):
            await agents.set_status(unit, stranger, agent.id, AgentStatus.BUSY)
        with pytest.raises(ServiceError, match="agent_not_found"):
            await agents.set_status(unit, admin, UUID(int=1), AgentStatus.BUSY)


@pytest.mark.parametrize("password", ["short", "123456789", "aaaaaaaaaaaa", "x" * 201])
def test_an_easy_password_is_refused(password: str) -> None:
    with pytest.raises(ServiceError, match="password_weak"):
        check_password(password)


async def test_readable_passwords_pass_the_policy_and_differ() -> None:
    made = {readable_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password)


async def test_a_password_without_a_kept_hash_never_fits() -> None:
    assert not await password_fits(PASSWORD, None)


def test_wrong_passwords_are_counted_for_a_login_and_an_address() -> None:
    limiter = LoginLimiter(AccountsSettings(login_attempts=2, login_attempts_per_address=4))
    for _ in range(2):
        limiter.check("anna", "10.0.0.1")
        limiter.failed("anna", "10.0.0.1")
    with pytest.raises(ServiceError, match="too_many_attempts"):
        limiter.check(" Anna", "10.0.0.1")
    limiter.check("anna", "10.0.0.2")
    limiter.check("boris", "10.0.0.1")
    for login in ("boris", "vera"):
        limiter.failed(login, "10.0.0.1")
    with pytest.raises(ServiceError, match="too_many_attempts"):
        limiter.check("galina", "10.0.0.1")


def test_registrations_are_counted_for_an_address() -> None:
    limiter = LoginLimiter(AccountsSettings(registrations_per_hour=1))
    limiter.check_registration("10.0.0.1")
    limiter.check_registration("10.0.0.2")
    with pytest.raises(ServiceError, match="too_many_attempts"):
        limiter.check_registration("10.0.0.1")


def test_every_role_is_in_the_matrix_and_an_administrator_may_everything() -> None:
    assert set(MATRIX) == set(Role)
    admin, client = Principal(1, Role.ADMIN), Principal(1, Role.USER)
    assert all(may(admin, permission) for permission in Permission)
    assert not may(client, Permission.WRITE_AS_AGENT)
    with pytest.raises(ServiceError, match="forbidden"):
        require(client, Permission.READ_ALL_CHATS)
