"""What people read of the ledger: entries, one entry with its lines and history, totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.policies import company_name
from insurance_chat.operators.commissions.models import Commission, CommissionLine
from insurance_chat.operators.commissions.records import Row, Wanted
from insurance_chat.operators.commissions.repository import ZERO, LedgerRepository
from insurance_chat.operators.commissions.types import Attention, LineKind, RuleKind, Sign, Status


@dataclass(frozen=True, slots=True)
class CommissionView:
    """An entry as lists show it; nothing of the client is in it. Money in roubles."""

    id: UUID
    agent_id: UUID
    agent_name: str
    policy_id: UUID | None
    policy_number: str | None
    session_id: UUID | None
    product: str | None
    company_code: str | None
    premium: Decimal | None
    amount: Decimal
    status: Status
    attention: Attention | None
    sign: Sign | None
    issued_on: date | None
    booked_on: date
    created_at: datetime

    @property
    def company(self) -> str:
        """Short Russian name of the insurer, empty when it is not known."""
        return company_name(self.company_code) if self.company_code else ""


@dataclass(frozen=True, slots=True)
class CommissionPage:
    """A page of entries; `total` counts all that fit the filter."""

    rows: list[CommissionView]
    total: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A movement of money. `rule_value` is percent or roubles, as `rule_kind` says."""

    kind: LineKind
    amount: Decimal
    rule_kind: RuleKind | None
    rule_value: Decimal | None
    comment: str
    by: str | None
    booked_on: date


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A move of an entry; `by` is None for the service itself."""

    before: Status | None
    after: Status
    comment: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CommissionCard:
    """An entry with everything that happened to it."""

    entry: CommissionView
    lines: list[LineView]
    changes: list[ChangeView]


@dataclass(frozen=True, slots=True)
class Total:
    """What one agent owes from one month in one status, and from how many entries."""

    month: date
    agent_id: UUID
    agent_name: str
    status: Status
    entries: int
    amount: Decimal


def month_of(text: str) -> tuple[date, date] | None:
    """First day of a month and of the next one; None for an empty text.

    Args:
        text: `2026-11`.

    Raises:
        ServiceError: `month_wrong`.
    """
    if not text:
        return None
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as wrong:
        raise invalid("month_wrong", "Месяц задаётся так: 2026-11.") from wrong
    if not date(2000, 1, 1) <= first <= date(2999, 1, 1):
        raise invalid("month_wrong", "Месяц задаётся так: 2026-11.")
    return first, (first + timedelta(days=31)).replace(day=1)


def wanted(
    principal: Principal,
    *,
    agent: UUID | None = None,
    month: str = "",
    status: str = "",
    attention: bool = False,
) -> Wanted:
    """The filter that a caller may use: an agent sees own entries only, whoever is asked for.

    Raises:
        ServiceError: `forbidden`, `month_wrong`, `status_unknown`.
    """
    access.require(principal, Permission.READ_OWN_RESULTS)
    everybody = access.may(principal, Permission.READ_ALL_RESULTS)
    if status and status not in set(Status):
        raise invalid("status_unknown", "Такого статуса нет.")
    since, until = month_of(month) or (None, None)
    return Wanted(
        since=since,
        until=until,
        operator_id=None if everybody else principal.user_id,
        agent=agent,
        status=status,
        attention=attention,
    )


async def list_entries(
    unit: Unit, principal: Principal, which: Wanted, *, offset: int = 0, limit: int = 25
) -> CommissionPage:
    """A page of entries, latest first.

    Args:
        which: made by `wanted`.
    """
    rows, total = await LedgerRepository(unit, principal.tenant_id).page(which, offset, limit)
    return CommissionPage([_view(row) for row in rows], total)


async def card(unit: Unit, principal: Principal, commission_id: UUID) -> CommissionCard:
    """One entry with its lines and its history.

    Raises:
        ServiceError: `forbidden`, `commission_not_found`.
    """
    mine = wanted(principal).operator_id
    repository = LedgerRepository(unit, principal.tenant_id)
    row = await repository.row(commission_id)
    if row is None or mine not in (None, row.entry.operator_id):
        raise not_found("commission_not_found", "Запись о комиссии не найдена.")
    lines = await repository.lines(row.entry.id)
    changes = await repository.changes(row.entry.id)
    return CommissionCard(
        _view(row),
        [_line(unit, line, name) for line, name in lines],
        [
            ChangeView(
                Status(one.from_status) if one.from_status else None,
                Status(one.to_status),
                unit.cipher.open(one.comment) if one.comment else "",
                name,
                one.created_at,
            )
            for one, name in changes
        ],
    )


async def totals(unit: Unit, principal: Principal, which: Wanted) -> list[Total]:
    """Sums by month, agent and status of today, latest month first; they add up to the lines."""
    rows = await LedgerRepository(unit, principal.tenant_id).sums(which)
    return [
        Total(row.month, row.agent, row.agent_name, Status(row.status), row.entries, row.amount)
        for row in rows
    ]


async def months(unit: Unit, principal: Principal) -> list[str]:
    """Months in which something was booked, this one included, latest first: `2026-11`.

    Raises:
        ServiceError: `forbidden`.
    """
    wanted(principal)
    found = await LedgerRepository(unit, principal.tenant_id).months()
    this = moscow_today().replace(day=1)
    return [f"{one:%Y-%m}" for one in sorted({this, *found}, reverse=True)]


def add_up(rows: Iterable[tuple[CommissionLine, Commission, UUID, str]]) -> list[Total]:
    """Group lines into totals; every line is in exactly one of them."""
    sums: dict[tuple[date, str, UUID, str], Decimal] = {}
    entries: dict[tuple[date, str, UUID, str], set[int]] = {}
    for line, entry, agent, name in rows:
        key = (line.booked_on.replace(day=1), name, agent, entry.status)
        sums[key] = sums.get(key, ZERO) + line.amount
        entries.setdefault(key, set()).add(entry.id)
    ordered = sorted(sums, key=lambda key: (-key[0].toordinal(), key[1], str(key[2]), key[3]))
    return [
        Total(month, agent, name, Status(status), len(entries[key]), sums[key])
        for key in ordered
        for month, name, agent, status in [key]
    ]


def _view(row: Row) -> CommissionView:
    entry = row.entry
    return CommissionView(
        id=entry.public_id,
        agent_id=row.agent,
        agent_name=row.agent_name,
        policy_id=row.policy,
        policy_number=entry.policy_number,
        session_id=row.session,
        product=entry.product,
        company_code=entry.company_code,
        premium=entry.premium,
        amount=row.amount,
        status=Status(entry.status),
        attention=Attention(entry.attention) if entry.attention else None,
        sign=Sign(entry.sign) if entry.sign else None,
        issued_on=entry.issued_on,
        booked_on=entry.booked_on,
        created_at=entry.created_at,
    )


def _line(unit: Unit, line: CommissionLine, by: str | None) -> LineView:
    return LineView(
        kind=LineKind(line.kind),
        amount=line.amount,
        rule_kind=RuleKind(line.rule_kind) if line.rule_kind else None,
        rule_value=line.rule_value,
        comment=unit.cipher.open(line.comment) if line.comment else "",
        by=by,
        booked_on=line.booked_on,
    )
