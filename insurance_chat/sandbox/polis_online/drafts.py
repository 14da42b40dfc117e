"""Drafts: the chosen offer fixed at its insurer, until it is paid, issued or cancelled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, base_path, base_url, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.idempotency import key_of, once
from insurance_chat.sandbox.polis_online.insurers import BY_SLUG
from insurance_chat.sandbox.polis_online.lines import LINES, Product, line_of, product_of
from insurance_chat.sandbox.polis_online.wire import (
    WireError,
    answer,
    json_body,
    parse_ru_date,
    ru_date,
)
from insurance_chat.sandbox.store import Doc

router = APIRouter()

OPERATION_TAKES_SECONDS = 3.0
OFFER_LIVES = timedelta(hours=24)


def own_draft(sandbox: Sandbox, partner: Doc, product: str, draft_id: str) -> Doc:
    """The draft of this partner for this product.

    Raises:
        WireError: 404.
    """
    draft = sandbox.store.get("draft", draft_id)
    if draft is None or draft["partnerId"] != partner["id"] or product_of(draft) != product:
        raise WireError(404, "not_found", "Черновик не найден")
    return draft


def shown(sandbox: Sandbox, draft: Doc, root: str) -> Doc:
    """A draft as the partner sees it now."""
    issuing = draft["state"] == "issued" and draft["issuedAt"] > sandbox.now().timestamp()
    payment = draft["payment"] or {}
    waits = draft["state"] == "awaiting_payment"
    return {
        "draftId": draft["id"],
        "status": "issuing" if issuing else draft["state"],
        "companyCode": draft["companyCode"],
        "price": draft["price"],
        "priceChanged": draft["price"] != draft["offerPrice"],
        "reinsurancePool": draft["reinsurancePool"],
        "paymentUrl": f"{root}/polis/pay/{payment['id']}" if waits else None,
        "paymentExpiresAt": _iso(payment["expiresAt"]) if waits else None,
        "policyNumber": None if issuing else draft["number"],
        "startDate": draft["startDate"],
        "endDate": draft["endDate"],
        "paidAt": _iso(draft["paidAt"]) if draft["paidAt"] else None,
        "failure": draft["failure"],
        **({"parts": draft["parts"]} if "parts" in draft else {}),
    }


@router.post("/{product}/drafts")
async def create_draft(request: Request, partner: Partner, product: Product) -> Response:
    """201 with the draft, or 202 with an operation to poll. The price may differ from the offer."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    root = base_url(request)
    key = key_of(request)

    def work() -> tuple[int, Any]:
        offer = _usable_offer(sandbox, partner, product, str(body.get("offerId") or ""))
        draft = _new_draft(sandbox, partner, offer, key)
        sandbox.store.put("draft", draft["id"], draft)
        if not BY_SLUG[draft["companyCode"]].polls:
            return 201, shown(sandbox, draft, root)
        wait = sandbox.wait_seconds(OPERATION_TAKES_SECONDS)
        operation = {
            "id": str(uuid4()),
            "draftId": draft["id"],
            "readyAt": sandbox.now().timestamp() + wait,
        }
        sandbox.store.put("operation", operation["id"], operation)
        href = f"{base_path(request)}/polis/api/v1/{product}/operations/{operation['id']}"
        return 202, {"operationId": operation["id"], "href": href}

    status, value = once(request, partner["id"], "create_draft", body, work)
    return answer(value, status)


@router.get("/{product}/operations/{operation_id}")
async def operation(
    request: Request, partner: Partner, product: Product, operation_id: str
) -> Response:
    """`status` is processing or done; then `draft` is there."""
    sandbox = sandbox_of(request)
    found = sandbox.store.get("operation", operation_id)
    if found is None:
        raise WireError(404, "not_found", "Операция не найдена")
    draft = own_draft(sandbox, partner, product, found["draftId"])
    if sandbox.now().timestamp() < found["readyAt"]:
        return answer({"status": "processing", "draft": None})
    return answer({"status": "done", "draft": shown(sandbox, draft, base_url(request))})


@router.get("/{product}/drafts")
async def find_draft(
    request: Request,
    partner: Partner,
    product: Product,
    idempotencyKey: str,  # noqa: N803
) -> Response:
    """The draft made under a key: `{"draft": {…} | null}`."""
    sandbox = sandbox_of(request)
    made = sandbox.store.where("draft", "key", idempotencyKey)
    own = [
        draft
        for draft in made
        if draft["partnerId"] == partner["id"] and product_of(draft) == product
    ]
    found = shown(sandbox, own[0], base_url(request)) if own else None
    return answer({"draft": found})


