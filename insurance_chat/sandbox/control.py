"""Control of the sandbox for tests and demonstrations: misbehave, look inside, reset."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError

from insurance_chat.sandbox.context import Sandbox, base_path, sandbox_of
from insurance_chat.sandbox.faults import Behaviour, Fault, FaultKind
from insurance_chat.sandbox.polis_online.auth import expire_access_tokens

router = APIRouter(prefix="/control")


def _behave(sandbox: Sandbox, **changes: Any) -> None:
    sandbox.behaviour = sandbox.behaviour.model_copy(update=changes)


def _well(sandbox: Sandbox) -> None:
    sandbox.faults.clear()
    sandbox.behaviour = sandbox.initial_behaviour.model_copy(deep=True)


def _cut_issue(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(operation="issue", kind=FaultKind.CUT_AFTER_WORK))


def _fail_quotes(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(operation="create_quote", kind=FaultKind.STATUS, times=3))


def _go_down(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind=FaultKind.STATUS, times=None))


def _slow_down(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind=FaultKind.DELAY, times=None, seconds=3))


#: Buttons of the index page: title and what it does.
PRESETS: dict[str, tuple[str, Callable[[Sandbox], None]]] = {
    "price": (
        "При оформлении цена вырастет на 10 %",
        lambda sandbox: _behave(sandbox, price_change_percent=Decimal(10)),
    ),
    "kbm": ("КБМ не отвечает", lambda sandbox: _behave(sandbox, kbm_unavailable=True)),
    "cut": ("Связь оборвётся после оформления (один раз)", _cut_issue),
    "quotes": ("Расчёт три раза ответит ошибкой 503", _fail_quotes),
    "down": ("Агрегатор не работает", _go_down),
    "slow": ("Каждый ответ на 3 секунды дольше", _slow_down),
    "twice": (
        "Уведомления приходят дважды",
        lambda sandbox: _behave(sandbox, duplicate_webhooks=1),
    ),
    "silent": (
        "Уведомления не приходят",
        lambda sandbox: _behave(sandbox, drop_webhooks=True),
    ),
    "well": ("Вернуть как было", _well),
}


@router.post("/switch")
async def switch(request: Request, preset: Annotated[str, Form()]) -> Response:
    """A button of the index page."""
    if preset in PRESETS:
        PRESETS[preset][1](sandbox_of(request))
    return RedirectResponse(f"{base_path(request)}/", 303)


@router.post("/reset")
async def reset(request: Request) -> Response:
    """Forget everything, including policies and mail."""
    sandbox_of(request).reset()
    return JSONResponse({"ok": True})


@router.get("/faults")
async def faults(request: Request) -> Response:
    """What is scripted and not used up yet."""
    listed = [fault.model_dump(mode="json") for fault in sandbox_of(request).faults.listed()]
    return JSONResponse({"faults": listed})


@router.post("/faults")
async def add_fault(request: Request, fault: Fault) -> Response:
    """Script one fault."""
    sandbox_of(request).faults.add(fault)
    return JSONResponse({"ok": True}, 201)


@router.delete("/faults")
async def clear_faults(request: Request) -> Response:
    """Drop the script; lasting switches stay."""
    sandbox_of(request).faults.clear()
    return JSONResponse({"ok": True})


@router.get("/behaviour")
async def behaviour(request: Request) -> Response:
    """Lasting switches."""
    return JSONResponse(sandbox_of(request).behaviour.model_dump(mode="json"))


@router.patch("/behaviour")
async def change_behaviour(request: Request) -> Response:
    """Change some lasting switches; 422 for an unknown or wrong one."""
    sandbox = sandbox_of(request)
    try:
        changes = await request.json()
        sandbox.behaviour = Behaviour.model_validate(sandbox.behaviour.model_dump() | changes)
    except ValidationError as error:
        return JSONResponse({"errors": error.errors(include_url=False, include_context=False)}, 422)
    return JSONResponse(sandbox.behaviour.model_dump(mode="json"))


@router.post("/tokens/expire")
async def expire_tokens(request: Request) -> Response:
    """Make all access tokens out of date; refresh tokens stay good."""
    return JSONResponse({"expired": expire_access_tokens(sandbox_of(request))})


@router.get("/requests")
async def requests(request: Request, operation: str | None = None) -> Response:
    """Calls received since the reset and how many of each."""
    log = sandbox_of(request).requests
    return JSONResponse({"counts": log.counts(), "requests": log.listed(operation)})


@router.get("/policies")
async def policies(request: Request) -> Response:
    """Every policy ever issued here, oldest first."""
    return JSONResponse({"policies": sandbox_of(request).store.all("policy")})


@router.get("/drafts")
async def drafts(request: Request) -> Response:
    """Every draft since the reset, oldest first, with the price that the insurer gave it."""
    return JSONResponse({"drafts": sandbox_of(request).store.all("draft")})


@router.post("/policies/{number}/cancel")
async def cancel_policy(request: Request, number: str) -> Response:
    """The insurer ends an issued policy: its draft becomes `cancelled`; 404 for an unknown number."""
    store = sandbox_of(request).store
    policy = store.get("policy", number)
    if policy is None:
        return JSONResponse({"ok": False}, 404)
    draft = store.get("draft", policy["draftId"]) or {}
    ended = {"state": "cancelled", "failure": "Договор прекращён страховой"}
    store.put("draft", policy["draftId"], draft | ended)
    return JSONResponse({"ok": True})


@router.get("/webhooks")
async def webhooks(request: Request) -> Response:
    """Events: delivered, dropped, failed and pending, with the number of attempts."""
    store = sandbox_of(request).store
    return JSONResponse({"webhooks": store.all("webhook") + store.all("outbox")})


def in_words(sandbox: Sandbox) -> list[str]:
    """What is switched on, in Russian, for the index page."""
    behaviour, notes = sandbox.behaviour, []
    if behaviour.price_change_percent:
        notes.append(f"цена при оформлении меняется на {behaviour.price_change_percent} %")
    if behaviour.decline_companies:
        notes.append(f"отказывают: {', '.join(behaviour.decline_companies)}")
    if behaviour.kbm_unavailable:
        notes.append("КБМ не отвечает")
    if behaviour.duplicate_webhooks:
        notes.append("уведомления приходят повторно")
    if behaviour.drop_webhooks:
        notes.append("уведомления не приходят")
    if sandbox.faults.listed():
        notes.append(f"задано сбоев: {len(sandbox.faults.listed())}")
    return notes
