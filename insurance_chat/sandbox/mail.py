"""Caught mail: reading it in a browser and over JSON."""

from __future__ import annotations

import base64
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.context import MOSCOW, Sandbox, sandbox_of
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.store import Doc

router = APIRouter()


def keep_mail(sandbox: Sandbox, sender: str, to: list[str], content: bytes) -> Doc:
    """Parse a message as it came over SMTP and store it with its attachments.

    Args:
        sender: envelope sender.
        to: envelope recipients.
        content: the whole message, RFC 5322.
    """
    message = message_from_bytes(content, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    mail: Doc = {
        "id": uuid4().hex,
        "receivedAt": sandbox.now().isoformat(),
        "sender": sender,
        "to": to,
        "from": str(message.get("From", "")),
        "subject": str(message.get("Subject", "")),
        "messageId": str(message.get("Message-ID", "")),
        "text": str(text.get_content()) if text else "",
        "html": str(html.get_content()) if html else "",
        "attachments": [_attachment(part) for part in message.iter_attachments()],
    }
    return sandbox.store.put("mail", mail["id"], mail)


@router.get("/mail")
async def mail_list(request: Request) -> Response:
    """All letters, newest first."""
    mails = [_readable(mail) for mail in reversed(sandbox_of(request).store.all("mail"))]
    return page(request, "mail_list.html", mails=mails)


@router.get("/mail/api/messages")
async def mail_api(request: Request, to: str | None = None) -> Response:
    """Letters as JSON, oldest first, without the bytes of attachments; `to` filters by recipient."""
    mails = sandbox_of(request).store.all("mail")
    shown = [_without_bytes(mail) for mail in mails if to is None or to in mail["to"]]
    return JSONResponse({"messages": shown})


@router.get("/mail/{mail_id}")
async def mail_page(request: Request, mail_id: str) -> Response:
    """One letter."""
    mail = sandbox_of(request).store.get("mail", mail_id)
    if mail is None:
        return _missing(request)
    return page(request, "mail.html", mail=_readable(mail))


@router.get("/mail/{mail_id}/attachments/{index}")
async def attachment(request: Request, mail_id: str, index: int) -> Response:
    """One attached file, to download."""
    mail = sandbox_of(request).store.get("mail", mail_id)
    if mail is None or not 0 <= index < len(mail["attachments"]):
        return _missing(request)
    found = mail["attachments"][index]
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'])}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(base64.b64decode(found["content"]), media_type=found["type"], headers=headers)


def _missing(request: Request) -> Response:
    return page(
        request, "message.html", status=404, title="Письмо не найдено", text="Возможно, его стёрли."
    )


def _attachment(part: Any) -> Doc:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else part.as_bytes()
    return {
        "name": part.get_filename() or "вложение",
        "type": part.get_content_type(),
        "size": len(content),
        "content": base64.b64encode(content).decode(),
    }


def _without_bytes(mail: Doc) -> Doc:
    files = [{k: v for k, v in item.items() if k != "content"} for item in mail["attachments"]]
    return mail | {"attachments": files}


def _readable(mail: Doc) -> Doc:
    received = datetime.fromisoformat(mail["receivedAt"]).astimezone(MOSCOW)
    files = [item | {"shownSize": _size(item["size"])} for item in mail["attachments"]]
    shown_at = received.strftime("%d.%m.%Y в %H:%M (МСК)")
    return mail | {"shownAt": shown_at, "attachments": files}


def _size(size: int) -> str:
    return f"{size} Б" if size < 1024 else f"{size / 1024:.0f} КБ"
