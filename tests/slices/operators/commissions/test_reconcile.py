"""Entries follow what the insurer says about their policies; the insurer is the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.masking import Exchange
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.ports import Draft, SaleStatus
from insurance_chat.operators.commissions import ledger, reconcile
from insurance_chat.operators.commissions.overview import CommissionView
from insurance_chat.operators.commissions.reconcile import Verdict, decide
from insurance_chat.operators.commissions.types import Attention, Status
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.insurers.cases import osago_request
from tests.slices.operators.commissions.conftest import Company, make_company
from tests.slices.operators.commissions.test_accrual import add_rule, percent
from tests.support.sandbox_server import served

FAST = Resilience(attempts=2, first_wait=0.01, longest_wait=0.02, poll_every=0.01, poll_for=1)


@dataclass
class Insurer:
    """The sandbox as the product and as a test see it."""

    provider: PolisOnline
    control: httpx.AsyncClient

    async def issued(self) -> Draft:
        """A policy that was bought and paid at the insurer."""
        key = uuid4().hex
        request = osago_request(start_date=moscow_today() + timedelta(days=5))
        quote = await self.provider.request_quotes(request, key)
        offers = (await self.provider.quotes(quote)).offers
        offer = next(one for one in offers if one.company_code == "reso")
        draft = await self.provider.create_draft(offer.offer_id, f"{key}:d")
        waits = await self.provider.request_payment(
            draft.draft_id, "http://127.0.0.1/b", f"{key}:p"
        )
        assert waits.payment_url is not None
        await self.control.post(waits.payment_url, data={"action": "pay"})
        return await self.provider.issue(draft.draft_id, f"{key}:i")

    async def end(self, draft: Draft) -> None:
        answer = await self.control.post(f"/control/policies/{draft.policy_number}/cancel")
        assert answer.status_code == 200


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
async def insurer(sandbox_url: str) -> AsyncIterator[Insurer]:
    async def record(_: Exchange) -> None:
        return

    async with (
        httpx.AsyncClient(trust_env=False) as http,
        httpx.AsyncClient(base_url=sandbox_url, trust_env=False) as control,
    ):
        await control.post("/control/reset")
        settings = PolisOnlineSettings(timeout_seconds=10).for_sandbox(sandbox_url)
        yield Insurer(PolisOnline(settings, http, record, resilience=FAST), control)


@pytest.fixture
async def company(db: Database) -> Company:
    """The only company whose entries are due."""
    company = await make_company(db)
    await company.change("update commissions set checked_at = now()")
    return company


async def _entry(company: Company, draft_id: str, *, rule: bool = True) -> CommissionView:
    if rule:
        await add_rule(company, percent("10"))
    return await company.sold(await company.staff(), draft_id=draft_id)


async def _ask_again(company: Company) -> None:
    await company.change(
        "update commissions set checked_at = null where tenant_id = %s", company.tenant_id
    )


async def test_an_issued_and_paid_policy_confirms_its_entry(
    company: Company, insurer: Insurer
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id)
    assert await reconcile.reconcile(company.db, {"osago": insurer.provider}) == 1
    assert (await company.entry(entry.id)).status is Status.CONFIRMED
    assert await reconcile.reconcile(company.db, {"osago": insurer.provider}) == 0


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_policy_that_the_insurer_has_ended_owes_nothing(
    company: Company, insurer: Insurer, confirmed: bool
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id)
    if confirmed:
        await reconcile.reconcile(company.db, {"osago": insurer.provider})
        await _ask_again(company)
    await insurer.end(draft)
    await reconcile.reconcile(company.db, {"osago": insurer.provider})
    now = await company.entry(entry.id)
    assert (now.status, now.amount) == (Status.CANCELLED, Decimal(0))


async def test_a_paid_entry_is_shown_to_the_administrator_and_not_touched(
    company: Company, insurer: Insurer
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id)
    await reconcile.reconcile(company.db, {"osago": insurer.provider})
    async with company.db.unit() as unit:
        await ledger.pay(unit, company.admin, [entry.id])
    await insurer.end(draft)
    await _ask_again(company)
    await reconcile.reconcile(company.db, {"osago": insurer.provider})
    now = await company.entry(entry.id)
    assert (now.status, now.amount) == (Status.PAID, entry.amount)
    assert now.attention is Attention.CANCELLED_AT_INSURER


async def test_an_entry_without_a_rule_is_not_confirmed_by_itself(
    company: Company, insurer: Insurer
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id, rule=False)
    await reconcile.reconcile(company.db, {"osago": insurer.provider})
    now = await company.entry(entry.id)
    assert (now.status, now.attention) == (Status.ACCRUED, Attention.NO_RULE)


async def test_an_insurer_that_is_silent_changes_nothing_and_is_asked_again(
    company: Company, insurer: Insurer
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id)
    await insurer.control.post("/control/faults", json={"kind": "status", "times": None})
    assert await reconcile.reconcile(company.db, {"osago": insurer.provider}) == 0
    assert (await company.entry(entry.id)).status is Status.ACCRUED
    await insurer.control.delete("/control/faults")
    assert await reconcile.reconcile(company.db, {"osago": insurer.provider}) == 1
    assert (await company.entry(entry.id)).status is Status.CONFIRMED


async def test_a_policy_that_the_insurer_does_not_know_stays_and_does_not_stop_the_others(
    company: Company, insurer: Insurer
) -> None:
    lost = await _entry(company, str(uuid4()))
    draft = await insurer.issued()
    known = await company.sold(await company.staff(), draft_id=draft.draft_id)
    assert await reconcile.reconcile(company.db, {"osago": insurer.provider}) == 1
    assert (await company.entry(lost.id)).status is Status.ACCRUED
    assert (await company.entry(known.id)).status is Status.CONFIRMED


@pytest.mark.parametrize("status", list(SaleStatus))
def test_only_an_issued_policy_with_money_confirms(status: SaleStatus) -> None:
    confirms = decide(Status.ACCRUED, None, status, True) is Verdict.CONFIRM
    assert confirms == (status is SaleStatus.ISSUED)
    assert decide(Status.ACCRUED, None, status, False) is not Verdict.CONFIRM


async def test_the_history_says_that_the_insurer_was_the_reason(
    company: Company, insurer: Insurer
) -> None:
    draft = await insurer.issued()
    entry = await _entry(company, draft.draft_id)
    await insurer.end(draft)
    await reconcile.reconcile(company.db, {"osago": insurer.provider})
    reason = await _last_comment(company, entry.id)
    assert "Договор прекращён страховой" in reason


async def _last_comment(company: Company, entry: UUID) -> str:
    async with company.db.pool.connection() as connection:
        cursor = await connection.execute(
            "select comment from commission_changes join commissions on commissions.id ="
            " commission_id where public_id = %s order by commission_changes.id desc limit 1",
            (entry,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return company.db.cipher.open(row[0])