@router.get("/{product}/drafts/{draft_id}")
async def draft(request: Request, partner: Partner, product: Product, draft_id: str) -> Response:
    """Where a draft stands."""
    sandbox = sandbox_of(request)
    found = own_draft(sandbox, partner, product, draft_id)
    return answer(shown(sandbox, found, base_url(request)))


@router.post("/{product}/drafts/{draft_id}/cancel")
async def cancel(request: Request, partner: Partner, product: Product, draft_id: str) -> Response:
    """Cancel a draft that was not paid; cancelling twice is harmless."""
    sandbox = sandbox_of(request)
    root = base_url(request)

    def work() -> tuple[int, Any]:
        found = own_draft(sandbox, partner, product, draft_id)
        if found["state"] in ("paid", "issued"):
            raise WireError(409, "already_paid", "Полис уже оплачен, отменить нельзя")
        cancelled = sandbox.store.put("draft", draft_id, found | {"state": "cancelled"})
        return 200, shown(sandbox, cancelled, root)

    status, value = once(request, partner["id"], "cancel", {}, work)
    return answer(value, status)


def _usable_offer(sandbox: Sandbox, partner: Doc, product: str, offer_id: str) -> Doc:
    offer = sandbox.store.get("offer", offer_id)
    quote = sandbox.store.get("quote", offer["quoteId"]) if offer else None
    foreign = quote is None or quote["partnerId"] != partner["id"]
    if offer is None or quote is None or foreign or product_of(quote) != product:
        raise WireError(404, "not_found", "Предложение не найдено")
    if quote["request"].get("preliminary"):
        people = LINES[product].people_missing
        raise WireError(422, "validation", "Предварительный расчёт нельзя оформить", [people])
    if offer["status"] != "ready":
        raise WireError(409, "offer_not_ready", "По этому предложению нельзя оформить полис")
    now = sandbox.now().timestamp()
    start = parse_ru_date(quote["request"]["policyParameters"]["startDate"])
    if now - quote["createdAt"] > OFFER_LIVES.total_seconds() or not start:
        raise WireError(409, "offer_expired", "Срок предложения истёк, сделайте новый расчёт")
    if start <= sandbox.today():
        field = {
            "name": "policyParameters.startDate",
            "message": "Дата начала: не раньше завтрашнего дня",
        }
        raise WireError(422, "validation", "Проверьте данные", [field])
    return offer | {"request": quote["request"], "product": product}


def _new_draft(sandbox: Sandbox, partner: Doc, offer: Doc, key: str) -> Doc:
    insurer = BY_SLUG[offer["companyCode"]]
    priced = _repriced(sandbox, offer)
    start = parse_ru_date(offer["request"]["policyParameters"]["startDate"])
    if start is None:
        raise WireError(409, "offer_expired", "Срок предложения истёк, сделайте новый расчёт")
    return {
        "id": str(uuid4()),
        "partnerId": partner["id"],
        "partnerLogin": partner["login"],
        "key": key,
        "offerId": offer["offerId"],
        "companyCode": insurer.slug,
        "companyName": insurer.name,
        "companyLicense": offer["companyLicense"],
        "offerPrice": offer["price"],
        **priced,
        "product": offer["product"],
        "reinsurancePool": line_of(offer).in_pool(offer, insurer),
        "request": offer["request"],
        "startDate": ru_date(start),
        "endDate": ru_date(_year_later(start)),
        "createdAt": sandbox.now().timestamp(),
        "state": "draft",
        "payment": None,
        "paidAt": None,
        "number": None,
        "issuedAt": None,
        "failure": None,
    }


def _repriced(sandbox: Sandbox, offer: Doc) -> Doc:
    """The price of a draft and what it consists of; it may differ from the offer's."""
    percents = BY_SLUG[offer["companyCode"]].draft_change_percent
    behaviour = sandbox.behaviour
    if behaviour.price_change_company in (None, offer["companyCode"]):
        percents += behaviour.price_change_percent
    return line_of(offer).repriced(offer, 1 + percents / 100)


def _year_later(start: date) -> date:
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return start.replace(year=start.year + 1, month=2, day=28)


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()
