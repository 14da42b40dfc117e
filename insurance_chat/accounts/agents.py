"""Insurance agents: registration, approval, status and the companies that they know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.auth import clean_login
from insurance_chat.accounts.auth import principal as principal_of_user
from insurance_chat.accounts.models import User
from insurance_chat.accounts.passwords import check_password, hash_password
from insurance_chat.accounts.phones import clean_phone
from insurance_chat.accounts.repository import StaffRepository, TokenRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal, Role

MOST_COMPANIES = 100


class AgentStatus(StrEnum):
    """Statuses of `Agent` in the agreed contract."""

    AVAILABLE = "available"
    BUSY = "busy"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent as the contract and the administrator's screen show it, without the phone.

    Args:
        seen_at: last sign of life.
        totp: a code of an app is asked for at log-in.
        only_own_companies: their choice «только мои компании»; None until it is made.
    """

    id: UUID
    name: str
    login: str
    status: AgentStatus
    companies: list[str]
    approved: bool
    blocked: bool
    created_at: datetime
    seen_at: datetime | None
    totp: bool
    only_own_companies: bool | None


async def register(
    unit: Unit,
    tenant_id: int,
    principal: Principal | None,
    *,
    name: str,
    login: str,
    password: str,
    companies: Sequence[str] = (),
    phone: str = "",
) -> AgentView:
    """Make an agent: at work at once when an administrator does it, otherwise waiting for approval.

    Args:
        phone: as typed, may be empty; sealed at rest and shown to the administrator only.

    Raises:
        ServiceError: `name_empty`, `login_wrong`, `password_weak`, `companies_wrong`,
            `phone_wrong`, `login_taken`.
    """
    login = clean_login(login)
    name = clean_name(name)
    if not 3 <= len(login) <= 120 or any(letter.isspace() for letter in login):
        raise invalid("login_wrong", "Логин: от 3 до 120 символов без пробелов.")
    check_password(password, login)
    number = clean_phone(phone)
    by_admin = principal is not None and access.may(principal, Permission.MANAGE_AGENTS)
    user = await StaffRepository(unit, tenant_id).add(
        login=login,
        name=name,
        role=Role.AGENT.value,
        password_hash=await hash_password(password),
        companies=clean_companies(companies),
        approved_at=utcnow() if by_admin else None,
        phone=unit.cipher.seal(number) if number else None,
    )
    if user is None:
        raise ServiceError("login_taken", Kind.CONFLICT, "Этот логин уже занят.")
    # An application names its own author: nobody else has acted.
    author = principal if principal is not None and by_admin else principal_of_user(user)
    await _note(unit, author, "registered" if by_admin else "applied", user)
    return view(user)


async def list_agents(unit: Unit, principal: Principal) -> list[AgentView]:
    """All agents of the tenant, by name.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_AGENTS)
    rows = await StaffRepository(unit, principal.tenant_id).with_role(Role.AGENT.value)
    return [view(row) for row in rows]


async def list_staff(unit: Unit, principal: Principal) -> list[AgentView]:
    """Agents and administrators of the tenant, by name.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_AGENTS)
    staff = StaffRepository(unit, principal.tenant_id)
    rows = [row for role in (Role.ADMIN, Role.AGENT) for row in await staff.with_role(role.value)]
    return sorted((view(row) for row in rows), key=lambda one: one.name)


