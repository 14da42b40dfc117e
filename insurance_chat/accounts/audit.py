"""The audit log: every action of staff that changes something or reads what is sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.accounts import access, repository
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.repository import AuditFilter, AuditRepository, AuditRow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal

UNKNOWN = "agent:unknown"
LARGEST_EXPORT = 10_000


@dataclass(frozen=True, slots=True)
class AuditView:
    """One entry as the administrator reads it.

    Args:
        user: who did it; None for a client, and for a failed log-in, where nobody has proved who
            they are.
        target: what it was done to, `<kind>:<public id>`.
        target_name: name of the member of staff it was done to.
    """

    at: datetime
    user: str | None
    action: str
    target: str
    target_name: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries of one page and how many there are in all."""

    rows: list[AuditView]
    total: int


async def record(
    unit: Unit,
    principal: Principal,
    action: str,
    target: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a member of staff does, in the transaction that does it.

    Args:
        action: `<subject>.<verb>` in the past tense, e.g. `agent.blocked`, `chat.claimed`.
        target: what it was done to, `<kind>:<public id>`.
        details: more facts (JSON); sealed at rest.
    """
    if principal.user_id is not None:
        await _add(unit, principal.tenant_id, principal.user_id, action, target, details)


async def record_of_client(
    unit: Unit, tenant_id: int, action: str, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write down what a client has done with their own data, in the transaction that does it.

    Args:
        action, target, details: as of `record`; the entry names no member of staff.
    """
    await _add(unit, tenant_id, None, action, target, details)


async def record_failed_login(
    unit: Unit, login: str, reason: str, details: Mapping[str, Any]
) -> None:
    """Write down that somebody was not let in.

    The typed log-in itself is not kept: people type passwords there by mistake. An unknown log-in is
    written too, so that the time of an answer does not tell which log-ins exist.

    Args:
        reason: code of the refusal.
        details: where it came from; sealed at rest.
    """
    facts = {**details, "reason": reason}
    found = await repository.fetch_users_by_login_across_tenants(unit, login.strip().lower())
    for user in found:
        await _add(unit, user.tenant_id, None, "login.failed", f"agent:{user.public_id}", facts)
    home = None if found else await repository.fetch_first_tenant(unit)
    if home is not None:
        await _add(unit, home, None, "login.failed", UNKNOWN, facts)


async def list_entries(
    unit: Unit,
    principal: Principal,
    *,
    user: UUID | None = None,
    action: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int = 25,
) -> AuditPage:
    """The log, newest first.

    Args:
        user: only what this member of staff did.
        action: only this code.
        target: only entries whose target contains this, e.g. `agent:` or an id.
        since, until: only entries from then on, and before then.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_AUDIT)
    wanted = AuditFilter(user, action, target, since, until)
    return await _read(unit, principal.tenant_id, wanted, offset, limit)


async def export(unit: Unit, principal: Principal, wanted: AuditFilter) -> list[AuditView]:
    """Take the log out as a file, at most ten thousand entries, newest first; that is logged too.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_AUDIT)
    page = await _read(unit, principal.tenant_id, wanted, 0, LARGEST_EXPORT)
    await record(unit, principal, "audit.exported", "audit:", {"entries": len(page.rows)})
    return page.rows


async def list_actions(unit: Unit, principal: Principal) -> list[str]:
    """Codes of actions that occur in the log.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_AUDIT)
    return await AuditRepository(unit, principal.tenant_id).actions()


async def _read(
    unit: Unit, tenant_id: int, wanted: AuditFilter, offset: int, limit: int
) -> AuditPage:
    rows, total = await AuditRepository(unit, tenant_id).page(wanted, offset, limit)
    return AuditPage([_view(unit, row) for row in rows], total)


async def _add(
    unit: Unit,
    tenant_id: int,
    user_id: int | None,
    action: str,
    target: str,
    details: Mapping[str, Any] | None,
) -> None:
    sealed = unit.cipher.seal_json(dict(details)) if details else None
    await AuditRepository(unit, tenant_id).add(user_id, action, target, sealed)


def _view(unit: Unit, row: AuditRow) -> AuditView:
    entry, user, person = row
    return AuditView(
        at=entry.created_at,
        user=user.name if user is not None else None,
        action=entry.action,
        target=entry.target,
        target_name=person.name if person is not None else None,
        details=unit.cipher.open_json(entry.details) if entry.details else {},
    )
