"""Notices of insurers, and the page where a client lands after paying."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from insurance_chat.api.deps import services_of
from insurance_chat.insurance import saga
from insurance_chat.insurance.selling.desk import take_payment_return

router = APIRouter(include_in_schema=False)
LONGEST = 300
_PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><style>
body{{font:18px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center;
background:#f4f6f8;color:#1b2733}}main{{max-width:32rem;padding:2rem;text-align:center}}
@media (prefers-color-scheme:dark){{body{{background:#161c22;color:#e8edf2}}}}
</style></head><body><main><h1>{title}</h1><p>{text}</p></main></body></html>"""
_PAID = (
    "Спасибо, проверяем оплату",
    "Вернитесь в чат: как только страховая подтвердит оплату, полис придёт туда. "
    "Эту страницу можно закрыть.",
)
_REFUSED = (
    "Оплата не прошла",
    "Деньги не списаны. Вернитесь в чат: там можно оплатить ещё раз или выбрать другое предложение.",
)


@router.post("/hooks/polis_online")
async def polis_online_notice(request: Request) -> JSONResponse:
    """A signed notice: look at that draft now. An event that we do not use also gets 200."""
    services = services_of(request)
    notice = services.provider.read_notice(request.headers.items(), await request.body())
    if notice is None or "\x00" in notice.draft_id:
        return JSONResponse({"status": "ignored"})
    async with services.db.unit() as unit:
        await saga.advance_by_notice(unit, notice.draft_id)
    return JSONResponse({"status": "ok"})


@router.get("/pay/return")
async def payment_return(request: Request) -> HTMLResponse:
    """Tell the client to go back to the chat, and remember the payment's token."""
    query = request.query_params
    draft_id, token = query.get("draftId", ""), query.get("paymentToken", "")
    good = all(
        value and len(value) <= LONGEST and "\x00" not in value for value in (draft_id, token)
    )
    if good:
        async with services_of(request).db.unit() as unit:
            await take_payment_return(unit, draft_id, token)
    title, text = _REFUSED if query.get("paymentRefused") else _PAID
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
    return HTMLResponse(_PAGE.format(title=title, text=text), headers=headers)
