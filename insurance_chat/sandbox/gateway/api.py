"""The REST interface of the gateway, as much of it as the adapter uses."""

from __future__ import annotations

import io
from typing import Annotated, Any
from uuid import uuid4

import segno
from fastapi import APIRouter, Depends, Request, Response

from insurance_chat.sandbox.context import base_url
from insurance_chat.sandbox.gateway.answers import (
    RefusedError,
    check_password,
    device_of,
    paired,
    success,
)
from insurance_chat.sandbox.gateway.state import (
    CODE_SECONDS,
    DISCONNECTED,
    LOGGED_IN,
    Phones,
    phones_of,
)
from insurance_chat.sandbox.store import Doc

PREFIX = "/gateway"
router = APIRouter(prefix=PREFIX, include_in_schema=False, dependencies=[Depends(check_password)])
_State = Annotated[Phones, Depends(phones_of)]
_HOOK = (
    "webhook_url",
    "webhook_secret",
    "webhook_events",
    "webhook_insecure_skip_verify",
    "webhook_ignore_groups",
)


def _card(device: Doc) -> dict[str, Any]:
    jid = device["jid"]
    return {
        "id": device["id"],
        "phone_number": jid.partition("@")[0],
        "display_name": "Учебный телефон" if jid else "",
        "state": device["state"],
        "jid": jid,
        "created_at": device["created_at"],
    }


def _known(phones: Phones, device_id: str) -> Doc:
    device = phones.device(device_id)
    if device is None:
        raise RefusedError(500, "INTERNAL_SERVER_ERROR", f"device {device_id} not found")
    return device


@router.get("/devices")
async def devices(phones: _State) -> Response:
    """All devices; `null` when there are none, as the gateway does."""
    return success("List devices", [_card(one) for one in phones.devices()] or None)


@router.post("/devices")
async def add_device(request: Request, phones: _State) -> Response:
    """Make a place for a phone."""
    told = await request.json()
    hook = {name: told[name] for name in _HOOK if told.get(name)}
    device = phones.add(str(told.get("device_id") or uuid4()), hook)
    return success("Device added", _card(device) | hook)


@router.get("/devices/{device_id}")
async def device_info(device_id: str, phones: _State) -> Response:
    """One device."""
    return success("Device info", _card(_known(phones, device_id)))


@router.delete("/devices/{device_id}")
async def remove_device(device_id: str, phones: _State) -> Response:
    """Unpair and forget."""
    phones.forget(device_id)
    return success("Device removed", None)


@router.get("/devices/{device_id}/login")
async def login(device_id: str, request: Request, phones: _State) -> Response:
    """A QR code; every call begins the pairing anew."""
    device = _known(phones, device_id)
    if device["state"] == LOGGED_IN:
        raise RefusedError(400, "ALREADY_LOGGED_IN", "You already logged in :)")
    code = phones.show_code(device)["code"]
    results = {
        "device_id": device_id,
        "qr_link": f"{base_url(request)}{PREFIX}/statics/qrcode/scan-qr-{code}.png",
        "qr_duration": CODE_SECONDS // 2,
    }
    return success("Login success", results)


@router.post("/devices/{device_id}/logout")
async def logout(device_id: str, phones: _State) -> Response:
    """Unpair; the place of the device stays."""
    phones.change(_known(phones, device_id), jid="", state=DISCONNECTED)
    return success("Logout requested", None)


@router.post("/devices/{device_id}/reconnect")
async def reconnect(device_id: str, phones: _State) -> Response:
    """Reach WhatsApp again."""
    device = _known(phones, device_id)
    if not device["jid"]:
        message = f"device {device_id} is not logged in (session deleted)"
        raise RefusedError(500, "INTERNAL_SERVER_ERROR", message)
    phones.change(device, state=LOGGED_IN)
    return success("Reconnect requested", None)


@router.get("/devices/{device_id}/status")
async def status(device_id: str, phones: _State) -> Response:
    """Whether the phone is there."""
    state = _known(phones, device_id)["state"]
    results = {
        "device_id": device_id,
        "is_connected": state != DISCONNECTED,
        "is_logged_in": state == LOGGED_IN,
    }
    return success("Device status", results)


