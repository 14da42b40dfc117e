"""Emulated WhatsApp Cloud API: numbers, files, templates, messages.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/reference.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.graph.checks import shown
from insurance_chat.sandbox.graph.courier import check_address
from insurance_chat.sandbox.graph.events import Events
from insurance_chat.sandbox.graph.wire import GraphApiError, json_of, own_account
from insurance_chat.sandbox.graph.world import WINDOW, World, world_of
from insurance_chat.sandbox.store import Doc

router = APIRouter()
PRODUCT = "whatsapp"
Json = dict[str, Any]


def number_card(world: World, account: Doc) -> Json:
    """A phone number as the API shows it."""
    override = account["override"] or {}
    callback = world.app()["callbacks"].get("whatsapp_business_account") or {}
    addresses = {"phone_number": override.get("url"), "application": callback.get("url")}
    return {
        "id": account["id"],
        "display_phone_number": account["number"],
        "verified_name": account["name"],
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "quality_rating": account["quality"],
        "webhook_configuration": {name: url for name, url in addresses.items() if url},
    }


def _business(request: Request, waba: str) -> list[Doc]:
    mine = [one for one in world_of(request).accounts(PRODUCT) if one["waba"] == waba]
    own_account(request, mine[0]["id"] if mine else waba, PRODUCT)
    return mine


@router.get("/{version}/{waba}/phone_numbers")
async def phone_numbers(request: Request, version: str, waba: str) -> JSONResponse:
    """Numbers of a WhatsApp Business account."""
    mine = _business(request, waba)
    return JSONResponse({"data": [number_card(world_of(request), one) for one in mine]})


@router.get("/{version}/{waba}/message_templates")
async def message_templates(
    request: Request, version: str, waba: str, name: str = "", limit: int = 25, after: str = "0"
) -> JSONResponse:
    """Templates of a WhatsApp Business account, by pages."""
    _business(request, waba)
    listed = world_of(request).store.all("graph_template")
    found = [one for one in listed if name in one["name"]]
    start = int(after) if after.isdecimal() else 0
    answer: Json = {"data": found[start : start + limit]}
    if start + limit < len(found):
        cursors = {"before": str(start), "after": str(start + limit)}
        answer["paging"] = {"cursors": cursors, "next": f"?after={start + limit}"}
    return JSONResponse(answer)


async def set_override(request: Request, account: Doc, configuration: Json) -> None:
    """A number gets an address of its own, or loses it.

    Raises:
        GraphApiError: the address does not repeat the word.
    """
    url, word = configuration.get("override_callback_uri"), configuration.get("verify_token", "")
    if url and not await check_address(str(url), str(word)):
        raise GraphApiError(2200, "Callback verification failed with the following errors")
    override = {"url": url, "verify": word} if url else None
    world_of(request).store.put("graph_account", account["id"], account | {"override": override})


@router.post("/{version}/{phone}/media")
async def upload(request: Request, version: str, phone: str, file: UploadFile) -> JSONResponse:
    """Keep a file; its id can then be sent."""
    own_account(request, phone, PRODUCT)
    form = await request.form()
    if form.get("messaging_product") != "whatsapp":
        raise GraphApiError(100, "(#100) The parameter messaging_product is required.")
    mime = str(form.get("type") or file.content_type or "")
    if mime == "audio/ogg":
        raise GraphApiError(131053, "Media upload error", details="audio/ogg without codecs=opus")
    world = world_of(request)
    media = keep_media(world, await file.read(), mime, file.filename or "")
    return JSONResponse({"id": media["id"]})


def keep_media(world: World, data: bytes, mime: str, name: str) -> Doc:
    """Keep a file of anybody."""
    number = str(uuid4().int)[:16]
    media: Doc = {
        "id": number,
        "mime": mime,
        "name": name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "data": base64.b64encode(data).decode(),
    }
    return world.store.put("graph_media", media["id"], media)


def media_card(world: World, media: Doc) -> Json:
    """Where a file can be taken from, as the API tells."""
    return {
        "messaging_product": "whatsapp",
        "url": f"{world.root}/download/{media['id']}?ext=1&hash=sandbox",
        "mime_type": media["mime"],
        "sha256": media["sha256"],
        "file_size": media["size"],
        "id": media["id"],
    }


async def send(request: Request, account: Doc) -> JSONResponse:
    """Send a message, or mark one of a client as read."""
    world, events = world_of(request), request.app.state.events
    body = await json_of(request)
    if body.get("messaging_product") != "whatsapp":
        raise GraphApiError(100, "Invalid parameter", details="messaging_product is required")
    if body.get("status") == "read":
        return _read(world, account, body)
    client = str(body.get("to") or body.get("recipient") or "").removeprefix("+")
    if not client:
        raise GraphApiError(131008, "Required parameter is missing", details="to is required")
    seen = shown(world, body)
    late = "template" not in seen and world.silent_for(account["id"], client) > WINDOW
    if late and world.behaviour.window_error == "answer":
        raise GraphApiError(
            131047, "Re-engagement message", details="More than 24 hours have passed"
        )
    message = world.add_message(
        account,
        client,
        "business",
        **seen,
        key=body.get("biz_opaque_callback_data", ""),
        quoted=str((body.get("context") or {}).get("message_id", "")),
    )
    chat = world.chat(account["id"], client)
    world.store.put("graph_chat", chat["id"], chat | {"typing": False})
    _follow(world, events, message, late, chat["blocked"])
    return JSONResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": client, "wa_id": client}],
            "messages": [{"id": message["id"], "message_status": "accepted"}],
        }
    )


def _read(world: World, account: Doc, body: Json) -> JSONResponse:
    message = world.store.get("graph_message", str(body.get("message_id", "")))
    if message is None or message["account"] != account["id"] or message["by"] != "client":
        raise GraphApiError(131009, "Parameter value is not valid", details="message_id")
    world.store.put("graph_message", message["id"], message | {"status": "read"})
    if body.get("typing_indicator"):
        chat = world.chat(account["id"], message["client"])
        world.store.put("graph_chat", chat["id"], chat | {"typing": True})
    return JSONResponse({"success": True})


_LATE = (131047, "Re-engagement message", "More than 24 hours have passed since the last reply")
_UNDELIVERED = (131026, "Message undeliverable", "Message Undeliverable.")


def _follow(world: World, events: Events, message: Doc, late: bool, blocked: bool) -> None:
    """Statuses that come on their own."""
    if not world.behaviour.auto_status:
        return
    steps = ["sent", "failed"] if late or blocked else list(world.behaviour.auto_status)
    if world.behaviour.statuses_out_of_order:
        steps.reverse()
    for step in steps:
        set_status(world, events, message["id"], step, _LATE if late else _UNDELIVERED)


def set_status(
    world: World,
    events: Events,
    message_id: str,
    status: str,
    error: tuple[int, str, str] = _UNDELIVERED,
) -> None:
    """A message gets a status, and the product is told."""
    message = world.store.get("graph_message", message_id)
    if message is None:
        return
    order = ["", "sent", "delivered", "read", "failed"]
    if order.index(status) > order.index(message["status"]):
        message = world.store.put("graph_message", message_id, message | {"status": status})
    more: Json = {}
    if status == "failed":
        code, title, details = error
        more["errors"] = [
            {"code": code, "title": title, "message": title, "error_data": {"details": details}}
        ]
    events.status(message, status, **more)
