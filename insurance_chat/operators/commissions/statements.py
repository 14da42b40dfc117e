"""A month's statement of what agents owe the service; its total is the sum of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import invalid, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.policies import company_name
from insurance_chat.operators.commissions import overview
from insurance_chat.operators.commissions.models import Commission, CommissionLine
from insurance_chat.operators.commissions.overview import Total
from insurance_chat.operators.commissions.repository import ZERO, LedgerRepository
from insurance_chat.operators.commissions.types import LineKind, RuleKind, Status


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of money. `rule` is in words, empty when there was none.

    `paid`: the agent gave this money. What a cancellation takes back is never paid: it is a debt of
    the service.
    """

    booked_on: date
    agent_name: str
    policy_number: str
    company: str
    premium: Decimal | None
    kind: LineKind
    rule: str
    status: Status
    amount: Decimal
    paid: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What was booked in one month for one agent, or for all when `agent_name` is empty.

    Lines of a month never change; `status` of an entry and so `totals` are those of `made_on`.
    """

    month: date
    agent_name: str
    made_on: date
    lines: list[StatementLine]
    totals: list[Total]

    @property
    def total(self) -> Decimal:
        """What is owed from this month, roubles: the sum of the lines."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def paid(self) -> Decimal:
        """The part of it that was paid by `made_on`."""
        return sum((line.amount for line in self.lines if line.paid), ZERO)

    def file_name(self, ending: str) -> str:
        """Name of the file for a person."""
        whose = f", {self.agent_name}" if self.agent_name else ""
        return f"Комиссия сервису {self.month:%Y-%m}{whose}.{ending}"


async def build(unit: Unit, principal: Principal, month: str, agent: UUID | None) -> Statement:
    """The statement of a month; an agent gets the own one only.

    Args:
        month: `2026-11`.
        agent: public id; None means everybody for the administrator.

    Raises:
        ServiceError: `forbidden`, `month_wrong`, `agent_not_found`.
    """
    which = overview.wanted(principal, agent=agent, month=month)
    if which.since is None:
        raise invalid("month_wrong", "Выберите месяц.")
    repository = LedgerRepository(unit, principal.tenant_id)
    alone = await repository.agent_name(which)
    if alone is None and (agent is not None or which.operator_id is not None):
        raise not_found("agent_not_found", "Агент не найден.")
    rows = await repository.booked(which)
    return Statement(
        month=which.since,
        agent_name=alone or "",
        made_on=moscow_today(),
        lines=[_line(line, entry, name) for line, entry, _, name in rows],
        totals=overview.add_up(rows),
    )


def rule_in_words(kind: RuleKind | None, value: Decimal | None) -> str:
    """«7,5 %», «300 ₽ за полис»; empty when there was no rule."""
    if kind is None or value is None:
        return ""
    number = f"{value.normalize():f}".replace(".", ",")
    return f"{number} %" if kind is RuleKind.PERCENT else f"{number} ₽ за полис"


def _line(line: CommissionLine, entry: Commission, agent_name: str) -> StatementLine:
    return StatementLine(
        booked_on=line.booked_on,
        agent_name=agent_name,
        policy_number=entry.policy_number or "",
        company=company_name(entry.company_code) if entry.company_code else "",
        premium=entry.premium,
        kind=LineKind(line.kind),
        rule=rule_in_words(RuleKind(line.rule_kind) if line.rule_kind else None, line.rule_value),
        status=Status(entry.status),
        amount=line.amount,
        paid=entry.paid_on is not None and line.kind != LineKind.REVERSAL.value,
    )
