"""Who of the staff answers by hand in an account: the words they write there are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.channels.repository import ConnectionRepository
from insurance_chat.channels.service import ChannelDesk
from insurance_chat.channels.types import ACCOUNTS
from insurance_chat.channels.views import missing
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal, Role


@dataclass(frozen=True, slots=True)
class Owner:
    """A member of staff who may own an account; `chosen` owns this one."""

    id: UUID
    name: str
    chosen: bool


async def choices(desk: ChannelDesk, principal: Principal, connection: UUID) -> Sequence[Owner]:
    """Staff that can own an account, by name.

    Raises:
        ServiceError: `forbidden`, `connection_not_found`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    async with desk.db.unit() as unit:
        row = await ConnectionRepository(unit, principal.tenant_id).by_public_id(connection)
        if row is None:
            raise missing()
        staff = StaffRepository(unit, principal.tenant_id)
        people = [one for role in (Role.ADMIN, Role.AGENT) for one in await staff.with_role(role)]
    fit = [one for one in people if one.approved_at is not None and one.blocked_at is None]
    found = [Owner(one.public_id, one.name, one.id == row.owner_id) for one in fit]
    return sorted(found, key=lambda one: one.name)


async def choose(
    desk: ChannelDesk, principal: Principal, connection: UUID, owner: UUID | None
) -> None:
    """Say who answers by hand; None means that nobody does, and such words are only kept.

    Raises:
        ServiceError: `forbidden`, `connection_not_found`, `agent_not_found`.
    """
    access.require(principal, Permission.MANAGE_SETTINGS)
    async with desk.db.unit() as unit:
        row = await ConnectionRepository(unit, principal.tenant_id).by_public_id(
            connection, lock=True
        )
        if row is None:
            raise missing()
        person = None
        if owner is not None:
            person = await StaffRepository(unit, principal.tenant_id).by_public_id(owner)
            if person is None:
                raise not_found("agent_not_found", "Такого сотрудника нет.")
        row.owner_id = person.id if person is not None else None
        what = f"connection:{connection}"
        await audit.record(
            unit, principal, "channel.owner_chosen", what, {"owner": str(owner or "")}
        )
        await unit.session.flush()
        await unit.notify(ACCOUNTS, str(row.id))
