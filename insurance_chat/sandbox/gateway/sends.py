"""Sending through the gateway: text, pictures, files, voice, «печатает»."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from insurance_chat.sandbox.gateway.answers import (
    Cut,
    RefusedError,
    check_password,
    device_of,
    misbehave,
    paired,
    success,
)
from insurance_chat.sandbox.gateway.api import PREFIX
from insurance_chat.sandbox.gateway.state import HIDDEN, PHONE, Phones, phones_of
from insurance_chat.sandbox.store import Doc

router = APIRouter(
    prefix=f"{PREFIX}/send", include_in_schema=False, dependencies=[Depends(check_password)]
)
_State = Annotated[Phones, Depends(phones_of)]
#: A number that WhatsApp does not know, to see what is said about it.
UNKNOWN = "79000000000"
_FIELDS = {"image": "image", "file": "document", "audio": "audio", "video": "video"}


@router.post("/message")
async def send_message(request: Request, phones: _State) -> Response:
    """Send words."""
    told = await request.json()
    text = str(told.get("message") or "")
    if not text:
        raise RefusedError(400, "VALIDATION_ERROR", "message: cannot be blank.")
    return await _send(request, phones, str(told.get("phone", "")), text, None)


@router.post("/chat-presence")
async def chat_presence(request: Request, phones: _State) -> Response:
    """Show «печатает»."""
    paired(device_of(request, phones))
    phones.replan(typings=phones.plan()["typings"] + 1)
    return success("Chat presence sent", {"status": "ok"})


@router.post("/{field}")
async def send_file(field: str, request: Request, phones: _State) -> Response:
    """Send a picture, a file or sound."""
    async with request.form() as form:
        file = form.get(field)
        if field not in _FIELDS or not isinstance(file, UploadFile):
            raise RefusedError(400, "VALIDATION_ERROR", f"{field}: cannot be blank.")
        kind = "voice" if field == "audio" and form.get("ptt") == "true" else _FIELDS[field]
        name, mime = file.filename or "", file.content_type or "application/octet-stream"
        kept = phones.keep_file(name, mime, await file.read(), kind)
        phone, caption = str(form.get("phone", "")), str(form.get("caption") or "")
    return await _send(request, phones, phone, caption, kept)


async def _send(
    request: Request, phones: Phones, phone: str, text: str, media: Doc | None
) -> Response:
    phones.replan(sends=phones.plan()["sends"] + 1)
    device = paired(device_of(request, phones))
    fault = phones.take_fault()
    await misbehave(fault)
    chat = phone if "@" in phone else f"{phone.lstrip('+')}{PHONE}"
    if chat.startswith(UNKNOWN) or not chat.endswith((PHONE, HIDDEN)):
        raise RefusedError(400, "INVALID_JID", "user is not registered")
    message = phones.write(device, chat, "api", text=text, media=media)
    if fault and fault["kind"] == "cut":
        return Cut()
    status = f"Message sent to {chat}"
    return success(status, {"message_id": message["id"], "status": status})
