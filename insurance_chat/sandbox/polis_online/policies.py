"""Issue of a paid draft, the document, and pages about an issued policy."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, base_url, sandbox_of
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.drafts import own_draft, shown
from insurance_chat.sandbox.polis_online.idempotency import once
from insurance_chat.sandbox.polis_online.insurers import BY_SLUG
from insurance_chat.sandbox.polis_online.lines import LINES, Product, line_of, product_of
from insurance_chat.sandbox.polis_online.registry import digest
from insurance_chat.sandbox.polis_online.webhooks import POLICY_ISSUED, enqueue
from insurance_chat.sandbox.polis_online.wire import WireError, answer
from insurance_chat.sandbox.store import Doc

router = APIRouter()
browser = APIRouter()

ISSUE_TAKES_SECONDS = 4.0


@router.post("/{product}/drafts/{draft_id}/issue")
async def issue(request: Request, partner: Partner, product: Product, draft_id: str) -> Response:
    """One policy for a paid draft, however often it is asked for; may answer `issuing`."""
    sandbox = sandbox_of(request)
    root = base_url(request)

    def work() -> tuple[int, Any]:
        draft = own_draft(sandbox, partner, product, draft_id)
        if draft["state"] not in ("paid", "issued"):
            raise WireError(409, "not_paid", "Полис ещё не оплачен")
        if draft["state"] == "paid":
            draft = _issued(sandbox, draft)
        return 200, shown(sandbox, draft, root)

    status, value = once(request, partner["id"], "issue", {}, work)
    return answer(value, status)


@router.get("/{product}/drafts/{draft_id}/policy.pdf")
async def policy_pdf(
    request: Request, partner: Partner, product: Product, draft_id: str
) -> Response:
    """The document of an issued policy."""
    sandbox = sandbox_of(request)
    draft = own_draft(sandbox, partner, product, draft_id)
    if shown(sandbox, draft, "")["policyNumber"] is None:
        raise WireError(409, "not_issued", "Полис ещё не оформлен")
    return await document(request, draft)


@router.get("/{product}/drafts/{draft_id}/kid.pdf")
async def key_information(
    request: Request, partner: Partner, product: Product, draft_id: str
) -> Response:
    """The key information document of a voluntary insurance, with the binding price; 404 for OSAGO."""
    draft = own_draft(sandbox_of(request), partner, product, draft_id)
    pdf = await asyncio.to_thread(LINES[product].render_key_information, draft)
    if pdf is None:
        raise WireError(404, "not_found", "Для этого вида страхования документа нет")
    headers = {"Content-Disposition": 'inline; filename="kid.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@browser.get("/polis/check/{number}")
async def check(request: Request, number: str) -> Response:
    """Where the QR code of the document leads."""
    policy = sandbox_of(request).store.get("policy", number)
    if policy is None:
        title, text = "Такого полиса в песочнице нет", "Проверьте номер."
        return page(request, "message.html", status=404, title=title, text=text)
    return page(request, "check.html", policy=policy)


@browser.get("/polis/rules/{company}")
async def rules(request: Request, company: str) -> Response:
    """Where the link to the insurance rules leads."""
    insurer = BY_SLUG.get(company)
    if insurer is None:
        title, text = "Такой компании в песочнице нет", "Проверьте ссылку."
        return page(request, "message.html", status=404, title=title, text=text)
    return page(
        request,
        "message.html",
        title=f"Правила страхования: {insurer.name}",
        text="Здесь у настоящей компании лежат правила страхования. В песочнице документа нет.",
    )


async def document(request: Request, draft: Doc) -> Response:
    """The PDF of a draft that has a number, as an HTTP response."""
    check_url = f"{base_url(request)}/polis/check/{draft['number']}"
    pdf = await asyncio.to_thread(line_of(draft).render, draft, check_url)
    headers = {"Content-Disposition": 'inline; filename="policy.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _issued(sandbox: Sandbox, draft: Doc) -> Doc:
    wait = ISSUE_TAKES_SECONDS if BY_SLUG[draft["companyCode"]].polls else 0
    moment = sandbox.now() + timedelta(seconds=sandbox.wait_seconds(wait))
    line = line_of(draft)
    number = _free_number(sandbox, line.series, draft["id"])
    policy = {
        "number": number,
        "product": product_of(draft),
        "draftId": draft["id"],
        "companyCode": draft["companyCode"],
        "companyName": draft["companyName"],
        **line.registered(draft),
        "subject": line.subject(draft),
        "startDate": draft["startDate"],
        "endDate": draft["endDate"],
        "price": draft["price"],
        "issuedAt": moment.isoformat(),
    }
    sandbox.store.put("policy", number, policy)
    enqueue(sandbox, draft, POLICY_ISSUED, moment)
    changed = {"state": "issued", "number": number, "issuedAt": moment.timestamp()}
    return sandbox.store.put("draft", draft["id"], draft | changed)


def _free_number(sandbox: Sandbox, series: str, draft_id: str) -> str:
    tail = digest(draft_id) % 10**8
    while sandbox.store.get("policy", f"{series}{tail:08d}"):
        tail = (tail + 1) % 10**8
    return f"{series}{tail:08d}"
