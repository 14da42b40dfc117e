"""What members of staff see and change about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from insurance_chat.accounts import agents, audit, auth
from insurance_chat.accounts.agents import AgentView
from insurance_chat.accounts.limits import LoginLimiter
from insurance_chat.accounts.models import User
from insurance_chat.accounts.passwords import check_password, hash_password, password_fits
from insurance_chat.accounts.phones import clean_phone
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid
from insurance_chat.core.principal import Principal


@dataclass(frozen=True, slots=True)
class Profile:
    """The caller's own page.

    Args:
        phone: `+79161234567`, or empty.
    """

    agent: AgentView
    phone: str


async def mine(unit: Unit, principal: Principal) -> Profile:
    """The caller.

    Raises:
        ServiceError: `agent_not_found`.
    """
    user = await auth.myself(unit, principal)
    return Profile(agents.view(user), unit.cipher.open(user.phone) if user.phone else "")


async def save(
    unit: Unit, principal: Principal, *, name: str, phone: str, companies: Sequence[str]
) -> None:
    """Change the caller's name, phone and companies.

    Raises:
        ServiceError: `agent_not_found`, `name_empty`, `phone_wrong`, `companies_wrong`.
    """
    user = await auth.myself(unit, principal)
    user.name = agents.clean_name(name)
    user.companies = agents.clean_companies(companies)
    number = clean_phone(phone)
    user.phone = unit.cipher.seal(number) if number else None
    details = {"name": user.name, "companies": user.companies, "hasPhone": number is not None}
    await _note(unit, principal, "profile_changed", user, details)


async def choose_companies_scope(unit: Unit, principal: Principal, *, only_own: bool) -> None:
    """Choose whether hints and offers come from the caller's own companies or from all.

    Raises:
        ServiceError: `agent_not_found`.
    """
    user = await auth.myself(unit, principal)
    if user.only_own_companies is only_own:
        return
    user.only_own_companies = only_own
    await _note(unit, principal, "companies_scope_changed", user, {"onlyOwn": only_own})


async def change_password(
    unit: Unit, principal: Principal, old: str, new: str, limiter: LoginLimiter
) -> None:
    """Change the caller's password; every log-in ends, this one too.

    Args:
        old: the present password: an open page is not enough.

    Raises:
        ServiceError: `agent_not_found`, `password_wrong`, `password_weak`, `too_many_attempts`.
    """
    user = await auth.myself(unit, principal)
    limiter.count_try(user.public_id)
    if not await password_fits(old, user.password_hash):
        raise invalid("password_wrong", "Нынешний пароль не подошёл.")
    limiter.forget_tries(user.public_id)
    check_password(new, user.login)
    if old == new:
        raise invalid("password_weak", "Новый пароль совпадает с нынешним.")
    user.password_hash = await hash_password(new)
    await agents.end_tokens(unit, user)
    await _note(unit, principal, "password_changed", user)


async def _note(
    unit: Unit, by: Principal, verb: str, user: User, details: dict[str, object] | None = None
) -> None:
    await audit.record(unit, by, f"agent.{verb}", f"agent:{user.public_id}", details)
