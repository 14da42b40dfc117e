"""The page of the gateway: telephones that scan codes, and chats to try by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from insurance_chat.sandbox.context import MOSCOW, base_path, base_url
from insurance_chat.sandbox.gateway.api import PREFIX
from insurance_chat.sandbox.gateway.people import ImpossibleError, People, people_of
from insurance_chat.sandbox.gateway.state import (
    HIDDEN,
    LOGGED_IN,
    PASSWORD,
    USER,
    client_jid,
)
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.store import Doc

ROOT = "/whatsapp-gateway"
router = APIRouter(prefix=ROOT, include_in_schema=False)
_People = Annotated[People, Depends(people_of)]
_Text = Annotated[str, Form()]
STATES = {
    LOGGED_IN: "на связи",
    "connected": "ждёт, когда телефон отсканирует код",
    "connecting": "подключается",
    "disconnected": "не на связи",
}
_STATUS = {"sent": "✓", "delivered": "✓✓", "read": "✓✓ прочитано"}
#: Buttons of the page: what they switch.
SWITCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "twice": ("Сообщения приходят дважды", {"duplicates": 1}),
    "hold": ("Задержать сообщения", {"hold": True}),
    "drop": ("Сообщения не приходят", {"drop": True}),
    "error": (
        "Три отправки ответят ошибкой 503",
        {"faults": [{"kind": "status", "status": 503, "seconds": 0}] * 3},
    ),
    "cut": (
        "Связь оборвётся после отправки (один раз)",
        {"faults": [{"kind": "cut", "status": 0, "seconds": 0}]},
    ),
    "slow": (
        "Три отправки на 5 секунд дольше",
        {"faults": [{"kind": "delay", "status": 0, "seconds": 5}] * 3},
    ),
    "well": (
        "Вернуть как было",
        {"duplicates": 0, "hold": False, "drop": False, "faults": [], "old": False},
    ),
}


def _back(request: Request, *parts: str) -> Response:
    path = "/".join(quote(part, safe="@") for part in parts)
    return RedirectResponse(f"{base_path(request)}{ROOT}/{path}".rstrip("/"), 303)


def _sorry(request: Request, words: str) -> Response:
    return page(request, "message.html", status=409, title="Не получилось", text=words)


def _shown(device: Doc) -> Doc:
    hook = device["hook"].get("webhook_url")
    return device | {
        "shown": STATES[device["state"]],
        "phone": f"+{device['jid'].partition('@')[0]}" if device["jid"] else "",
        "told": bool(hook),
    }


@router.get("")
async def index(request: Request, people: _People) -> Response:
    """Devices and buttons to misbehave."""
    plan = people.phones.plan()
    notes = [title for name, (title, _) in SWITCHES.items() if _is_on(name, plan)]
    if plan["faults"]:
        notes.append(f"задано сбоев отправки: {len(plan['faults'])}")
    return page(
        request,
        "gateway.html",
        devices=[_shown(one) for one in people.phones.devices()],
        address=f"{base_url(request)}{PREFIX}",
        user=USER,
        password=PASSWORD,
        switches=[(name, title) for name, (title, _) in SWITCHES.items()],
        notes=notes,
        held=len(plan["held"]),
    )


def _is_on(name: str, plan: Doc) -> bool:
    wanted = SWITCHES[name][1]
    return name in ("twice", "hold", "drop") and all(
        plan[field] == value for field, value in wanted.items()
    )


@router.post("/switch")
async def switch(request: Request, people: _People, preset: _Text) -> Response:
    """A button of the page; going back to normal sends what was held."""
    if preset in SWITCHES:
        if preset == "well":
            await people.courier.release(reverse=False)
        people.phones.replan(**SWITCHES[preset][1])
    return _back(request)


@router.get("/scan")
async def scan_page(request: Request, code: str, people: _People) -> Response:
    """What a phone's camera opens from the QR code."""
    if people.phones.by_code(code) is None:
        return _sorry(request, "Код устарел. Возьмите свежий на странице «Каналы».")
    return page(request, "gateway_scan.html", code=code)


@router.post("/scan")
async def scan(request: Request, people: _People, code: _Text, phone: _Text) -> Response:
    """Pair a phone."""
    try:
        device = people.scan(code, phone)
    except ImpossibleError as error:
        return _sorry(request, str(error))
    return _back(request, device["id"])


@router.post("/{device_id}/act")
async def act(request: Request, device_id: str, people: _People, what: _Text) -> Response:
    """A button of a device."""
    acts = {"logout": people.log_out, "lose": people.lose}
    try:
        if what in acts:
            acts[what](device_id)
        elif what == "group":
            await people.chatter(device_id, "Соседи, кто забыл закрыть ворота?")
    except ImpossibleError as error:
        return _sorry(request, str(error))
    return _back(request)