@router.patch("/devices/{device_id}/webhook")
async def set_webhook(device_id: str, request: Request, phones: _State) -> Response:
    """Where the events of a device go."""
    device = _with_hooks(phones, device_id)
    told = await request.json()
    if told.get("webhook_url") is None:
        raise RefusedError(400, "BAD_REQUEST", "webhook_url is required")
    hook = {name: told.get(name) for name in _HOOK}
    phones.change(device, hook=hook)
    return success("Device webhook updated", {"device_id": device_id, **hook})


@router.get("/devices/{device_id}/webhook")
async def webhook(device_id: str, phones: _State) -> Response:
    """Where the events of a device go now."""
    hook = _with_hooks(phones, device_id)["hook"]
    told = {name: hook.get(name) or "" for name in _HOOK[:3]}
    return success("Device webhook retrieved", {"device_id": device_id, **told})


def _with_hooks(phones: Phones, device_id: str) -> Doc:
    # The first versions of the gateway 8 have one address for all devices.
    if phones.plan()["old"]:
        raise RefusedError(404, "", "Cannot GET this address")
    return _known(phones, device_id)


@router.post("/message/{message_id}/read")
async def mark_read(message_id: str, request: Request, phones: _State) -> Response:
    """Two blue ticks for the client."""
    paired(device_of(request, phones))
    message = phones.message(message_id)
    if message is not None:
        phones.mark(message, read_by_us=True)
    return success("Mark as read success", {"message_id": message_id, "status": "read"})


@router.get("/message/{message_id}/download")
async def download(message_id: str, request: Request, phones: _State) -> Response:
    """Have a file of a message downloaded; gives its path."""
    paired(device_of(request, phones))
    message = phones.message(message_id)
    media = message["media"] if message else None
    if media is None:
        raise RefusedError(500, "INTERNAL_SERVER_ERROR", "message not found")
    results = {
        "message_id": message_id,
        "media_type": media["kind"],
        "filename": media["name"],
        "file_path": f"statics/media/{media['key']}",
        "file_size": media["size"],
    }
    return success("Media downloaded", results)


@router.get("/chat/{chat}/messages")
async def chat_messages(chat: str, request: Request, phones: _State) -> Response:
    """What was written in a chat, the newest first."""
    device = paired(device_of(request, phones))
    own = request.query_params.get("is_from_me", "")
    found = phones.messages(device["id"], chat)[::-1]
    rows = [_row(device, one) for one in found if own in ("", str(one["by"] != "client").lower())]
    limit = int(request.query_params.get("limit", "50"))
    return success("Success get chat messages", {"data": rows[:limit]})


def _row(device: Doc, message: Doc) -> dict[str, Any]:
    media = message["media"] or {}
    own = message["by"] != "client"
    return {
        "id": message["id"],
        "chat_jid": message["chat"],
        "sender_jid": device["jid"] if own else message["chat"],
        "content": message["text"],
        "is_from_me": own,
        "media_type": media.get("kind", ""),
        "filename": media.get("name", ""),
    }


@router.get("/statics/media/{key}")
async def media_file(key: str, phones: _State) -> Response:
    """A file of a message."""
    found = phones.file(key)
    if found is None:
        raise RefusedError(404, "", "Cannot GET this file")
    return Response(found[0], media_type=found[1])


@router.get("/statics/qrcode/scan-qr-{code}.png")
async def code_picture(code: str, request: Request, phones: _State) -> Response:
    """The code as a picture; a real phone's camera opens the page that pairs."""
    if phones.by_code(code) is None:
        raise RefusedError(404, "", "Cannot GET this file")
    picture = io.BytesIO()
    address = f"{base_url(request)}/whatsapp-gateway/scan?code={code}"
    segno.make(address, error="m").save(picture, kind="png", scale=8, border=4)
    return Response(picture.getvalue(), media_type="image/png")