async def list_phones(unit: Unit, principal: Principal) -> dict[UUID, str]:
    """Phones of agents who gave one, for the administrator alone.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_AGENTS)
    rows = await StaffRepository(unit, principal.tenant_id).with_role(Role.AGENT.value)
    return {row.public_id: unit.cipher.open(row.phone) for row in rows if row.phone}


async def set_status(
    unit: Unit, principal: Principal, agent: UUID, status: AgentStatus
) -> AgentView:
    """An agent, or the administrator for them, says whether they take chats.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`.
    """
    user = await _own_or_any(unit, principal, agent)
    before, user.status = user.status, status.value
    if status is not AgentStatus.OFFLINE:
        user.seen_at = utcnow()  # the choice itself is a sign of life
    if before != status.value:
        await _note(unit, principal, "status_changed", user, status=status.value)
    return view(user)


async def set_companies(
    unit: Unit, principal: Principal, agent: UUID, companies: Sequence[str]
) -> AgentView:
    """Say which insurers an agent knows.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`, `companies_wrong`.
    """
    user = await _own_or_any(unit, principal, agent)
    user.companies = clean_companies(companies)
    await _note(unit, principal, "companies_changed", user, companies=user.companies)
    return view(user)


async def approve(unit: Unit, principal: Principal, agent: UUID) -> AgentView:
    """Let a self-registered agent in.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    user = await _managed(unit, principal, agent)
    if user.approved_at is None:
        user.approved_at = utcnow()
        await _note(unit, principal, "approved", user)
    return view(user)


async def set_blocked(unit: Unit, principal: Principal, agent: UUID, *, blocked: bool) -> AgentView:
    """Shut an agent out at once, or let them in again; all their tokens end.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    user = await _managed(unit, principal, agent)
    user.blocked_at = utcnow() if blocked else None
    if blocked:
        user.status = AgentStatus.OFFLINE.value
    await end_tokens(unit, user)
    await _note(unit, principal, "blocked" if blocked else "unblocked", user)
    return view(user)


async def set_password(unit: Unit, principal: Principal, agent: UUID, password: str) -> AgentView:
    """Give a new password; everybody who is logged in with the old one is out.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`, `password_weak`.
    """
    user = await _own_or_any(unit, principal, agent)
    check_password(password, user.login)
    user.password_hash = await hash_password(password)
    await end_tokens(unit, user)
    await _note(unit, principal, "password_changed", user)
    return view(user)


async def find(unit: Unit, principal: Principal, agent: UUID) -> AgentView:
    """One agent, for the administrator or for the agent.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`.
    """
    return view(await _own_or_any(unit, principal, agent))


async def end_tokens(unit: Unit, user: User) -> None:
    """Everybody who is logged in as this person is out."""
    user.token_epoch += 1
    await TokenRepository(unit).end_all(user.id)


async def _note(unit: Unit, by: Principal, verb: str, user: User, **details: object) -> None:
    await audit.record(unit, by, f"agent.{verb}", f"agent:{user.public_id}", details)


async def _managed(unit: Unit, principal: Principal, agent: UUID) -> User:
    access.require(principal, Permission.MANAGE_AGENTS)
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(agent, lock=True)
    if user is None or (user.role != Role.AGENT.value and user.id != principal.user_id):
        raise not_found("agent_not_found", "Агент не найден.")
    return user


async def _own_or_any(unit: Unit, principal: Principal, agent: UUID) -> User:
    if principal.user_public_id != str(agent):
        return await _managed(unit, principal, agent)
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(agent, lock=True)
    if user is None:
        raise not_found("agent_not_found", "Агент не найден.")
    return user


def clean_name(name: str) -> str:
    """A name of a person without outer spaces.

    Raises:
        ServiceError: `name_empty`.
    """
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 200:
        raise invalid("name_empty", "Укажите имя агента (до 200 символов).")
    return cleaned


def clean_companies(codes: Sequence[str]) -> list[str]:
    """Codes of insurers, each once.

    Raises:
        ServiceError: `companies_wrong`.
    """
    cleaned = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(cleaned) > MOST_COMPANIES or any(len(code) > 60 for code in cleaned):
        raise invalid("companies_wrong", "Коды компаний: не больше 100, каждый до 60 символов.")
    return cleaned


def view(user: User) -> AgentView:
    """A loaded agent as screens show it."""
    return AgentView(
        id=user.public_id,
        name=user.name,
        login=user.login,
        status=AgentStatus(user.status),
        companies=list(user.companies),
        approved=user.approved_at is not None,
        blocked=user.blocked_at is not None,
        created_at=user.created_at,
        seen_at=user.seen_at,
        totp=user.totp_enabled_at is not None,
        only_own_companies=user.only_own_companies,
    )
