"""What has to stay when a client's data are deleted, and how long (152-ФЗ art. 21 p. 5: other grounds).

Terms are those of domain/insurance.md §6 «Retention» (MEM): staff see them, clients are told no figure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from insurance_chat.conversations.erasure.repository import (
    ErasureRepository,
    drop_consents_across_tenants,
)
from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.kept.repository import (
    KeptRepository,
    drop_policies_across_tenants,
)
from insurance_chat.insurance.policies import company_name
from insurance_chat.insurance.products import get_product

POLICY_YEARS = 5
CONSENT_YEARS = 3
PURPOSES = {
    "processing": "обработка персональных данных",
    "health": "сведения о здоровье",
    "transfer": "передача страховым компаниям",
    "advertising": "реклама",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that stays: what it is, why, and until when (None: until it is settled)."""

    title: str
    reason: str
    until: date | None


async def kept_by_law(unit: Unit, tenant_id: int, contacts: Collection[int]) -> list[Kept]:
    """Everything of a client that a deletion leaves.

    Args:
        contacts: inner keys of the client, those who were merged into them included.
    """
    repository = KeptRepository(unit, tenant_id)
    found = []
    for policy in await repository.policies(contacts):
        title = f"{get_product(policy.product).wording.policy} {policy.number}"
        company = company_name(policy.company_code)
        until = _later(policy.expire_at, POLICY_YEARS)
        found.append(Kept(f"{title}, {company}", "договор страхования и его оплата", until))
    for sale in await repository.paid_sales(contacts):
        company = company_name(sale.company_code)
        title = f"Оплата оформления {get_product(sale.product).wording.title}, {company}"
        found.append(Kept(title, "оплата принята, полис ещё не выпущен", None))
    for consent in await ErasureRepository(unit, tenant_id).consents(contacts):
        purpose = PURPOSES.get(consent.purpose, consent.purpose)
        ended = consent.withdrawn_at or consent.given_at
        until = _later(ended.astimezone(MOSCOW).date(), CONSENT_YEARS)
        title = f"Согласие: {purpose}, редакция {consent.version}"
        found.append(Kept(title, "доказательство, что согласие было дано", until))
    return found


async def drop_overdue(unit: Unit, today: date) -> tuple[list[str], int]:
    """What was kept of deleted clients goes when its term is over, in all companies.

    Args:
        today: of the Moscow calendar.

    Returns:
        Keys of files to remove, and how many consents are gone.
    """
    files = await drop_policies_across_tenants(unit, _later(today, -POLICY_YEARS))
    since = datetime.combine(_later(today, -CONSENT_YEARS), time.min, MOSCOW)
    return files, await drop_consents_across_tenants(unit, since)


def _later(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
