"""Pages «WhatsApp» and «Instagram»: a person plays the client by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from insurance_chat.sandbox.context import MOSCOW, base_path
from insurance_chat.sandbox.graph.clients import Phone
from insurance_chat.sandbox.graph.control import courier_of, phone_of
from insurance_chat.sandbox.graph.nodes import set_callback
from insurance_chat.sandbox.graph.wire import GraphApiError
from insurance_chat.sandbox.graph.world import GraphBehaviour, World, world_of
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.store import Doc

router = APIRouter(include_in_schema=False)
Product = Literal["whatsapp", "instagram"]

_TITLES = {"whatsapp": "WhatsApp", "instagram": "Instagram"}
_CLIENT = {"whatsapp": "79160001122", "instagram": "6140000000001122"}
_STATUS = {
    "sent": "отправлено",
    "delivered": "доставлено",
    "read": "прочитано",
    "failed": "не доставлено",
}
_KINDS = {"image": "Фото", "audio": "Звук", "video": "Видео", "document": "Файл", "file": "Файл"}
_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
_FILE_LIMIT = 100 * 1024 * 1024
#: Switches of the page: what the button says and what changes.
SWITCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "day": ("Прошло 25 часов", {"clock_shift_hours": 25.0}),
    "twice": ("Уведомления приходят дважды", {"duplicate_webhooks": 1}),
    "mixed": ("Уведомления приходят не по порядку", {"reorder_webhooks": True}),
    "late": ("Статусы приходят не по порядку", {"statuses_out_of_order": True}),
    "well": ("Вернуть как было", {}),
}


@router.get("/whatsapp")
async def whatsapp(
    request: Request, account: str = "", client: str = "", note: str = ""
) -> Response:
    """A client of WhatsApp, played by hand."""
    return _screen(request, "whatsapp", account, client, note)


@router.get("/instagram")
async def instagram(
    request: Request, account: str = "", client: str = "", note: str = ""
) -> Response:
    """A client of Instagram, played by hand."""
    return _screen(request, "instagram", account, client, note)


def _screen(
    request: Request, product: Product, account_id: str, client: str, note: str
) -> Response:
    world = world_of(request)
    account = _account(world, product, account_id)
    client = _known_client(product, client)
    return page(
        request,
        "graph.html",
        product=product,
        title=_TITLES[product],
        account=account,
        accounts=world.accounts(product),
        client=client,
        chat=world.chat(account["id"], client),
        token=world.tokens(product)[-1]["id"],
        app=world.app(),
        address=request.app.state.graph_events.address(account),
        switches=[(name, title) for name, (title, _) in SWITCHES.items()],
        behaviour=_in_words(world.behaviour),
        note=note[:200],
    )


def _account(world: World, product: Product, account_id: str) -> Doc:
    found = world.account(account_id)
    if found is None or found["product"] != product:
        return world.accounts(product)[0]
    return found


def _known_client(product: Product, client: str) -> str:
    kept = "".join(letter for letter in client if letter.isalnum() or letter == ".")
    return kept[:40] or _CLIENT[product]


def _in_words(behaviour: GraphBehaviour) -> list[str]:
    changed = behaviour.model_dump()
    return [
        title
        for title, switch in SWITCHES.values()
        if switch and all(changed[name] == value for name, value in switch.items())
    ]


@router.get("/chats/{product}/{account_id}/{client}")
async def chat(request: Request, product: Product, account_id: str, client: str) -> HTMLResponse:
    """The messages of a chat; reads itself anew every two seconds."""
    world = world_of(request)
    account = _account(world, product, account_id)
    client = _known_client(product, client)
    bold = {one["id"] for one in world.accounts("whatsapp")}
    answer = page(
        request,
        "graph_chat.html",
        here=f"{base_path(request)}/chats/{product}/{account['id']}/{client}",
        messages=[_shown(one, bold) for one in world.messages(account["id"], client)[-60:]],
        chat=world.chat(account["id"], client),
    )
    policy = answer.headers["Content-Security-Policy"]
    # It stands in a frame of our own page.
    answer.headers["Content-Security-Policy"] = policy.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    return answer


def _shown(message: Doc, bold: set[str]) -> dict[str, Any]:
    media, file = message["media"], ""
    if media:
        kind = "Голосовое сообщение" if media.get("voice") else _KINDS.get(media["kind"], "Файл")
        file = f"{kind}: {media['name']}" if media.get("name") else kind
    # Every second piece is bold; Instagram knows no bold.
    pieces = _BOLD.split(message["text"]) if message["account"] in bold else [message["text"]]
    at = datetime.fromtimestamp(message["at"], UTC).astimezone(MOSCOW)
    return message | {
        "time": at.strftime("%H:%M"),
        "file": file,
        "pieces": pieces,
        "state": _STATUS.get(message["status"], "") if message["by"] == "business" else "",
    }


def _phone(request: Request, product: Product, account_id: str, client: str) -> Phone:
    account = _account(world_of(request), product, account_id)
    return phone_of(request, account, _known_client(product, client))


def _back(
    request: Request, product: Product, account_id: str, client: str, note: str = ""
) -> Response:
    asked = {"account": account_id, "client": client} | ({"note": note} if note else {})
    return RedirectResponse(f"{base_path(request)}/{product}?{urlencode(asked)}", 303)


@router.post("/chats/{product}/{account_id}/{client}/press")
async def press(
    request: Request,
    product: Product,
    account_id: str,
    client: str,
    message: Annotated[str, Form()],
    button: Annotated[str, Form()],
) -> Response:
    """A button under a message."""
    _phone(request, product, account_id, client).press(message, button)
    here = f"{base_path(request)}/chats/{product}/{account_id}/{client}"
    return RedirectResponse(here, 303)


@router.post("/chats/{product}/{account_id}/{client}/file")
async def file(
    request: Request,
    product: Product,
    account_id: str,
    client: str,
    upload: UploadFile,
    text: Annotated[str, Form()] = "",
) -> Response:
    """A photo, a voice message or a document, by what the file is."""
    data = await upload.read(_FILE_LIMIT)
    mime, name = upload.content_type or "application/octet-stream", upload.filename or ""
    voice = mime in ("audio/ogg", "application/ogg", "video/ogg", "audio/opus")
    kind = {"image": "image", "video": "video", "audio": "audio"}.get(mime.partition("/")[0])
    if kind is None or voice:
        kind = "audio" if voice else "document"
    mime = "audio/ogg" if voice else mime
    if data:
        phone = _phone(request, product, account_id, client)
        phone.send_file(kind, data, mime, name, text, voice)
    note = "" if data else "Файл не выбран."
    return _back(request, product, account_id, client, note)


@router.post("/chats/{product}/{account_id}/{client}/{action}")
async def act(
    request: Request,
    product: Product,
    account_id: str,
    client: str,
    action: Literal[
        "say", "owner", "location", "contact", "unseen", "edit", "delete", "block", "allow", "read"
    ],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Anything else that a client or the owner does."""
    phone = _phone(request, product, account_id, client)
    world = world_of(request)
    messages = world.messages(account_id, _known_client(product, client))
    mine = [one["id"] for one in messages if one["by"] == "client" and not one["deleted"]]
    theirs = [one["id"] for one in messages if one["by"] == "business"]
    note = ""
    if action in ("say", "owner", "edit") and not text.strip():
        note = "Напишите текст."
    elif action in ("edit", "delete") and not mine:
        note = "Сначала напишите сообщение."
    else:
        _do(phone, action, text.strip(), mine, theirs)
    return _back(request, product, account_id, client, note)


