"""What a step of the saga changes in the database; the sale's row is locked by the caller."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance import reminders, saga_news
from insurance_chat.insurance.models import Policy, Sale
from insurance_chat.insurance.providers.ports import Draft, SaleStatus
from insurance_chat.insurance.repository import JobRepository, PolicyRepository, SaleRepository

ORDER = ("quoted", "draft", "awaiting_payment", "paid", "issuing", "issued")


async def take_draft(unit: Unit, sale: Sale, draft: Draft) -> None:
    """Bring the sale to where the provider says it is; it only moves forward."""
    sale.provider_draft_id = draft.draft_id
    sale.payment_url = draft.payment_url or sale.payment_url
    sale.payment_expires_at = draft.payment_expires_at or sale.payment_expires_at
    sale.policy_number = draft.policy_number or sale.policy_number
    sale.start_date = draft.start_date or sale.start_date
    sale.end_date = draft.end_date or sale.end_date
    _take_price(sale, draft)
    _take_parts(unit, sale, draft)
    if draft.status in (SaleStatus.FAILED, SaleStatus.CANCELLED):
        await fail(unit, sale, draft.failure or draft.status.value)
        return
    state = draft.status.value
    if ORDER.index(state) > ORDER.index(sale.state):
        sale.state = state
        sale.checks = 0
        sale.next_check_at = utcnow() + timedelta(seconds=20)
    if ORDER.index(sale.state) >= ORDER.index("paid") and sale.paid_at is None:
        sale.paid_at = draft.paid_at or utcnow()
    await unit.session.flush()
    await saga_news.moved(unit, sale)


def _take_price(sale: Sale, draft: Draft) -> None:
    # A binding price that differs from the agreed one needs the client's word again.
    if sale.price != draft.price and sale.state in ("quoted", "draft"):
        sale.price = draft.price
        if sale.confirmed_price != draft.price:
            sale.confirmed_price = None


def _take_parts(unit: Unit, sale: Sale, draft: Draft) -> None:
    # What each risk costs by the binding price replaces what the offer said.
    if draft.parts:
        payload = unit.cipher.open_json(sale.payload)
        payload["parts"] = [p.model_dump(mode="json", exclude={"steps"}) for p in draft.parts]
        sale.payload = unit.cipher.seal_json(payload)


async def fail(unit: Unit, sale: Sale, reason: str) -> None:
    """The sale has ended without a policy."""
    paid = sale.paid_at is not None
    await settle(unit, sale, "failed", reason)
    if paid:
        await saga_news.paid_not_issued(unit, sale)


async def settle(unit: Unit, sale: Sale, state: str, reason: str) -> None:
    """End a sale and tell the dialogue and the subscribers."""
    fresh = await JobRepository(unit).fetch_sale_across_tenants(sale.id, lock=True)
    if fresh is None or fresh.settled:
        return
    fresh.state, fresh.failure, fresh.settled = state, reason[:200], True
    await unit.session.flush()
    await saga_news.ended(unit, fresh)


async def keep_policy(unit: Unit, sale: Sale, file_key: str, size: int) -> Policy | None:
    """The policy is here: one row for the sale, whoever comes second changes nothing."""
    payload: dict[str, Any] = unit.cipher.open_json(sale.payload)
    start = sale.start_date or date.fromisoformat(payload["start_date"])
    end = sale.end_date or _year_after(start)
    people = SaleRepository(unit, sale.tenant_id)
    leading = await people.leading_operator(sale.conversation_id)
    brought_by = await people.operator_of_contact(sale.contact_id)
    policy = await PolicyRepository(unit, sale.tenant_id).add_policy(
        {
            "sale_id": sale.id,
            "conversation_id": sale.conversation_id,
            "contact_id": sale.contact_id,
            "operator_id": leading or sale.operator_id or brought_by,
            "is_agent_client": brought_by is not None,
            "product": sale.product,
            "company_code": sale.company_code,
            "number": sale.policy_number,
            "price": sale.price or sale.offer_price,
            "start_date": start,
            "expire_at": end,
            "file_key": file_key,
            "subject": unit.cipher.seal_json(
                {"title": payload["title"], "file_size": size, "email": payload.get("email")}
            ),
        }
    )
    sale.settled = True
    await unit.session.flush()
    if policy is not None:
        await reminders.plan_for_agent(unit, sale.tenant_id, policy)
        await saga_news.issued(unit, sale, policy)
    return policy


def _year_after(start: date) -> date:
    next_year = start.replace(year=start.year + 1, day=min(start.day, 28))
    return next_year + timedelta(days=start.day - min(start.day, 28) - 1)
