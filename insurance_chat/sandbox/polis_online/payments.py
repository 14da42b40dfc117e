"""Payment of a draft: the link, the page in the browser, the confirmation by the partner."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from insurance_chat.sandbox.context import Sandbox, base_url, sandbox_of
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.drafts import own_draft, shown
from insurance_chat.sandbox.polis_online.idempotency import once
from insurance_chat.sandbox.polis_online.lines import Product, line_of
from insurance_chat.sandbox.polis_online.webhooks import (
    PAYMENT_REFUSED,
    PAYMENT_SUCCEEDED,
    enqueue,
)
from insurance_chat.sandbox.polis_online.wire import WireError, answer, json_body
from insurance_chat.sandbox.store import Doc

router = APIRouter()
browser = APIRouter()

#: Tokens with this beginning are accepted as money without the payment page.
TEST_TOKEN = "test_"  # noqa: S105


@router.post("/{product}/drafts/{draft_id}/payment-link")
async def payment_link(
    request: Request, partner: Partner, product: Product, draft_id: str
) -> Response:
    """The draft with `paymentUrl`; a new key after the expiry gives a new link."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    root = base_url(request)
    return_url = str(body.get("returnUrl") or "")
    if not return_url.startswith(("http://", "https://")):
        field = {"name": "returnUrl", "message": "Адрес возврата: нужен адрес http или https"}
        raise WireError(422, "validation", "Проверьте данные", [field])

    def work() -> tuple[int, Any]:
        draft = own_draft(sandbox, partner, product, draft_id)
        if draft["state"] == "cancelled":
            raise WireError(409, "draft_cancelled", "Черновик отменён")
        if draft["state"] in ("draft", "awaiting_payment"):
            draft = _with_payment(sandbox, draft, return_url)
        return 200, shown(sandbox, draft, root)

    status, value = once(request, partner["id"], "payment_link", body, work)
    return answer(value, status)


@router.post("/{product}/drafts/{draft_id}/payments")
async def confirm_payment(
    request: Request, partner: Partner, product: Product, draft_id: str
) -> Response:
    """The partner says that the money came under `paymentToken`; repeating is harmless."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    root = base_url(request)
    token = str(body.get("paymentToken") or "")

    def work() -> tuple[int, Any]:
        draft = own_draft(sandbox, partner, product, draft_id)
        if draft["state"] == "cancelled":
            raise WireError(409, "draft_cancelled", "Черновик отменён")
        payment = draft["payment"] or {}
        if not token or not (token.startswith(TEST_TOKEN) or token == payment.get("token")):
            raise WireError(409, "payment_not_found", "Платёж с таким токеном не найден")
        if draft["state"] in ("draft", "awaiting_payment"):
            draft = _paid(sandbox, draft, token)
        return 200, shown(sandbox, draft, root)

    status, value = once(request, partner["id"], "confirm_payment", body, work)
    return answer(value, status)


@browser.get("/polis/pay/{payment_id}")
async def payment_page(request: Request, payment_id: str) -> Response:
    """What the client sees under the payment link."""
    sandbox = sandbox_of(request)
    draft = _draft_of_payment(sandbox, payment_id)
    if draft is None:
        return _message(request, "Ссылка на оплату не найдена", "Запросите новую в чате.", 404)
    line = line_of(draft)
    return page(
        request,
        "pay.html",
        draft=draft,
        title=line.title,
        subject=line.subject(draft),
        problem=_problem(sandbox, draft),
    )


@browser.post("/polis/pay/{payment_id}")
async def pay(request: Request, payment_id: str, action: Annotated[str, Form()]) -> Response:
    """«Оплатить» or «Отказаться»; then back to the return address. Paying twice is harmless."""
    sandbox = sandbox_of(request)
    with sandbox.store.batch():
        draft = _draft_of_payment(sandbox, payment_id)
        if draft is None:
            return _message(request, "Ссылка на оплату не найдена", "Запросите новую в чате.", 404)
        problem = _problem(sandbox, draft)
        if problem:
            return _message(request, problem, "Вернитесь в чат.", 409)
        if action == "refuse" and draft["state"] == "awaiting_payment":
            enqueue(sandbox, draft, PAYMENT_REFUSED)
            return _back(draft, {"paymentRefused": "1", "draftId": draft["id"]})
        if draft["state"] == "awaiting_payment":
            draft = _paid(sandbox, draft, f"pay_{token_urlsafe(18)}")
    return _back(draft, {"paymentToken": draft["payment"]["token"], "draftId": draft["id"]})


def _with_payment(sandbox: Sandbox, draft: Doc, return_url: str) -> Doc:
    now = sandbox.now().timestamp()
    payment = draft["payment"]
    if payment is None or payment["expiresAt"] <= now:
        ttl = sandbox.behaviour.payment_link_ttl_seconds
        payment = {"id": token_urlsafe(12), "token": None, "expiresAt": now + ttl}
        sandbox.store.put("payment", payment["id"], {"draftId": draft["id"]})
    changed = {"state": "awaiting_payment", "payment": payment | {"returnUrl": return_url}}
    return sandbox.store.put("draft", draft["id"], draft | changed)


def _paid(sandbox: Sandbox, draft: Doc, token: str) -> Doc:
    payment = (draft["payment"] or {"id": None, "returnUrl": None}) | {"token": token}
    changed = {"state": "paid", "payment": payment, "paidAt": sandbox.now().timestamp()}
    enqueue(sandbox, draft, PAYMENT_SUCCEEDED)
    return sandbox.store.put("draft", draft["id"], draft | changed)


def _draft_of_payment(sandbox: Sandbox, payment_id: str) -> Doc | None:
    payment = sandbox.store.get("payment", payment_id)
    return sandbox.store.get("draft", payment["draftId"]) if payment else None


def _problem(sandbox: Sandbox, draft: Doc) -> str | None:
    if draft["state"] == "cancelled":
        return "Черновик полиса отменён, платить не нужно"
    waits = draft["state"] == "awaiting_payment"
    if waits and draft["payment"]["expiresAt"] <= sandbox.now().timestamp():
        return "Срок ссылки истёк"
    return None


def _back(draft: Doc, extra: dict[str, str]) -> Response:
    parts = urlsplit(draft["payment"]["returnUrl"])
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *extra.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303)


def _message(request: Request, title: str, text: str, status: int) -> Response:
    return page(request, "message.html", status=status, title=title, text=text)
