"""What agents owe the service for policies."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from insurance_chat.api.deps import Caller, Opened
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Model, read_id
from insurance_chat.core.errors import ServiceError
from insurance_chat.operators.commissions import overview
from insurance_chat.operators.commissions.overview import CommissionView

router = APIRouter(tags=["commissions"])
CommissionStatus = Literal["review", "accrued", "confirmed", "paid", "cancelled"]
MOST = 200


class Commission(Model):
    """A debt of an agent to the service, for one policy or for a sign of a sale outside it."""

    id: str
    agent_id: str
    policy_id: str | None
    policy_number: str | None
    session_id: str | None
    product_type: str | None
    company_code: str | None
    premium: float | None
    amount: float
    currency: Literal["RUB"]
    status: CommissionStatus
    attention: Literal["no_rule", "cancelled_at_insurer"] | None
    sign: Literal["payment_made", "policy_issued", "policy_number"] | None
    issued_on: date | None
    booked_on: date


class CommissionList(Model):
    """Latest first; `total` counts all that fit the filter."""

    items: list[Commission]
    total: int


def _shown(view: CommissionView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "agentId": str(view.agent_id),
        "policyId": str(view.policy_id) if view.policy_id is not None else None,
        "policyNumber": view.policy_number,
        "sessionId": str(view.session_id) if view.session_id is not None else None,
        "productType": view.product,
        "companyCode": view.company_code,
        "premium": float(view.premium) if view.premium is not None else None,
        "amount": float(view.amount),
        "currency": "RUB",
        "status": view.status.value,
        "attention": view.attention.value if view.attention is not None else None,
        "sign": view.sign.value if view.sign is not None else None,
        "issuedOn": view.issued_on,
        "bookedOn": view.booked_on,
    }


@router.get(
    "/v1/commissions",
    summary="List commissions",
    response_model=CommissionList,
    responses=refusals(401, 403, 422),
)
async def list_commissions(
    unit: Opened,
    caller: Caller,
    agent: Annotated[str | None, Query(alias="agentId")] = None,
    status: Annotated[CommissionStatus | None, Query()] = None,
    month: Annotated[
        str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="Месяц, `2026-11`.")
    ] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> dict[str, Any]:
    """Own ones for an agent, all of the company for an administrator."""
    which = overview.wanted(caller, month=month or "", status=status or "")
    if agent:
        try:
            named = read_id(agent, "id_invalid", "")
        except ServiceError:
            return {"items": [], "total": 0}
        which = overview.wanted(caller, agent=named, month=month or "", status=status or "")
    page = await overview.list_entries(unit, caller, which, offset=offset, limit=limit)
    return {"items": [_shown(view) for view in page.rows], "total": page.total}
