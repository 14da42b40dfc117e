"""Reminders of renewal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from insurance_chat.api.deps import Caller, Opened, ReminderId
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Model, read_id, refuse
from insurance_chat.core.clock import moscow_now
from insurance_chat.insurance import reminders
from insurance_chat.insurance.reminders import ReminderView

router = APIRouter(tags=["reminders"])
FARTHEST = timedelta(days=3660)


def _within_reason(moment: datetime) -> datetime:
    if moment.replace(tzinfo=None) > moscow_now().replace(tzinfo=None) + FARTHEST:
        raise refuse("Не дальше десяти лет.")
    return moment


class CreateReminderRequest(Model):
    """A promise to remind. A moment without an offset is Moscow time."""

    policy_id: str
    remind_at: Annotated[datetime, AfterValidator(_within_reason)]
    recipients: Annotated[list[Literal["client", "agent"]], Field(max_length=10)]


class ReminderStatus(Model):
    """Where the reminder stands."""

    status: Literal["pending", "sent", "cancelled"]


class Reminder(Model):
    """A reminder."""

    id: str
    policy_id: str
    remind_at: datetime
    recipients: list[str]
    status: Literal["pending", "sent", "cancelled"]


class ReminderList(Model):
    """Soonest first."""

    items: list[Reminder]


class Updated(Model):
    """The change is made."""

    status: str


def _shown(view: ReminderView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "policyId": str(view.policy_id),
        "remindAt": view.remind_at,
        "recipients": view.recipients,
        "status": view.status,
    }


@router.post(
    "/v1/reminders",
    status_code=201,
    summary="Create reminder",
    response_model=Reminder,
    responses=refusals(401, 404),
)
async def create_reminder(
    unit: Opened, caller: Caller, body: CreateReminderRequest
) -> dict[str, Any]:
    """Plan one reminder of a policy."""
    policy_id = read_id(body.policy_id, "policy_not_found", "Полис не найден.")
    recipients = [str(name) for name in body.recipients]
    view = await reminders.create(unit, caller, policy_id, body.remind_at, recipients)
    return _shown(view)


@router.get(
    "/v1/reminders",
    summary="List reminders",
    response_model=ReminderList,
    responses=refusals(401),
)
async def list_reminders(unit: Opened, caller: Caller) -> dict[str, Any]:
    """All of the company for administrators, own ones for an agent and for a client."""
    return {"items": [_shown(view) for view in await reminders.list_reminders(unit, caller)]}


@router.put(
    "/v1/reminders/{id}",
    summary="Update reminder status",
    response_model=Updated,
    responses=refusals(401, 404),
)
async def update_reminder(
    unit: Opened, caller: Caller, id: ReminderId, body: ReminderStatus
) -> dict[str, Any]:
    """Cancel, re-open or close a reminder."""
    await reminders.set_status(unit, caller, id, body.status)
    return {"status": body.status}
