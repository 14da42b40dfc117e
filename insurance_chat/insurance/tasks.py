"""Handlers of the insurance jobs: thin, each calls one service."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import FileStore
from insurance_chat.core.jobs import handles, periodic
from insurance_chat.core.mail import MailSettings
from insurance_chat.insurance import letters, products
from insurance_chat.insurance.jobs import (
    AdvanceSale,
    CancelSale,
    RequestQuotes,
    SendPolicyMail,
    SendReminder,
)
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.repository import JobRepository
from insurance_chat.insurance.saga import Saga


class InsuranceServices(Protocol):
    """What the handlers need."""

    db: Database
    files: FileStore
    mail: MailSettings
    saga: Saga
    quote_desk: QuoteDesk


@handles(RequestQuotes)
async def request_quotes(job: RequestQuotes, services: InsuranceServices) -> None:
    """Get offers for a client."""
    await services.quote_desk.run(job.quote_id)


@handles(AdvanceSale)
async def advance_sale(job: AdvanceSale, services: InsuranceServices) -> None:
    """Bring a sale on."""
    await services.saga.advance(job.sale_id)


@handles(CancelSale)
async def cancel_sale(job: CancelSale, services: InsuranceServices) -> None:
    """Cancel an unpaid draft."""
    await services.saga.cancel(job.sale_id)


@handles(SendPolicyMail, attempts=8, wait_seconds=3)
async def send_policy_mail(job: SendPolicyMail, services: InsuranceServices) -> None:
    """Send a letter with a policy."""
    await letters.send_mail_job(services, job.mail_id)


@handles(SendReminder)
async def send_reminder(job: SendReminder, services: InsuranceServices) -> None:
    """Remind of renewal."""
    await letters.remind(services, job.reminder_id)


@periodic("insurance.sweep", "* * * * * */10")
async def sweep(services: InsuranceServices) -> None:
    """Look again at sales, quotes and reminders that are due or were left behind."""
    async with services.db.unit() as unit:
        repository = JobRepository(unit)
        for sale_id in await repository.fetch_due_sales_across_tenants(200):
            await unit.defer(AdvanceSale(sale_id=sale_id))
        stuck = utcnow() - timedelta(minutes=2)
        for quote_id in await repository.fetch_stuck_quotes_across_tenants(stuck):
            await unit.defer(RequestQuotes(quote_id=quote_id))
        for reminder_id in await repository.fetch_due_reminders_across_tenants(200):
            await unit.defer(SendReminder(reminder_id=reminder_id))


@periodic("insurance.tidy", "17 3 * * *")
async def tidy(services: InsuranceServices) -> None:
    """Erase what was kept apart for a purpose that is over, such as old health answers."""
    async with services.db.unit() as unit:
        await products.tidy(unit)
