"""The second step of a log-in."""

from __future__ import annotations

import asyncio
import time

import pyotp
import pytest

from insurance_chat.accounts import auth, totp
from insurance_chat.accounts.agents import AgentView
from insurance_chat.accounts.entrance import Attempt, Entrance
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.settings import AccountsSettings
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from tests.slices.accounts.conftest import PASSWORD, log_in, principal_of, register


async def enrolled(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> tuple[AgentView, Principal, pyotp.TOTP]:
    """An agent who has switched the app on; the code of that moment counts as unused."""
    agent = await register(db, tenant_id, admin)
    me = await principal_of(db, agent)
    async with db.unit() as unit:
        secret = (await totp.begin(unit, me)).secret
    app = pyotp.TOTP(secret)
    async with db.unit() as unit:
        await totp.enable(unit, me, app.now(), limiter)
    async with db.pool.connection() as raw:
        await raw.execute("update users set totp_used = null where public_id = %s", (agent.id,))
    return agent, me, app


def wrong(app: pyotp.TOTP) -> str:
    """A code that fits neither now nor a step away."""
    near = {app.at(time.time() + 30 * step) for step in range(-2, 3)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555")
        if code not in near
    )


async def test_a_secret_alone_changes_nothing(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent = await register(db, tenant_id, admin)
    me = await principal_of(db, agent)
    async with db.unit() as unit:
        made = await totp.begin(unit, me)
    assert made.uri.startswith("otpauth://totp/")
    assert made.secret in made.uri
    assert await log_in(db, agent.login)
    with pytest.raises(ServiceError, match="otp_wrong"):
        async with db.unit() as unit:
            await totp.enable(unit, me, wrong(pyotp.TOTP(made.secret)), limiter)
    assert await log_in(db, agent.login)


async def test_the_code_is_asked_for_and_works_once(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    with pytest.raises(ServiceError, match="otp_required"):
        await log_in(db, agent.login)
    with pytest.raises(ServiceError, match="credentials_wrong"):
        await log_in(db, agent.login, "another-password", app.now())
    with pytest.raises(ServiceError, match="otp_wrong"):
        await log_in(db, agent.login, code=wrong(app))
    code = app.now()
    assert await log_in(db, agent.login, code=f" {code[:3]} {code[3:]} ")
    with pytest.raises(ServiceError, match="otp_wrong"):
        await log_in(db, agent.login, code=code)
    assert await log_in(db, agent.login, code=app.at(time.time() + 30))


async def test_one_code_used_in_many_places_at_once_lets_one_in(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    code = app.now()
    tries = [log_in(db, agent.login, code=code) for _ in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, auth.TokenPair) for outcome in outcomes) == 1


async def test_a_code_of_five_minutes_ago_is_refused(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    old = app.at(time.time() - 300)
    with pytest.raises(ServiceError, match="otp_wrong"):
        await log_in(db, agent.login, code=old)


async def test_codes_are_counted_from_all_addresses_together(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    strict = LoginLimiter(AccountsSettings(login_attempts=3))
    entrance = Entrance(db, strict)
    for number in range(3):
        attempt = Attempt(agent.login, f"10.0.1.{number}", "api")
        with pytest.raises(ServiceError, match="otp_wrong"):
            await entrance.with_password(attempt, PASSWORD, wrong(app), auth.issue_tokens)
    with pytest.raises(ServiceError, match="too_many_attempts"):
        await log_in(db, agent.login, code=app.now(), limiter=strict)


async def test_the_second_step_alone_ends_with_the_log_in_that_began_it(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    entrance = Entrance(db, limiter)
    attempt = Attempt(agent.login, "10.0.0.1", "pages")
    assert (await entrance.first_step(attempt, PASSWORD)).totp_enabled_at is not None
    assert (await entrance.with_code(attempt, agent.id, 0, app.now())).login == agent.login
    with pytest.raises(ServiceError, match="token_invalid"):
        await entrance.with_code(attempt, agent.id, 7, app.at(time.time() + 30))


async def test_switching_off_takes_a_code_and_a_reset_takes_an_administrator(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, me, app = await enrolled(db, tenant_id, admin, limiter)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="otp_wrong"):
            await totp.disable(unit, me, wrong(app), limiter)
        with pytest.raises(ServiceError, match="totp_enabled"):
            await totp.begin(unit, me)
        with pytest.raises(ServiceError, match="forbidden"):
            await totp.reset(unit, me, agent.id)
    with pytest.raises(ServiceError, match="otp_required"):
        await log_in(db, agent.login)
    async with db.unit() as unit:
        await totp.reset(unit, admin, agent.id)
    assert await log_in(db, agent.login)
    _, other, other_app = await enrolled(db, tenant_id, admin, limiter)
    async with db.unit() as unit:
        await totp.disable(unit, other, other_app.now(), limiter)
        with pytest.raises(ServiceError, match="totp_disabled"):
            await totp.disable(unit, other, other_app.now(), limiter)


async def test_the_secret_is_not_readable_in_the_database(
    db: Database, tenant_id: int, admin: Principal, limiter: LoginLimiter
) -> None:
    agent, _, app = await enrolled(db, tenant_id, admin, limiter)
    async with db.pool.connection() as raw:
        row = await (
            await raw.execute("select * from users where public_id = %s", (agent.id,))
        ).fetchone()
    assert app.secret.encode() not in repr(row).encode()