@router.get("/files/{key}")
async def chat_file(request: Request, key: str, people: _People) -> Response:
    """A file of a message, to download."""
    found = people.phones.file(key)
    if found is None:
        return _sorry(request, "Такого файла нет.")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


@router.get("/{device_id}")
async def device_page(request: Request, device_id: str, people: _People) -> Response:
    """Chats of a device."""
    device = people.phones.device(device_id)
    if device is None:
        return _sorry(request, "Такого устройства нет.")
    last = {one["chat"]: one for one in people.phones.messages(device_id)}
    chats = [
        {"chat": chat, "title": _title(one), "last": one["text"] or "вложение"}
        for chat, one in sorted(last.items(), key=lambda pair: -pair[1]["at"])
    ]
    return page(request, "gateway_device.html", device=_shown(device), chats=chats)


def _title(message: Doc) -> str:
    chat = str(message["chat"])
    number = chat.partition("@")[0]
    return "Скрытый номер" if chat.endswith(HIDDEN) else f"+{number}"


@router.post("/{device_id}/chats")
async def open_chat(
    request: Request, device_id: str, phone: _Text, hidden: Annotated[str, Form()] = ""
) -> Response:
    """A new person writes to this telephone."""
    return _back(request, device_id, client_jid(phone, hidden=bool(hidden)))


@router.get("/{device_id}/{chat}")
async def chat_page(request: Request, device_id: str, chat: str, people: _People) -> Response:
    """One chat as the client sees it."""
    device = people.phones.device(device_id)
    if device is None:
        return _sorry(request, "Такого устройства нет.")
    title = _title({"chat": chat})
    return page(request, "gateway_chat.html", device=_shown(device), chat=chat, title=title)


@router.get("/{device_id}/{chat}/lines")
async def lines(request: Request, device_id: str, chat: str, people: _People) -> Response:
    """The messages in a frame that looks again by itself."""
    shown = [_line(one) for one in people.phones.messages(device_id, chat)]
    answer = page(request, "gateway_lines.html", lines=shown[-100:], device_id=device_id, chat=chat)
    policy = answer.headers["Content-Security-Policy"]
    allowed = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    answer.headers["Content-Security-Policy"] = allowed
    return answer


def _line(message: Doc) -> Doc:
    at = datetime.fromtimestamp(message["at"], UTC).astimezone(MOSCOW)
    return message | {
        "time": f"{at:%H:%M}",
        "ticks": _STATUS[message["status"]] if message["by"] != "client" else "",
        "read": "прочитано" if message["read_by_us"] else "",
    }


@router.post("/{device_id}/{chat}/say")
async def say(
    request: Request,
    device_id: str,
    chat: str,
    people: _People,
    text: Annotated[str, Form()] = "",
    who: Annotated[str, Form()] = "client",
    file: UploadFile | None = None,
) -> Response:
    """The client writes or corrects the last words, or the owner writes by hand."""
    try:
        if who == "owner":
            await people.answer_by_hand(device_id, chat, text)
        elif who == "corrected":
            own = [one for one in people.phones.messages(device_id, chat) if one["by"] == "client"]
            if own:
                await people.edit(own[-1]["id"], text)
        elif (chosen := file if file and file.filename else None) or text:
            media = await _kept(people, chosen)
            await people.say(device_id, chat, text=text, media=media, name="Анна")
    except ImpossibleError as error:
        return _sorry(request, str(error))
    return _back(request, device_id, chat)


async def _kept(people: People, file: UploadFile | None) -> Doc | None:
    if file is None:
        return None
    name, mime = file.filename or "", file.content_type or "application/octet-stream"
    kinds = {"image": "image", "video": "video", "audio": "voice" if "ogg" in mime else "audio"}
    kind = kinds.get(mime.partition("/")[0], "document")
    return people.phones.keep_file(name, mime, await file.read(), kind)


@router.post("/{device_id}/{chat}/messages/{message_id}")
async def change(
    request: Request,
    device_id: str,
    chat: str,
    message_id: str,
    people: _People,
    what: _Text,
) -> Response:
    """A small button of a message: take back, delivered, read."""
    try:
        if what == "delete":
            await people.take_back(message_id)
        elif what in ("delivered", "read"):
            await people.receive(message_id, read=what == "read")
    except ImpossibleError as error:
        return _sorry(request, str(error))
    return _back(request, device_id, chat, "lines")
