"""The sale as a saga: quoted → draft → awaiting_payment → paid → issuing → issued | failed.

Every step writes its intent, calls the provider with no transaction open and the step's own key,
and writes the result. A process may die anywhere: the sale stands in the database with its state,
the sweep looks at it again, and the same key gives the first result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.insurance import documents, saga_news, saga_store
from insurance_chat.insurance.jobs import AdvanceSale
from insurance_chat.insurance.models import Sale
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.providers.ports import Draft, PolicyProvider, Providers, SaleStatus
from insurance_chat.insurance.repository import JobRepository
from insurance_chat.insurance.settings import InsuranceSettings

log = structlog.get_logger()
MAX_STEPS = 8
MAX_UNKNOWN = 12
Step = Callable[[Sale], Awaitable[bool]]


class Saga:
    """Drives sales of all products at their providers.

    Args:
        db: where sales are kept.
        providers: product → the port to the insurer or aggregator that sells it.
        files: keeps the policy PDF, sealed.
        settings: how long to wait.
        return_url: page where the provider sends the client after payment.
    """

    def __init__(
        self,
        db: Database,
        providers: Providers,
        files: FileStore,
        settings: InsuranceSettings,
        return_url: str,
    ) -> None:
        self._db = db
        self._providers = providers
        self._files = files
        self._settings = settings
        self._return_url = return_url
        self._steps: dict[str, Step] = {
            "quoted": self._make_draft,
            "draft": self._ask_payment,
            "awaiting_payment": self._look_for_payment,
            "paid": self._issue,
            "issuing": self._look_for_policy,
            "issued": self._deliver,
        }

    async def advance(self, sale_id: int) -> Sale | None:
        """Take a sale as far as it can go now, and plan the next look.

        A provider that does not answer is asked again later with the same key; after many times the
        sale fails, or, when money was taken, a human is called.
        """
        sale = await self._load(sale_id)
        for _ in range(MAX_STEPS):
            if sale is None or sale.settled:
                return sale
            step = self._steps.get(sale.state)
            if step is None:
                return sale
            try:
                moved = await step(sale)
            except ServiceError as error:
                await self._failed(sale, error)
                moved = False
            sale = await self._load(sale_id)
            if not moved:
                return sale
        return sale

    async def cancel(self, sale_id: int) -> None:
        """Cancel an unpaid sale; a paid one stays."""
        sale = await self._load(sale_id)
        if (
            sale is None
            or sale.settled
            or sale.state not in ("quoted", "draft", "awaiting_payment")
        ):
            return
        if sale.provider_draft_id is not None:
            draft = await self._cancelled(sale, sale.provider_draft_id)
            if draft.status is not SaleStatus.CANCELLED:
                await self._take(sale, draft)
                await self.advance(sale_id)
                return
        async with self._db.unit() as unit:
            await saga_store.settle(unit, sale, "cancelled", "client_chose_otherwise")

    async def _cancelled(self, sale: Sale, draft_id: str) -> Draft:
        try:
            return await self._at(sale).cancel(draft_id, f"{sale.key}:cancel")
        except ServiceError as error:
            if error.kind is not Kind.CONFLICT:
                raise
            return await self._at(sale).status(draft_id)  # the client was quicker and has paid

    def _at(self, sale: Sale) -> PolicyProvider:
        return self._providers[sale.product]

    async def _load(self, sale_id: int) -> Sale | None:
        async with self._db.unit() as unit:
            return await JobRepository(unit).fetch_sale_across_tenants(sale_id)

    async def _make_draft(self, sale: Sale) -> bool:
        key = f"{sale.key}:draft"
        await self._intend(sale, "draft", key)
        known = await self._at(sale).find(key) if sale.checks else None
        draft = known or await self._at(sale).create_draft(sale.offer_id, key)
        await self._keep_key_information(sale, draft)
        await self._take(sale, draft, key)
        return True

    async def _keep_key_information(self, sale: Sale, draft: Draft) -> None:
        """A voluntary insurance has a document that the client gets before they agree to the price."""
        ended = draft.status in (SaleStatus.FAILED, SaleStatus.CANCELLED)
        if ended or not get_product(sale.product).key_information:
            return
        async with self._db.unit() as unit:
            kept = await documents.key_information(unit, sale)
        if kept is not None and kept.price == draft.price:
            return
        pdf = await self._at(sale).key_information(draft.draft_id)
        file_key = await self._files.put(pdf, sealed=True)
        async with self._db.unit() as unit:
            await documents.keep_key_information(unit, sale, file_key, pdf, draft.price)

    async def _ask_payment(self, sale: Sale) -> bool:
        if sale.confirmed_price is None or sale.provider_draft_id is None:
            await self._rest(sale, timedelta(hours=1))
            return False
        key = f"{sale.key}:payment:{sale.confirmed_price}"
        await self._intend(sale, "payment", key)
        draft = await self._at(sale).request_payment(sale.provider_draft_id, self._return_url, key)
        await self._keep_key_information(sale, draft)
        await self._take(sale, draft, key)
        return draft.status is not SaleStatus.DRAFT

    async def _look_for_payment(self, sale: Sale) -> bool:
        assert sale.provider_draft_id is not None
        if sale.payment_token is not None:
            token = self._db.cipher.open(sale.payment_token)
            key = f"{sale.key}:confirm"
            draft = await self._at(sale).confirm_payment(sale.provider_draft_id, token, key)
        else:
            draft = await self._at(sale).status(sale.provider_draft_id)
        if draft.status is SaleStatus.AWAITING_PAYMENT:
            await self._rest(sale, _patience(sale))
            return False
        await self._take(sale, draft)
        return True

    async def _issue(self, sale: Sale) -> bool:
        assert sale.provider_draft_id is not None
        key = f"{sale.key}:issue"
        await self._intend(sale, "issue", key)
        draft = await self._at(sale).issue(sale.provider_draft_id, key)
        await self._take(sale, draft, key)
        return draft.status is not SaleStatus.PAID

    async def _look_for_policy(self, sale: Sale) -> bool:
        assert sale.provider_draft_id is not None
        draft = await self._at(sale).status(sale.provider_draft_id)
        if draft.status in (SaleStatus.ISSUING, SaleStatus.PAID):
            await self._alert_if_late(sale)
            await self._rest(sale, timedelta(seconds=2 if sale.checks < 30 else 30))
            return False
        await self._take(sale, draft)
        return True

    async def _deliver(self, sale: Sale) -> bool:
        assert sale.provider_draft_id is not None
        pdf = await self._at(sale).policy_pdf(sale.provider_draft_id)
        file_key = await self._files.put(pdf, sealed=True)
        async with self._db.unit() as unit:
            fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
            if fresh is None or fresh.settled:
                return False
            await saga_store.keep_policy(unit, fresh, file_key, len(pdf))
        return False

    async def _intend(self, sale: Sale, step: str, key: str) -> None:
        async with self._db.unit() as unit:
            await JobRepository(unit).begin_step(sale.id, step, key)

    async def _take(self, sale: Sale, draft: Draft, key: str | None = None) -> None:
        async with self._db.unit() as unit:
            fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
            if fresh is None or fresh.settled or fresh.state != sale.state:
                return
            if key is not None:
                await JobRepository(unit).finish_step(key, draft.status.value)
            await saga_store.take_draft(unit, fresh, draft)

    async def _rest(self, sale: Sale, wait: timedelta) -> None:
        async with self._db.unit() as unit:
            fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
            if fresh is None:
                return
            fresh.checks += 1
            fresh.next_check_at = utcnow() + wait
            if wait < timedelta(minutes=5):
                await unit.defer(AdvanceSale(sale_id=sale.id), at=fresh.next_check_at)

    async def _failed(self, sale: Sale, error: ServiceError) -> None:
        log.warning("sale_step_failed", sale=sale.id, state=sale.state, code=error.code)
        if error.code == "payment_not_found":
            await self._forget_token(sale)
            return
        if error.kind is Kind.UNAVAILABLE and (sale.checks < MAX_UNKNOWN or sale.paid_at):
            await self._alert_if_late(sale)
            await self._rest(sale, timedelta(seconds=min(60, 2 ** min(sale.checks, 6))))
            return
        async with self._db.unit() as unit:
            fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
            if fresh is not None and not fresh.settled:
                await saga_store.fail(unit, fresh, _reason(error))

    async def _forget_token(self, sale: Sale) -> None:
        async with self._db.unit() as unit:
            fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
            if fresh is not None:
                fresh.payment_token = None
                fresh.failure = "payment_not_found"

    async def _alert_if_late(self, sale: Sale) -> None:
        late = timedelta(minutes=self._settings.issue_alert_minutes)
        if sale.paid_at is None or utcnow() - sale.paid_at < late:
            return
        async with self._db.unit() as unit:
            await saga_news.paid_not_issued(unit, sale)


def _patience(sale: Sale) -> timedelta:
    return timedelta(seconds=min(60, 3 + sale.checks))


def _reason(error: ServiceError) -> str:
    fields: list[dict[str, Any]] = error.data.get("fields", [])
    words = "; ".join(str(field.get("message", "")) for field in fields)
    return (words or error.code)[:200]


async def advance_by_notice(unit: Unit, draft_id: str) -> None:
    """A verified webhook names a draft: look at it now."""
    sale = await JobRepository(unit).fetch_sale_by_draft_across_tenants(draft_id)
    if sale is not None and not sale.settled:
        await unit.defer(AdvanceSale(sale_id=sale.id))
