"""Drafts: the chosen offer fixed at its insurer, until it is paid, issued or cancelled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, base_path, base_url, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.idempotency import key_of, once
from insurance_chat.sandbox.polis_online.insurers import BY_SLUG
from insurance_chat.sandbox.polis_online.tariff import KOPECK
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


def own_draft(sandbox: Sandbox, partner: Doc, draft_id: str) -> Doc:
    """The draft of this partner.

    Raises:
        WireError: 404.
    """
    draft = sandbox.store.get("draft", draft_id)
    if draft is None or draft["partnerId"] != partner["id"]:
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
    }


@router.post("/osago/drafts")
async def create_draft(request: Request, partner: Partner) -> Response:
    """201 with the draft, or 202 with an operation to poll. The price may differ from the offer."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    root = base_url(request)
    key = key_of(request)

    def work() -> tuple[int, Any]:
        offer = _usable_offer(sandbox, partner, str(body.get("offerId") or ""))
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
        href = f"{base_path(request)}/polis/api/v1/osago/operations/{operation['id']}"
        return 202, {"operationId": operation["id"], "href": href}

    status, value = once(request, partner["id"], "create_draft", body, work)
    return answer(value, status)


@router.get("/osago/operations/{operation_id}")
async def operation(request: Request, partner: Partner, operation_id: str) -> Response:
    """`status` is processing or done; then `draft` is there."""
    sandbox = sandbox_of(request)
    found = sandbox.store.get("operation", operation_id)
    if found is None:
        raise WireError(404, "not_found", "Операция не найдена")
    draft = own_draft(sandbox, partner, found["draftId"])
    if sandbox.now().timestamp() < found["readyAt"]:
        return answer({"status": "processing", "draft": None})
    return answer({"status": "done", "draft": shown(sandbox, draft, base_url(request))})


@router.get("/osago/drafts")
async def find_draft(request: Request, partner: Partner, idempotencyKey: str) -> Response:  # noqa: N803
    """The draft made under a key: `{"draft": {…} | null}`."""
    sandbox = sandbox_of(request)
    made = sandbox.store.where("draft", "key", idempotencyKey)
    own = [draft for draft in made if draft["partnerId"] == partner["id"]]
    found = shown(sandbox, own[0], base_url(request)) if own else None
    return answer({"draft": found})


@router.get("/osago/drafts/{draft_id}")
async def draft(request: Request, partner: Partner, draft_id: str) -> Response:
    """Where a draft stands."""
    sandbox = sandbox_of(request)
    found = own_draft(sandbox, partner, draft_id)
    return answer(shown(sandbox, found, base_url(request)))


@router.post("/osago/drafts/{draft_id}/cancel")
async def cancel(request: Request, partner: Partner, draft_id: str) -> Response:
    """Cancel a draft that was not paid; cancelling twice is harmless."""
    sandbox = sandbox_of(request)
    root = base_url(request)

    def work() -> tuple[int, Any]:
        found = own_draft(sandbox, partner, draft_id)
        if found["state"] in ("paid", "issued"):
            raise WireError(409, "already_paid", "Полис уже оплачен, отменить нельзя")
        cancelled = sandbox.store.put("draft", draft_id, found | {"state": "cancelled"})
        return 200, shown(sandbox, cancelled, root)

    status, value = once(request, partner["id"], "cancel", {}, work)
    return answer(value, status)


def _usable_offer(sandbox: Sandbox, partner: Doc, offer_id: str) -> Doc:
    offer = sandbox.store.get("offer", offer_id)
    quote = sandbox.store.get("quote", offer["quoteId"]) if offer else None
    if offer is None or quote is None or quote["partnerId"] != partner["id"]:
        raise WireError(404, "not_found", "Предложение не найдено")
    if quote["request"].get("preliminary"):
        people = {"name": "owner", "message": "Собственник и страхователь: нужны их данные"}
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
    return offer | {"request": quote["request"]}


def _new_draft(sandbox: Sandbox, partner: Doc, offer: Doc, key: str) -> Doc:
    insurer = BY_SLUG[offer["companyCode"]]
    price, coefficients = _repriced(sandbox, offer)
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
        "price": str(price),
        "coefficients": coefficients,
        "reinsurancePool": offer["reinsurancePool"] or insurer.pool_after_choice,
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


def _repriced(sandbox: Sandbox, offer: Doc) -> tuple[Decimal, list[dict[str, str]]]:
    """The price of a draft and its coefficients: a dearer policy means a dearer base rate."""
    percents = BY_SLUG[offer["companyCode"]].draft_change_percent
    behaviour = sandbox.behaviour
    if behaviour.price_change_company in (None, offer["companyCode"]):
        percents += behaviour.price_change_percent
    if not percents:
        return Decimal(offer["price"]), offer["coefficients"]
    factor = 1 + percents / 100
    coefficients = []
    for item in offer["coefficients"]:
        value = Decimal(item["value"])
        if item["code"] == "ТБ":
            value = (value * factor).quantize(KOPECK, ROUND_HALF_UP)
        coefficients.append({"code": item["code"], "value": str(value)})
    price = (Decimal(offer["price"]) * factor).quantize(KOPECK, ROUND_HALF_UP)
    return price, coefficients


def _year_later(start: date) -> date:
    try:
        return start.replace(year=start.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return start.replace(year=start.year + 1, month=2, day=28)


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()
