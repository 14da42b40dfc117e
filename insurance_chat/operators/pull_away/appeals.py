"""An agent objects to a verdict; the administrator decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.reports.repository import IncidentRepository, IncidentRow
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.operators.pull_away.hits import UPHELD, Hit, State, hit
from insurance_chat.operators.pull_away.repository import PullAwayRepository
from insurance_chat.operators.pull_away.types import KIND, Level

LATEST = 100
LONGEST = 2000


class Ruling(StrEnum):
    """What the administrator may say."""

    UPHELD = "upheld"  # the agent did lead the client away
    DISMISSED = "dismissed"  # a false alarm


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision.

    Args:
        send: the stopped text, which may be sent now as it is; None when there is none.
    """

    hit: Hit
    send: str | None


async def list_own(unit: Unit, principal: Principal) -> list[Hit]:
    """The agent's own hits with what became of them, latest first.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    repository = PullAwayRepository(unit, principal.tenant_id)
    return [hit(row) for row in await repository.of_operator(principal.user_id or 0, LATEST)]


async def list_appealed(unit: Unit, principal: Principal) -> list[Hit]:
    """Hits that agents object to and nobody has decided, latest first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_INCIDENTS)
    rows = await PullAwayRepository(unit, principal.tenant_id).appealed(LATEST)
    return [one for row in rows if (one := hit(row)).state is State.APPEALED]


async def get_hit(unit: Unit, principal: Principal, incident: UUID) -> Hit:
    """One hit, for its agent and for the administrator.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    return hit(await _find(unit, principal, incident))


async def appeal(unit: Unit, principal: Principal, incident: UUID, words: str) -> Hit:
    """Object to a verdict about an own message, once and before it is decided.

    Args:
        words: why it is wrong, at most 2,000 characters.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`, `appeal_words`, `appeal_twice`,
            `incident_decided`.
    """
    access.require(principal, Permission.WRITE_AS_AGENT)
    said = words.strip()
    if not said or len(said) > LONGEST:
        raise invalid("appeal_words", f"Напишите, в чём ошибка: до {LONGEST} знаков.")
    row = await _find(unit, principal, incident, lock=True)
    if row.incident.operator_id != principal.user_id:
        raise not_found("incident_not_found", "Инцидент не найден.")
    _check_undecided(row)
    if row.resolution.get("appeal"):
        raise ServiceError("appeal_twice", Kind.CONFLICT, "Вы уже обжаловали это решение.")
    resolution = row.resolution | {"appeal": {"words": said, "at": utcnow().isoformat()}}
    row.incident.resolution = unit.cipher.seal_json(resolution)
    await audit.record(unit, principal, "incident.appealed", f"incident:{incident}")
    return hit(IncidentRow(row.incident, row.session, row.details, resolution))


async def decide(
    unit: Unit, principal: Principal, incident: UUID, decision: Ruling, comment: str = ""
) -> Decided:
    """The administrator decides, with an appeal or without one.

    Args:
        comment: what the agent reads.

    Raises:
        ServiceError: `forbidden`, `incident_not_found`, `incident_decided`.
    """
    access.require(principal, Permission.MANAGE_INCIDENTS)
    row = await _find(unit, principal, incident, lock=True)
    _check_undecided(row)
    upheld = decision is Ruling.UPHELD
    await reports.change(
        unit,
        principal,
        incident,
        reports.Status.CLOSED,
        decision=UPHELD if upheld else reports.Decision.REJECTED,
        comment=comment.strip(),
    )
    decided = hit(await _find(unit, principal, incident))
    stopped = decided.level is Level.BLOCK and not upheld
    return Decided(decided, decided.text if stopped else None)


def _check_undecided(row: IncidentRow) -> None:
    if row.incident.status == reports.Status.CLOSED:
        raise ServiceError("incident_decided", Kind.CONFLICT, "Решение уже принято.")


async def _find(
    unit: Unit, principal: Principal, incident: UUID, *, lock: bool = False
) -> IncidentRow:
    """An incident of the detector; to an agent those of others look absent."""
    row = await IncidentRepository(unit, principal.tenant_id).one(incident, lock=lock)
    known = row is not None and row.incident.type == KIND and "level" in row.details
    if row is None or not known:
        raise not_found("incident_not_found", "Инцидент не найден.")
    if not principal.is_admin and row.incident.operator_id != principal.user_id:
        raise not_found("incident_not_found", "Инцидент не найден.")
    return row
