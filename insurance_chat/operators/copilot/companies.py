"""Whose documents an agent wants to hear of: of the own companies or of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal, Role

Companies = Literal["own", "all"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where to search.

    Args:
        codes: companies whose documents count beside general ones; None means all.
        asked: the agent has said once which it should be.
        has_companies: the agent has named own companies.
        reader: id of the agent, who also sees the documents that nobody else has.
    """

    codes: tuple[str, ...] | None
    asked: bool
    has_companies: bool
    reader: int | None = None


def reach_of(user: User, wish: Companies | None) -> Reach:
    """What an agent's wish and stored choice mean; own companies that are not named limit nothing."""
    own = wish == "own" if wish is not None else bool(user.only_own_companies)
    codes = tuple(user.companies) if own and user.companies else None
    return Reach(codes, user.only_own_companies is not None, bool(user.companies), user.id)


async def find_user(unit: Unit, principal: Principal, agent: UUID | None = None) -> User:
    """The member of staff for whom a draft is made: the caller, or an agent of the administrator's.

    Raises:
        ServiceError: `forbidden`, `agent_not_found`.
    """
    if agent is not None and str(agent) != principal.user_public_id:
        access.require(principal, Permission.MANAGE_AGENTS)
    wanted = agent or UUID(str(principal.user_public_id))
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(wanted)
    mine = user is not None and user.id == principal.user_id
    if user is None or (user.role != Role.AGENT.value and not mine):
        raise not_found("agent_not_found", "Агент не найден.")
    return user
