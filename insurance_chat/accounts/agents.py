"""Insurance agents: registration, approval, status and the companies that they know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.auth import clean_login
from insurance_chat.accounts.models import User
from insurance_chat.accounts.passwords import check_password, hash_password
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
    """An agent as the contract and the administrator's screen show it."""

    id: UUID
    name: str
    login: str
    status: AgentStatus
    companies: list[str]
    approved: bool
    blocked: bool
    created_at: datetime


async def register(
    unit: Unit,
    tenant_id: int,
    principal: Principal | None,
    *,
    name: str,
    login: str,
    password: str,
    companies: Sequence[str] = (),
) -> AgentView:
    """Make an agent: at work at once when an administrator does it, otherwise waiting for approval.

    Raises:
        ServiceError: `name_empty`, `login_wrong`, `password_weak`, `companies_wrong`, `login_taken`.
    """
    login = clean_login(login)
    if not name.strip() or len(name) > 200:
        raise invalid("name_empty", "Укажите имя агента (до 200 символов).")
    if not 3 <= len(login) <= 120 or any(letter.isspace() for letter in login):
        raise invalid("login_wrong", "Логин: от 3 до 120 символов без пробелов.")
    check_password(password, login)
    by_admin = principal is not None and access.may(principal, Permission.MANAGE_AGENTS)
    user = await StaffRepository(unit, tenant_id).add(
        login=login,
        name=name.strip(),
        role=Role.AGENT.value,
        password_hash=await hash_password(password),
        companies=_companies(companies),
        approved_at=utcnow() if by_admin else None,
    )
    if user is None:
        raise ServiceError("login_taken", Kind.CONFLICT, "Этот логин уже занят.")
    return _view(user)


async def list_agents(unit: Unit, principal: Principal) -> list[AgentView]:
    """All agents of the tenant, by name.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_AGENTS)
    rows = await StaffRepository(unit, principal.tenant_id).with_role(Role.AGENT.value)
    return [_view(row) for row in rows]


async def set_status(
    unit: Unit, principal: Principal, agent: UUID, status: AgentStatus
) -> AgentView:
    """An agent, or the administrator for them, says whether they take chats.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`.
    """
    user = await _own_or_any(unit, principal, agent)
    user.status = status.value
    return _view(user)


async def set_companies(
    unit: Unit, principal: Principal, agent: UUID, companies: Sequence[str]
) -> AgentView:
    """Say which insurers an agent knows.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`, `companies_wrong`.
    """
    user = await _own_or_any(unit, principal, agent)
    user.companies = _companies(companies)
    return _view(user)


async def approve(unit: Unit, principal: Principal, agent: UUID) -> AgentView:
    """Let a self-registered agent in.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    user = await _managed(unit, principal, agent)
    if user.approved_at is None:
        user.approved_at = utcnow()
    return _view(user)


async def set_blocked(unit: Unit, principal: Principal, agent: UUID, *, blocked: bool) -> AgentView:
    """Shut an agent out at once, or let them in again; all their tokens end.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    user = await _managed(unit, principal, agent)
    user.blocked_at = utcnow() if blocked else None
    await _end_tokens(unit, user)
    return _view(user)


async def set_password(unit: Unit, principal: Principal, agent: UUID, password: str) -> AgentView:
    """Give a new password; everybody who is logged in with the old one is out.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`, `password_weak`.
    """
    user = await _own_or_any(unit, principal, agent)
    check_password(password, user.login)
    user.password_hash = await hash_password(password)
    await _end_tokens(unit, user)
    return _view(user)


async def find(unit: Unit, principal: Principal, agent: UUID) -> AgentView:
    """One agent, for the administrator or for the agent.

    Raises:
        ServiceError: `agent_not_found`, `forbidden`.
    """
    return _view(await _own_or_any(unit, principal, agent))


async def _end_tokens(unit: Unit, user: User) -> None:
    user.token_epoch += 1
    await TokenRepository(unit).end_all(user.id)


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


def _companies(codes: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(cleaned) > MOST_COMPANIES or any(len(code) > 60 for code in cleaned):
        raise invalid("companies_wrong", "Коды компаний: не больше 100, каждый до 60 символов.")
    return cleaned


def _view(user: User) -> AgentView:
    return AgentView(
        id=user.public_id,
        name=user.name,
        login=user.login,
        status=AgentStatus(user.status),
        companies=list(user.companies),
        approved=user.approved_at is not None,
        blocked=user.blocked_at is not None,
        created_at=user.created_at,
    )
