"""Promises to remind of renewal: a ladder of days before the end.

The client is reminded only if they agreed; the agent of a client is reminded in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from insurance_chat.accounts import audit
from insurance_chat.conversations import sessions_lookup
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.insurance.models import Policy, Reminder
from insurance_chat.insurance.repository import PolicyRepository
from insurance_chat.integrations import service as events

CLIENT, AGENT = "client", "agent"
PENDING = "pending"
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
    recipients = [CLIENT, AGENT] if await agent_of(unit, policy) is not None else [CLIENT]
    return await _plan(unit, tenant_id, policy, recipients)


async def plan_for_agent(unit: Unit, tenant_id: int, policy: Policy) -> int:
    """A policy of an agent's client: the agent is reminded whatever the client wishes for themself.

    Returns:
        How many reminders stand; none when there is no agent.
    """
    if await agent_of(unit, policy) is None:
        return 0
    return await _plan(unit, tenant_id, policy, [AGENT])


async def agent_of(unit: Unit, policy: Policy) -> int | None:
    """The agent who is told of the renewal: who issued the policy, else who brought the client."""
    return await PolicyRepository(unit, policy.tenant_id).agent_of(policy.id)


async def _plan(unit: Unit, tenant_id: int, policy: Policy, recipients: list[str]) -> int:
    repository = PolicyRepository(unit, tenant_id)
    rows = [row for row, _ in await repository.reminders(policy.id) if row.status == PENDING]
    planned = {row.days_before: row for row in rows}
    for days in LADDER_DAYS:
        moment = datetime.combine(policy.expire_at - timedelta(days=days), HOUR)
        if days in planned:
            planned[days].recipients = _joined(planned[days].recipients, recipients)
        elif moment > utcnow():
            planned[days] = await repository.add_reminder(
                Reminder(
                    policy_id=policy.id,
                    remind_at=moment,
                    recipients=recipients,
                    days_before=days,
                )
            )
    await unit.session.flush()
    return sum(1 for days in planned if days is not None)


def _joined(known: list[str], more: list[str]) -> list[str]:
    return sorted({*known, *more}, reverse=True)


async def decline(unit: Unit, tenant_id: int, policy_id: int) -> None:
    """«Не напоминать» means never to the client; an agent still hears of their own client."""
    await PolicyRepository(unit, tenant_id).cancel_reminders(policy_id)


async def tell_agent(unit: Unit, reminder: Reminder, policy: Policy) -> bool:
    """A due reminder is a notice in the agent's workspace from now on; subscribers hear of it.

    Returns:
        False when the policy has no agent (any more).
    """
    agent = await PolicyRepository(unit, policy.tenant_id).agent_public_id_of(policy.id)
    if AGENT not in reminder.recipients or agent is None:
        return False
    context = {
        "reminderId": str(reminder.public_id),
        "policyId": str(policy.public_id),
        "agentId": str(agent),
        "expireAt": policy.expire_at.isoformat(),
    }
    session = await sessions_lookup.public_id(unit, policy.tenant_id, policy.conversation_id)
    if session is not None:
        context["sessionId"] = session
    await events.record(unit, policy.tenant_id, "policy.renewal.due", "system", context)
    return True


async def set_handled(unit: Unit, principal: Principal, reminder_id: UUID, *, done: bool) -> None:
    """The agent has talked to the client about a renewal that was due, or has not after all.

    Raises:
        ServiceError: `reminder_not_found`.
    """
    reminder = await _find(unit, principal, reminder_id)
    reminder.handled_at = utcnow() if done else None
    action = "reminder.handled" if done else "reminder.reopened"
    await audit.record(unit, principal, action, f"reminder:{reminder.public_id}")


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
    await audit.record(unit, principal, "reminder.created", f"reminder:{reminder.public_id}")
    return _view(reminder, policy.public_id)


async def list_reminders(unit: Unit, principal: Principal) -> list[ReminderView]:
    """Reminders that the caller may see: all of the tenant for administrators, else own ones."""
    repository = PolicyRepository(unit, principal.tenant_id)
    if principal.is_admin:
        rows = await repository.reminders()
    elif principal.is_staff:
        rows = await repository.reminders(operator_id=principal.user_id or 0)
    else:
        rows = await repository.reminders(conversation_id=principal.conversation_id or 0)
    return [_view(reminder, public_id) for reminder, public_id in rows]


async def set_status(unit: Unit, principal: Principal, reminder_id: UUID, status: str) -> None:
    """Cancel, re-open or close a reminder.

    Raises:
        ServiceError: `reminder_not_found`.
    """
    reminder = await _find(unit, principal, reminder_id)
    reminder.status = status
    if principal.is_staff:
        facts = {"status": status}
        target = f"reminder:{reminder.public_id}"
        await audit.record(unit, principal, "reminder.changed", target, facts)


async def _find(unit: Unit, principal: Principal, reminder_id: UUID) -> Reminder:
    repository = PolicyRepository(unit, principal.tenant_id)
    reminder = await repository.reminder(reminder_id)
    policy = await repository.policy_by_id(reminder.policy_id) if reminder is not None else None
    if reminder is None or policy is None or not await _may_see(unit, principal, policy):
        raise not_found("reminder_not_found", "Напоминание не найдено.")
    return reminder


async def _may_see(unit: Unit, principal: Principal, policy: Policy) -> bool:
    if principal.is_staff and await agent_of(unit, policy) == principal.user_id:
        return True
    return await policies.may_see(unit, principal, policy)
