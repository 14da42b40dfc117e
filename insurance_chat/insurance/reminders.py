"""Promises to remind of renewal: a ladder of days before the end, only if the client agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.models import Policy, Reminder
from insurance_chat.insurance.repository import PolicyRepository

LADDER_DAYS = (45, 30, 14, 7, 3, 1)
HOUR = time(10, 0, tzinfo=MOSCOW)


@dataclass(frozen=True, slots=True)
class ReminderView:
    """A reminder as the contract shows it."""

    id: UUID
    policy_id: UUID
    remind_at: datetime
    recipients: list[str]
    status: str


def _view(reminder: Reminder, policy: UUID) -> ReminderView:
    return ReminderView(
        reminder.public_id, policy, reminder.remind_at, list(reminder.recipients), reminder.status
    )


async def plan_ladder(unit: Unit, tenant_id: int, policy: Policy) -> int:
    """The client wants to be reminded: plan the ladder once; returns how many reminders stand.

    Source of the ladder: domain notes 3.5 (45, 30, 14, 7, 3 and 1 days before the end).
    """
    repository = PolicyRepository(unit, tenant_id)
    planned = [row for row, _ in await repository.reminders(policy.id) if row.status == "pending"]
    if planned:
        return len(planned)
    count = 0
    recipients = ["client", "agent"] if policy.is_agent_client else ["client"]
    for days in LADDER_DAYS:
        moment = datetime.combine(policy.expire_at - timedelta(days=days), HOUR)
        if moment <= utcnow():
            continue
        await repository.add_reminder(
            Reminder(policy_id=policy.id, remind_at=moment, recipients=recipients, days_before=days)
        )
        count += 1
    return count


async def decline(unit: Unit, tenant_id: int, policy_id: int) -> None:
    """«Не напоминать» means never."""
    await PolicyRepository(unit, tenant_id).cancel_reminders(policy_id)


async def create(
    unit: Unit,
    principal: Principal,
    policy_id: UUID,
    remind_at: datetime,
    recipients: list[str],
) -> ReminderView:
    """Plan one reminder by the API.

    Raises:
        ServiceError: `policy_not_found`, `reminder_in_past`, `recipients_empty`.
    """
    policy = await policies.find(unit, principal, policy_id)
    moment = remind_at if remind_at.tzinfo is not None else remind_at.replace(tzinfo=MOSCOW)
    if moment <= utcnow():
        raise invalid("reminder_in_past", "Время напоминания уже прошло.")
    if not recipients:
        raise invalid("recipients_empty", "Укажите, кому напомнить.")
    reminder = await PolicyRepository(unit, principal.tenant_id).add_reminder(
        Reminder(policy_id=policy.id, remind_at=moment, recipients=sorted(set(recipients)))
    )
    await unit.session.refresh(reminder)
    return _view(reminder, policy.public_id)


async def list_reminders(unit: Unit, principal: Principal) -> list[ReminderView]:
    """Reminders that the caller may see: all of the tenant for staff, own ones for a client."""
    rows = await PolicyRepository(unit, principal.tenant_id).reminders()
    shown = []
    for reminder, public_id in rows:
        policy = await PolicyRepository(unit, principal.tenant_id).policy(public_id)
        if policy is not None and policies.may_see(principal, policy):
            shown.append(_view(reminder, public_id))
    return shown


async def set_status(unit: Unit, principal: Principal, reminder_id: UUID, status: str) -> None:
    """Cancel, re-open or close a reminder.

    Raises:
        ServiceError: `reminder_not_found`.
    """
    repository = PolicyRepository(unit, principal.tenant_id)
    reminder = await repository.reminder(reminder_id)
    policy = await repository.policy_by_id(reminder.policy_id) if reminder is not None else None
    if reminder is None or policy is None or not policies.may_see(principal, policy):
        raise not_found("reminder_not_found", "Напоминание не найдено.")
    reminder.status = status
