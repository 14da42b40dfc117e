"""From an issued policy to an entry of the ledger, once for each policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import structlog

from insurance_chat.core.clock import MOSCOW, moscow_today, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.operators.commissions import counting, ledger
from insurance_chat.operators.commissions.counting import Rule
from insurance_chat.operators.commissions.models import Commission, CommissionLine
from insurance_chat.operators.commissions.repository import (
    LedgerRepository,
    RuleRepository,
    fetch_policy_across_tenants,
    fetch_unbooked_policies_across_tenants,
)
from insurance_chat.operators.commissions.types import Attention, LineKind, Status

log = structlog.get_logger()
AT_ONCE = 200
SAME_SALE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Sold:
    product: str
    company_code: str
    operator_id: int


async def accrue(unit: Unit, policy_id: int) -> Commission | None:
    """Write what an agent owes for a policy; a repeat changes nothing.

    Without a rule the entry is there with nothing owed and waits for the administrator.

    Returns:
        The new entry; None when there is one already or no agent owes for this policy.
    """
    policy = await fetch_policy_across_tenants(unit, policy_id)
    if policy is None or policy.operator_id is None:
        return None
    issued_on = policy.created_at.astimezone(MOSCOW).date()
    repository = LedgerRepository(unit, policy.tenant_id)
    entry = await repository.add_entry(
        {
            "operator_id": policy.operator_id,
            "policy_id": policy.id,
            "conversation_id": policy.conversation_id,
            "policy_number": policy.number,
            "product": policy.product,
            "company_code": policy.company_code,
            "premium": policy.price,
            "issued_on": issued_on,
            "status": Status.ACCRUED.value,
            "attention": Attention.NO_RULE.value,
            "booked_on": moscow_today(),
        }
    )
    if entry is None:
        return None
    await ledger.remember(unit, entry, None)
    rules = await RuleRepository(unit, policy.tenant_id).began_by(issued_on)
    await _apply(unit, entry, rules)
    if policy.conversation_id is not None:
        await dismiss_reviews(unit, policy.tenant_id, policy.conversation_id)
    return entry


async def apply_new_rules(unit: Unit, tenant_id: int) -> int:
    """Count the entries that had no rule by the rules that there are now; returns how many."""
    entries = await LedgerRepository(unit, tenant_id).without_rule()
    rules = await RuleRepository(unit, tenant_id).began_by(moscow_today())
    return sum([await _apply(unit, entry, rules) for entry in entries])


async def dismiss_reviews(unit: Unit, tenant_id: int, conversation_id: int) -> None:
    """What looked like a sale outside just now was this sale by the service.

    Older signs stay: a policy sold here later does not excuse them.
    """
    since = utcnow() - SAME_SALE
    for review in await LedgerRepository(unit, tenant_id).reviews_of(conversation_id, since):
        await ledger.move(
            unit,
            review,
            Status.CANCELLED,
            comment="Полис оформлен через сервис: это та же продажа.",
        )


async def sweep(db: Database) -> int:
    """Book the policies that a lost order left without an entry; returns how many."""
    async with db.unit() as unit:
        left = await fetch_unbooked_policies_across_tenants(unit, AT_ONCE)
    for policy_id in left:
        async with db.unit() as unit:
            await accrue(unit, policy_id)
        log.warning("commission_found_by_sweep", policy=policy_id)
    return len(left)


async def _apply(unit: Unit, entry: Commission, rules: Sequence[Rule]) -> bool:
    if entry.product is None or entry.company_code is None or entry.issued_on is None:
        return False
    sold = _Sold(entry.product, entry.company_code, entry.operator_id)
    rule = counting.choose(rules, sold, entry.issued_on)
    if rule is None:
        return False
    await LedgerRepository(unit, entry.tenant_id).add_line(
        CommissionLine(
            commission_id=entry.id,
            kind=LineKind.ACCRUAL.value,
            amount=counting.commission(rule, entry.premium or Decimal(0)),
            rule_id=rule.id,
            rule_kind=rule.kind,
            rule_value=rule.value,
            booked_on=moscow_today(),
        )
    )
    entry.attention = None
    return True
