"""What agents owe: the administrator adds a rule or ends one; a rule is never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from insurance_chat.accounts import access, audit
from insurance_chat.accounts.access import Permission
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid, not_found
from insurance_chat.core.money import KOPECK
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.insurers import get_insurer
from insurance_chat.insurance.products import PRODUCTS
from insurance_chat.operators.commissions import accrual
from insurance_chat.operators.commissions.models import CommissionRule
from insurance_chat.operators.commissions.repository import RuleRepository
from insurance_chat.operators.commissions.types import RuleKind

MOST_PERCENT = Decimal(100)
MOST_FIXED = Decimal("1000000.00")
EARLIEST = date(2020, 1, 1)
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule as the administrator states it; None in a scope means «any».

    Args:
        company: slug of an insurer.
        agent: public id of an agent.
        value: percent of the premium, or roubles for each policy.
        valid_from: first Moscow date on which it counts.
    """

    product: str | None
    company: str | None
    agent: UUID | None
    kind: RuleKind
    value: Decimal
    valid_from: date


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as the administrator's list shows it."""

    id: UUID
    product: str | None
    company: str | None
    agent_name: str | None
    kind: RuleKind
    value: Decimal
    valid_from: date
    valid_to: date | None

    @property
    def in_force(self) -> bool:
        """It counts for a policy that is issued today."""
        today = moscow_today()
        return self.valid_from <= today and (self.valid_to is None or today <= self.valid_to)


async def list_rules(unit: Unit, principal: Principal) -> list[RuleView]:
    """All rules of the tenant, latest beginning first.

    Raises:
        ServiceError: `forbidden`.
    """
    access.require(principal, Permission.MANAGE_COMMISSIONS)
    rows = await RuleRepository(unit, principal.tenant_id).all()
    return [_view(row, name) for row, name in rows]


async def add(unit: Unit, principal: Principal, new: NewRule) -> int:
    """Add a rule, and count by it the open entries that had none.

    Returns:
        How many entries were waiting for this rule.

    Raises:
        ServiceError: `forbidden`, `product_unknown`, `company_unknown`, `agent_not_found`,
            `value_wrong`, `date_wrong`, `rule_exists`.
    """
    access.require(principal, Permission.MANAGE_COMMISSIONS)
    _check(new)
    values = {
        "product": new.product,
        "company": new.company,
        "operator_id": await _operator(unit, principal, new.agent),
        "kind": new.kind.value,
        "value": new.value,
        "valid_from": new.valid_from,
    }
    rule = await RuleRepository(unit, principal.tenant_id).add(values)
    if rule is None:
        raise ServiceError(
            "rule_exists", Kind.CONFLICT, "Такое правило с этой даты уже есть. Завершите прежнее."
        )
    details = {name: str(value) for name, value in values.items() if value is not None}
    await audit.record(
        unit, principal, "commission_rule.added", f"commission_rule:{rule.public_id}", details
    )
    return await accrual.apply_new_rules(unit, principal.tenant_id)


async def end(unit: Unit, principal: Principal, rule_id: UUID, last_day: date) -> None:
    """Let a rule end with a day; what was counted by it stays.

    Args:
        last_day: the day before its beginning means that it was never in force.

    Raises:
        ServiceError: `forbidden`, `rule_not_found`, `rule_ended`, `date_wrong`.
    """
    access.require(principal, Permission.MANAGE_COMMISSIONS)
    rule = await RuleRepository(unit, principal.tenant_id).rule(rule_id)
    if rule is None:
        raise not_found("rule_not_found", "Правило не найдено.")
    if rule.valid_to is not None:
        raise ServiceError("rule_ended", Kind.CONFLICT, "Это правило уже завершено.")
    if not rule.valid_from - timedelta(days=1) <= last_day <= moscow_today() + FARTHEST:
        raise invalid(
            "date_wrong", "Последний день: не раньше начала правила и не позже чем через год."
        )
    rule.valid_to = last_day
    await audit.record(
        unit,
        principal,
        "commission_rule.ended",
        f"commission_rule:{rule.public_id}",
        {"last_day": last_day.isoformat()},
    )


def _check(new: NewRule) -> None:
    if new.product is not None and new.product not in PRODUCTS:
        raise invalid("product_unknown", "Такого продукта нет.")
    if new.company is not None and get_insurer(new.company) is None:
        raise invalid("company_unknown", "Такой страховой нет в списке.")
    most = MOST_PERCENT if new.kind is RuleKind.PERCENT else MOST_FIXED
    value = new.value
    if not value.is_finite() or not 0 <= value <= most or value != value.quantize(KOPECK):
        raise invalid(
            "value_wrong",
            "Процент: от 0 до 100, сумма: от 0 до 1 000 000 ₽; не больше двух знаков после запятой.",
        )
    if not EARLIEST <= new.valid_from <= moscow_today() + FARTHEST:
        raise invalid("date_wrong", "Дата начала: с 2020 года и не позже чем через год.")


async def _operator(unit: Unit, principal: Principal, agent: UUID | None) -> int | None:
    if agent is None:
        return None
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(agent)
    if user is None or user.role != Role.AGENT.value:
        raise not_found("agent_not_found", "Агент не найден.")
    return user.id


def _view(rule: CommissionRule, agent_name: str | None) -> RuleView:
    return RuleView(
        id=rule.public_id,
        product=rule.product,
        company=rule.company,
        agent_name=agent_name,
        kind=RuleKind(rule.kind),
        value=rule.value,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
    )
