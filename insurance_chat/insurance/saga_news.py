"""Who hears of a step: the dialogue by a poke, subscribers by an event, people by an incident."""

from __future__ import annotations

from insurance_chat.conversations import incidents, sessions_lookup
from insurance_chat.conversations import log as conversation_log
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance.jobs import PolicyIssued
from insurance_chat.insurance.models import Policy, Sale
from insurance_chat.integrations import service as events


async def moved(unit: Unit, sale: Sale) -> None:
    """The sale stands somewhere new: the dialogue may have something to say."""
    if sale.state == "paid":
        await _issue_event(unit, sale, "policy.issue.requested")
    if sale.state in ("draft", "awaiting_payment", "paid"):
        await _poke(unit, sale)


async def ended(unit: Unit, sale: Sale) -> None:
    """The sale failed or was cancelled."""
    if sale.state == "failed":
        await _issue_event(unit, sale, "policy.issue.failed")
        await _poke(unit, sale)


async def issued(unit: Unit, sale: Sale, policy: Policy) -> None:
    """The policy is in our hands."""
    await _issue_event(unit, sale, "policy.issue.completed", policyId=str(policy.public_id))
    session = await sessions_lookup.public_id(unit, sale.tenant_id, sale.conversation_id)
    context = {
        "policyId": str(policy.public_id),
        "sessionId": session or "",
        "productType": sale.product,
        "companyCode": sale.company_code,
        "expireAt": policy.expire_at.isoformat(),
        "pdfUrl": f"/v1/policies/{policy.public_id}",
    }
    await events.record(unit, sale.tenant_id, "policy.issued", "system", context)
    if policy.operator_id is not None:
        await unit.defer(PolicyIssued(policy_id=policy.id))
    await _poke(unit, sale)


async def paid_not_issued(unit: Unit, sale: Sale) -> None:
    """Money was taken and there is no policy: a human has to look, once."""
    session = await sessions_lookup.public_id(unit, sale.tenant_id, sale.conversation_id)
    await incidents.create(
        unit,
        sale.tenant_id,
        sale.conversation_id,
        None,
        "paid_not_issued",
        {"draftId": str(sale.public_id), "companyCode": sale.company_code, "sessionId": session},
        "system",
        key=f"paid-not-issued:{sale.id}",
    )


async def _poke(unit: Unit, sale: Sale) -> None:
    if sale.conversation_id is not None:
        await conversation_log.poke(
            unit, sale.tenant_id, sale.conversation_id, f"sale_{sale.state}"
        )


async def _issue_event(unit: Unit, sale: Sale, event: str, **extra: str) -> None:
    session = await sessions_lookup.public_id(unit, sale.tenant_id, sale.conversation_id)
    context = {
        "draftId": str(sale.public_id),
        "productType": sale.product,
        "companyCode": sale.company_code,
    } | extra
    if session is not None:
        context["sessionId"] = session
    if sale.failure:
        context["reason"] = sale.failure
    await events.record(unit, sale.tenant_id, event, "system", context)
