"""Data services: the car of a plate, bonus-malus (asynchronous), the previous policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from insurance_chat.sandbox.context import Sandbox, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.idempotency import once
from insurance_chat.sandbox.polis_online.registry import (
    find_previous_policy,
    find_vehicle,
    kbm_class,
    plain_plate,
)
from insurance_chat.sandbox.polis_online.tables import KBM_BY_CLASS
from insurance_chat.sandbox.polis_online.wire import WireError, answer, json_body
from insurance_chat.sandbox.store import Doc

router = APIRouter()

KBM_TAKES_SECONDS = 1.5
#: The previous-policy source does not answer about plates with this number.
SILENT_PLATE_NUMBER = "503"


@router.get("/vehicles")
async def vehicle(request: Request, partner: Partner, plate: str) -> Response:
    """`{"found": bool, "vehicle": {…} | null}`."""
    found = find_vehicle(plate)
    return answer({"found": found is not None, "vehicle": found})


@router.post("/kbm-requests")
async def create_kbm(request: Request, partner: Partner) -> Response:
    """202 with the id to poll. Needs the licence; name, birth date and date are optional."""
    body = await json_body(request)
    sandbox = sandbox_of(request)
    licence = str((body.get("driver") or {}).get("licence") or "")
    if not licence:
        field = {"name": "driver.licence", "message": "Водительское удостоверение: заполните поле"}
        raise WireError(422, "validation", "Проверьте данные", [field])

    def work() -> tuple[int, Doc]:
        silent = sandbox.behaviour.kbm_unavailable
        ready = sandbox.now() + timedelta(seconds=sandbox.wait_seconds(KBM_TAKES_SECONDS))
        doc: Doc = {
            "id": str(uuid4()),
            "class": None if silent else kbm_class(licence),
            "readyAt": ready.timestamp(),
        }
        sandbox.store.put("kbm", doc["id"], doc)
        return 202, {"requestId": doc["id"]}

    status, value = once(request, partner["id"], "create_kbm", body, work)
    return answer(value, status)


@router.get("/kbm-requests/{request_id}")
async def kbm(request: Request, partner: Partner, request_id: str) -> Response:
    """`status` is processing, ready or unavailable (the source did not answer)."""
    sandbox = sandbox_of(request)
    doc = sandbox.store.get("kbm", request_id)
    if doc is None:
        raise WireError(404, "not_found", "Запрос КБМ не найден")
    if sandbox.now().timestamp() < doc["readyAt"]:
        return answer({"status": "processing", "kbm": None})
    if doc["class"] is None:
        return answer({"status": "unavailable", "kbm": None})
    found = {"class": doc["class"], "value": str(KBM_BY_CLASS[doc["class"]])}
    return answer({"status": "ready", "kbm": found})


@router.get("/previous-policies")
async def previous_policies(request: Request, partner: Partner, plate: str) -> Response:
    """`{"sourceAnswered": bool, "policies": […]}`: silence is not an empty list."""
    sandbox = sandbox_of(request)
    silent = sandbox.behaviour.previous_policy_unavailable
    if silent or SILENT_PLATE_NUMBER in plain_plate(plate)[:4]:
        return answer({"sourceAnswered": False, "policies": []})
    found = previous_policy_of(sandbox, plate)
    return answer({"sourceAnswered": True, "policies": [found] if found else []})


def previous_policy_of(sandbox: Sandbox, plate: str) -> dict[str, Any] | None:
    """The last policy issued here for a plate, or the made-up one of the register."""
    issued = sandbox.store.where("policy", "plate", plain_plate(plate))
    if issued:
        last = issued[-1]
        return {
            "number": last["number"],
            "companyCode": last["companyCode"],
            "endDate": last["endDate"],
        }
    return find_previous_policy(plate, sandbox.today())
