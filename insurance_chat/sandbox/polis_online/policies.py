"""Issue of a paid draft, the document, and pages about an issued policy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import MOSCOW, Sandbox, base_url, sandbox_of
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.pdf import PolicyForm, render_policy
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.drafts import own_draft, shown
from insurance_chat.sandbox.polis_online.idempotency import once
from insurance_chat.sandbox.polis_online.insurers import BY_SLUG
from insurance_chat.sandbox.polis_online.quotes import driver_classes
from insurance_chat.sandbox.polis_online.registry import digest, plain_plate
from insurance_chat.sandbox.polis_online.tables import KBM_BY_CLASS
from insurance_chat.sandbox.polis_online.webhooks import POLICY_ISSUED, enqueue
from insurance_chat.sandbox.polis_online.wire import WireError, answer
from insurance_chat.sandbox.store import Doc

router = APIRouter()
browser = APIRouter()

ISSUE_TAKES_SECONDS = 4.0


@router.post("/osago/drafts/{draft_id}/issue")
async def issue(request: Request, partner: Partner, draft_id: str) -> Response:
    """One policy for a paid draft, however often it is asked for; may answer `issuing`."""
    sandbox = sandbox_of(request)
    root = base_url(request)

    def work() -> tuple[int, Any]:
        draft = own_draft(sandbox, partner, draft_id)
        if draft["state"] not in ("paid", "issued"):
            raise WireError(409, "not_paid", "Полис ещё не оплачен")
        if draft["state"] == "paid":
            draft = _issued(sandbox, draft)
        return 200, shown(sandbox, draft, root)

    status, value = once(request, partner["id"], "issue", {}, work)
    return answer(value, status)


@router.get("/osago/drafts/{draft_id}/policy.pdf")
async def policy_pdf(request: Request, partner: Partner, draft_id: str) -> Response:
    """The document of an issued policy."""
    sandbox = sandbox_of(request)
    draft = own_draft(sandbox, partner, draft_id)
    if shown(sandbox, draft, "")["policyNumber"] is None:
        raise WireError(409, "not_issued", "Полис ещё не оформлен")
    return await document(request, draft)


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
        text="Здесь у настоящей компании лежат правила ОСАГО. В песочнице документа нет.",
    )


async def document(request: Request, draft: Doc) -> Response:
    """The PDF of a draft that has a number, as an HTTP response."""
    check_url = f"{base_url(request)}/polis/check/{draft['number']}"
    pdf = await asyncio.to_thread(render_policy, _form(draft, check_url))
    headers = {"Content-Disposition": 'inline; filename="e-osago.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _issued(sandbox: Sandbox, draft: Doc) -> Doc:
    wait = ISSUE_TAKES_SECONDS if BY_SLUG[draft["companyCode"]].polls else 0
    moment = sandbox.now() + timedelta(seconds=sandbox.wait_seconds(wait))
    number = _free_number(sandbox, draft["id"])
    vehicle = draft["request"]["vehicle"]
    policy = {
        "number": number,
        "draftId": draft["id"],
        "companyCode": draft["companyCode"],
        "companyName": draft["companyName"],
        "plate": plain_plate(vehicle.get("licensePlate") or ""),
        "vin": vehicle.get("vin"),
        "startDate": draft["startDate"],
        "endDate": draft["endDate"],
        "price": draft["price"],
        "issuedAt": moment.isoformat(),
    }
    sandbox.store.put("policy", number, policy)
    enqueue(sandbox, draft, POLICY_ISSUED, moment)
    changed = {"state": "issued", "number": number, "issuedAt": moment.timestamp()}
    return sandbox.store.put("draft", draft["id"], draft | changed)


def _free_number(sandbox: Sandbox, draft_id: str) -> str:
    tail = digest(draft_id) % 10**8
    while sandbox.store.get("policy", f"ХХХ99{tail:08d}"):
        tail = (tail + 1) % 10**8
    return f"ХХХ99{tail:08d}"


def _form(draft: Doc, check_url: str) -> PolicyForm:
    asked = draft["request"]
    issued = datetime.fromtimestamp(draft["issuedAt"], UTC).astimezone(MOSCOW)
    drivers = [
        {
            "name": driver["fullName"],
            "licence": driver["licence"],
            "klass": klass,
            "kbm": str(KBM_BY_CLASS[klass]),
        }
        for driver, klass in zip(asked.get("drivers") or [], driver_classes(asked), strict=True)
    ]
    return PolicyForm(
        number=draft["number"],
        company=draft["companyName"],
        license=draft["companyLicense"],
        start=draft["startDate"],
        end=draft["endDate"],
        months=asked["policyParameters"]["periodMonths"],
        trailer=bool(asked["policyParameters"].get("trailer")),
        policyholder=asked["policyholder"]["fullName"],
        owner=asked["owner"]["fullName"],
        vehicle=asked["vehicle"],
        unlimited=bool(asked.get("unlimitedDrivers")),
        drivers=drivers,
        coefficients=draft["coefficients"],
        price=draft["price"],
        issued_at=issued.strftime("%d.%m.%Y %H:%M"),
        check_url=check_url,
    )
