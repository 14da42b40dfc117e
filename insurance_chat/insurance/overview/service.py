"""What staff see of the sale: policies, reminders, the day's premium, exchanges with the insurer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.conversations import sessions_lookup
from insurance_chat.conversations.overview.filters import start_of
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import letters, policies
from insurance_chat.insurance.models import ProviderExchange, Reminder
from insurance_chat.insurance.overview import repository
from insurance_chat.insurance.overview.repository import OverviewRepository
from insurance_chat.insurance.policies import PolicyView, company_name


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A page of policies; `total` counts all that fit the filter."""

    rows: list[PolicyView]
    total: int


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A reminder in a list, with the policy that it is about.

    Args:
        text: what the client is told, as it would read today.
        in_chat, by_mail: the ways in which the client is told, if they are a recipient.
    """

    id: UUID
    policy_id: UUID
    number: str
    company: str
    title: str
    expire_at: date
    session_id: str | None
    remind_at: datetime
    recipients: list[str]
    status: str
    handled_at: datetime | None
    text: str
    in_chat: bool
    by_mail: bool


@dataclass(frozen=True, slots=True)
class ReminderPage:
    """A page of reminders; `total` counts all that fit the filter."""

    rows: list[ReminderRow]
    total: int


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """A page of exchanges; `operations` are the names that can be filtered by."""

    rows: list[ProviderExchange]
    total: int
    operations: list[str]


@dataclass(frozen=True, slots=True)
class LateSale:
    """The client has paid and there is no policy yet."""

    session_id: str | None
    company: str
    price: Decimal | None
    paid_at: datetime | None


async def list_policies(
    unit: Unit,
    principal: Principal,
    *,
    number: str = "",
    company: str = "",
    state: str = "",
    order: str = "created",
    offset: int = 0,
    limit: int = 25,
) -> PolicyPage:
    """A page of the tenant's policies; an agent sees own ones and those of chats in sight.

    Args:
        number: a part of the number, or empty.
        company: slug of an insurer, or empty.
        state: `future`, `active`, `expired` on the Moscow calendar, or empty.
        order: `created`, `price`, `start`, `end`, greatest first; a minus turns it round.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    rows, total = await OverviewRepository(unit, principal.tenant_id).policies(
        number=number.strip(),
        company=company,
        state=state,
        today=moscow_today(),
        seen_by=None if principal.is_admin else principal.user_id or 0,
        order=order,
        offset=offset,
        limit=limit,
    )
    return PolicyPage(await policies.views(unit, principal.tenant_id, rows), total)


async def list_companies(unit: Unit, principal: Principal) -> list[tuple[str, str]]:
    """Slug and name of every insurer of whom there is a policy.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    codes = await OverviewRepository(unit, principal.tenant_id).companies()
    return [(code, company_name(code)) for code in codes]


async def list_reminders(
    unit: Unit,
    principal: Principal,
    *,
    status: str = "",
    number: str = "",
    since: date | None = None,
    until: date | None = None,
    order: str = "at",
    offset: int = 0,
    limit: int = 25,
) -> ReminderPage:
    """A page of reminders, soonest first. An agent sees own ones only.

    Args:
        status: `pending`, `sent`, `cancelled`; `due` for what an agent was told of and has not
            dealt with; or empty.
        number: a part of the policy's number, or empty.
        since, until: Moscow dates of the reminder, both included.
        order: `at` (when it is due) or `end` (when the policy ends); a minus turns it round.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    rows, total = await OverviewRepository(unit, principal.tenant_id).reminders(
        status=status,
        operator_id=None if principal.is_admin else principal.user_id or 0,
        number=number.strip(),
        begins=start_of(since) if since is not None else None,
        ends=start_of(until + timedelta(days=1)) if until is not None else None,
        order=order,
        offset=offset,
        limit=limit,
    )
    shown = await policies.views(unit, principal.tenant_id, [policy for _, policy in rows])
    pairs = zip((one for one, _ in rows), shown, strict=True)
    return ReminderPage([_reminder_row(one, policy) for one, policy in pairs], total)


def _reminder_row(reminder: Reminder, shown: PolicyView) -> ReminderRow:
    return ReminderRow(
        id=reminder.public_id,
        policy_id=shown.id,
        number=shown.number,
        company=shown.company,
        title=shown.title,
        expire_at=shown.expire_at,
        session_id=shown.session_id,
        remind_at=reminder.remind_at,
        recipients=list(reminder.recipients),
        status=reminder.status,
        handled_at=reminder.handled_at,
        text=letters.reminder_text(shown),
        in_chat=shown.conversation_id is not None,
        by_mail=bool(shown.email),
    )


async def sold(unit: Unit, principal: Principal, since: datetime) -> tuple[int, Decimal]:
    """How many policies were issued since a moment, and their premium in roubles.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    _require_staff(principal)
    return await OverviewRepository(unit, principal.tenant_id).sold(since)


async def late_sales(unit: Unit, principal: Principal, minutes: int) -> list[LateSale]:
    """Sales that were paid so many minutes ago and have no policy: a person has to look.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    rows = await OverviewRepository(unit, principal.tenant_id).paid_without_policy(minutes)
    return [
        LateSale(
            await sessions_lookup.public_id(unit, principal.tenant_id, row.conversation_id),
            company_name(row.company_code),
            row.price,
            row.paid_at,
        )
        for row in rows
    ]


async def list_exchanges(
    unit: Unit,
    principal: Principal,
    *,
    operation: str = "",
    failed: bool = False,
    offset: int = 0,
    limit: int = 25,
) -> ExchangePage:
    """Masked exchanges with the insurer's system, latest first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.READ_ALL_CHATS)
    rows, total = await repository.fetch_exchanges_across_tenants(
        unit, operation=operation, failed=failed, offset=offset, limit=limit
    )
    operations = await repository.fetch_operations_across_tenants(unit)
    return ExchangePage(rows, total, operations)


def _require_staff(principal: Principal) -> None:
    if not principal.is_staff:
        raise ServiceError("forbidden", Kind.FORBIDDEN, "Доступно только сотрудникам.")
