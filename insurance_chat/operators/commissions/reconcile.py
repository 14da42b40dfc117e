"""Compares entries with what the insurer says about their policies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.providers.ports import Draft, SaleStatus
from insurance_chat.operators.commissions import ledger
from insurance_chat.operators.commissions.models import Commission
from insurance_chat.operators.commissions.records import DueCheck
from insurance_chat.operators.commissions.repository import (
    LedgerRepository,
    fetch_due_checks_across_tenants,
    touch,
)
from insurance_chat.operators.commissions.types import Attention, Status

log = structlog.get_logger()
ASK_AGAIN = timedelta(hours=6)
ASK_FOR = timedelta(days=60)
AT_ONCE = 100
_NO_POLICY = frozenset({SaleStatus.CANCELLED, SaleStatus.FAILED})


class StatusSource(Protocol):
    """The part of a provider that is asked here."""

    async def status(self, draft_id: str) -> Draft:
        """Where the draft stands now."""
        ...


class Verdict(StrEnum):
    """What the insurer's answer means for an entry."""

    NOTHING = "nothing"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    LOOK = "look"


def decide(entry_status: Status, attention: str | None, insurer: SaleStatus, paid: bool) -> Verdict:
    """What to do with an entry when the insurer's word is known. Pure.

    Args:
        paid: the client's money is known to have been taken.
    """
    if insurer in _NO_POLICY:
        return Verdict.LOOK if entry_status is Status.PAID else Verdict.CANCEL
    sold = insurer is SaleStatus.ISSUED and paid
    if entry_status is Status.ACCRUED and attention is None and sold:
        return Verdict.CONFIRM
    return Verdict.NOTHING


async def reconcile(db: Database, providers: Mapping[str, StatusSource]) -> int:
    """Ask about the entries that are due and act on the answers; returns how many were answered.

    Args:
        providers: product → who knows what became of its policies.

    An insurer that does not answer is asked again at the next round.
    """
    now = utcnow()
    async with db.unit() as unit:
        due = await fetch_due_checks_across_tenants(unit, now - ASK_AGAIN, now - ASK_FOR, AT_ONCE)
    answered = 0
    for check in due:
        try:
            draft = await providers[check.product].status(check.draft_id)
        except ServiceError as error:
            if error.kind is Kind.UNAVAILABLE:
                log.warning("commission_check_stopped", code=error.code)
                return answered
            log.warning("commission_check_failed", commission=check.commission_id, code=error.code)
            draft = None
        async with db.unit() as unit:
            await _take(unit, check, draft)
        answered += draft is not None
    return answered


async def _take(unit: Unit, check: DueCheck, draft: Draft | None) -> None:
    entry = await LedgerRepository(unit, check.tenant_id).locked_by_id(check.commission_id)
    if entry is None or entry.status == Status.CANCELLED.value:
        return
    await touch(unit, check.tenant_id, [entry.id])
    if draft is not None:
        await _act(unit, entry, draft, paid=check.paid or draft.paid_at is not None)


async def _act(unit: Unit, entry: Commission, draft: Draft, *, paid: bool) -> None:
    match decide(Status(entry.status), entry.attention, draft.status, paid):
        case Verdict.CONFIRM:
            comment = "Страховая подтвердила полис и оплату."
            await ledger.move(unit, entry, Status.CONFIRMED, comment=comment)
        case Verdict.CANCEL:
            reason = f" Причина: {draft.failure}." if draft.failure else ""
            comment = f"Полис отменён у страховой.{reason}"
            await ledger.move(unit, entry, Status.CANCELLED, comment=comment)
        case Verdict.LOOK:
            entry.attention = Attention.CANCELLED_AT_INSURER.value
        case Verdict.NOTHING:
            return
