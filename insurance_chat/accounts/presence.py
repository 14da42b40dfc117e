"""Who is at work: signs of life, who can take a chat now, who has gone without saying so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from insurance_chat.accounts import repository
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

SEEN_EVERY = timedelta(seconds=30)  # signs of life are not written more often
GONE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent as colleagues and clients know them: no log-in, no phone."""

    user_id: int
    tenant_id: int
    id: UUID
    name: str
    status: str
    companies: tuple[str, ...]


async def beat(unit: Unit, principal: Principal) -> None:
    """An open page says that its owner is here."""
    if principal.user_id is not None:
        now = utcnow()
        staff = StaffRepository(unit, principal.tenant_id)
        await staff.touch(principal.user_id, now, now - SEEN_EVERY)


async def saw(unit: Unit, user: User) -> None:
    """A call with a member of staff's token came; cheap, because most calls write nothing."""
    now = utcnow()
    if user.seen_at is None or user.seen_at < now - SEEN_EVERY:
        await StaffRepository(unit, user.tenant_id).touch(user.id, now, now - SEEN_EVERY)


async def available(
    unit: Unit,
    tenant_id: int,
    *,
    companies: Collection[str] | None = None,
    gone_after: timedelta = GONE_AFTER,
) -> list[Colleague]:
    """Agents who can take a chat now, by name.

    Args:
        companies: only agents who know one of these insurers; an agent who has named none knows
            all. None asks everybody.
        gone_after: how old the last sign of life may be (`AGENT_GONE_MINUTES`).
    """
    rows = await StaffRepository(unit, tenant_id).at_work(
        status="available", seen_since=utcnow() - gone_after, companies=companies
    )
    return [colleague(row) for row in rows]


async def sweep_across_tenants(
    unit: Unit, *, mid_chat: Collection[int] = (), gone_after: timedelta = GONE_AFTER
) -> list[Colleague]:
    """Make agents offline who are gone: no page open and no call for a while.

    Args:
        mid_chat: keys of users who lead a chat now; their status is never touched.
        gone_after: how long is «a while» (`AGENT_GONE_MINUTES`).

    Returns:
        Who became offline, in all tenants.
    """
    since = utcnow() - gone_after
    gone = await repository.end_presence_across_tenants(unit, since, mid_chat)
    return [colleague(row) for row in gone]


def colleague(user: User) -> Colleague:
    """A loaded agent without what only the administrator may see."""
    return Colleague(
        user_id=user.id,
        tenant_id=user.tenant_id,
        id=user.public_id,
        name=user.name,
        status=user.status,
        companies=tuple(user.companies),
    )
