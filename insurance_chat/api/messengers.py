"""Doors of messengers: the address of each account, and the two that all accounts share."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from insurance_chat.api.deps import services_of
from insurance_chat.channels.ports import HookRequest

router = APIRouter(include_in_schema=False)


async def _request(request: Request, *, body: bool) -> HookRequest:
    return HookRequest(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await request.body() if body else b"",
    )


@router.post("/hooks/{kind}/{address}")
async def take_updates(kind: str, address: str, request: Request) -> Response:
    """A messenger tells what happened: stored at once, read by the keeper of the account.

    403 for a wrong signature, 404 for an address that is not ours, 422 for a body that this messenger
    does not send. Anything else is 200, also what means nothing to us: a refusal would be repeated.
    """
    given = await _request(request, body=True)
    await services_of(request).messengers.door.receive(kind, address, given)
    return JSONResponse({"ok": True})


@router.get("/hooks/{kind}/{address}")
async def check_address(kind: str, address: str, request: Request) -> Response:
    """A messenger makes sure that the address is ours before it calls it."""
    given = await _request(request, body=False)
    return PlainTextResponse(
        await services_of(request).messengers.door.challenge(kind, address, given)
    )


@router.post("/channels/telegram/webhook")
async def take_telegram(request: Request) -> Response:
    """Updates of any Telegram account; the secret token of the header tells which."""
    given = await _request(request, body=True)
    await services_of(request).messengers.door.receive_shared("telegram", given)
    return JSONResponse({"ok": True})


@router.post("/channels/whatsapp/webhook")
async def take_whatsapp(request: Request) -> Response:
    """Updates of any WhatsApp account; `phone_number_id` and the signature tell which."""
    given = await _request(request, body=True)
    await services_of(request).messengers.door.receive_shared("whatsapp", given)
    return JSONResponse({"ok": True})


@router.get("/channels/whatsapp/webhook")
async def check_whatsapp(request: Request) -> Response:
    """Meta makes sure that the shared address is ours."""
    given = await _request(request, body=False)
    return PlainTextResponse(
        await services_of(request).messengers.door.challenge_shared("whatsapp", given)
    )