def _do(phone: Phone, action: str, text: str, mine: list[str], theirs: list[str]) -> None:
    match action:
        case "say":
            phone.say(text)
        case "owner":
            phone.owner_says(text)
        case "location":
            phone.location(55.7558, 37.6173, "Красная площадь")
        case "contact":
            phone.contact("Анна Смирнова", "+79160001122")
        case "unseen":
            phone.unseen()
        case "edit":
            phone.edit(mine[-1], text)
        case "delete":
            phone.delete(mine[-1])
        case "read":
            for message_id in theirs:
                phone.receive(message_id, read=True)
        case _:
            phone.block(action == "block")


@router.post("/chats/{product}/switch")
async def switch(
    request: Request,
    product: Product,
    preset: Annotated[str, Form()],
    account: Annotated[str, Form()],
    client: Annotated[str, Form()],
) -> Response:
    """Misbehave in one of the usual ways."""
    if preset in SWITCHES:
        world = world_of(request)
        changes = SWITCHES[preset][1]
        world.behaviour = (
            world.behaviour.model_copy(update=changes) if changes else GraphBehaviour()
        )
    return _back(request, product, account, client)


@router.post("/chats/{product}/callback")
async def callback(
    request: Request,
    product: Product,
    url: Annotated[str, Form()],
    verify_token: Annotated[str, Form()],
    account: Annotated[str, Form()],
    client: Annotated[str, Form()],
) -> Response:
    """«URL обратного вызова» as in the panel of Meta."""
    kind = "whatsapp_business_account" if product == "whatsapp" else "instagram"
    note = "Адрес подтверждён."
    try:
        await set_callback(request, kind, url.strip(), verify_token.strip(), ["messages"])
    except GraphApiError:
        note = "Адрес не ответил нужным словом: проверьте URL и маркер."
    await courier_of(request).flushed()
    return _back(request, product, account, client, note)
