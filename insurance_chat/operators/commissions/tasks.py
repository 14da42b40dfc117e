"""Handlers of commissions: a policy was issued, and the duties that lose nothing."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import handles, periodic
from insurance_chat.insurance.jobs import PolicyIssued
from insurance_chat.insurance.providers.ports import Providers
from insurance_chat.operators.commissions import accrual
from insurance_chat.operators.commissions import reconcile as reconciling
from insurance_chat.operators.commissions.signs import watch


class CommissionServices(Protocol):
    """What the handlers need."""

    db: Database

    @property
    def providers(self) -> Providers:
        """Who knows what became of a policy, by product."""
        ...


@handles(PolicyIssued)
async def policy_issued(job: PolicyIssued, services: CommissionServices) -> None:
    """Book what the agent owes."""
    async with services.db.unit() as unit:
        await accrual.accrue(unit, job.policy_id)


@periodic("commissions.sweep", "* * * * *")
async def sweep(services: CommissionServices) -> None:
    """Book policies that were left behind, and read chats with agents for sales outside."""
    await accrual.sweep(services.db)
    await watch.sweep(services.db)


@periodic("commissions.reconcile", "*/10 * * * *")
async def reconcile(services: CommissionServices) -> None:
    """Compare entries with what the insurers say."""
    await reconciling.reconcile(services.db, services.providers)
