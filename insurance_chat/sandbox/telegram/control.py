"""Control of the emulated Telegram: act as a person, break it, look at what came.

`{bot}` is the bot's number (what stands before the colon of its token), `{client}` a person's.
"""

from __future__ import annotations

import base64
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from insurance_chat.sandbox.faults import Fault
from insurance_chat.sandbox.telegram import people
from insurance_chat.sandbox.telegram.api import world_of
from insurance_chat.sandbox.telegram.limits import Limits

router = APIRouter(prefix="/telegram/control", include_in_schema=False)

OGG = b"OggS\x00\x02" + b"\x00" * 22 + b"\x01\x13OpusHead\x01\x01\x00\x00\x80\xbb" + b"\x00" * 64
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 64 + b"\xff\xd9"
_SAMPLES = {
    "voice": (OGG, "voice.ogg", "audio/ogg"),
    "photo": (JPEG, "photo.jpg", "image/jpeg"),
    "document": (b"%PDF-1.4\n%%EOF\n", "документ.pdf", "application/pdf"),
    "audio": (b"ID3\x03" + b"\x00" * 64, "song.mp3", "audio/mpeg"),
    "video": (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64, "film.mp4", "video/mp4"),
}


class Strict(BaseModel):
    """Refuses fields that do not exist."""

    model_config = ConfigDict(extra="forbid")


class BotChange(Strict):
    """What to change about a bot."""

    name: str = ""
    username: str = ""
    business: bool | None = None
    revoked: bool | None = None


class Said(Strict):
    """A text of a client; `owner` writes in the name of the business account."""

    text: str
    first_name: str = ""
    username: str = ""
    business: str = ""
    owner: bool = False
    reply_to: int | None = None


class About(Strict):
    """A person; `no_voice` has forbidden voice messages."""

    first_name: str = ""
    last_name: str = ""
    username: str = ""
    no_voice: bool = False


class Sent(Strict):
    """A file of a client; without content a small sample goes; `size` pretends another size."""

    kind: Literal["photo", "document", "voice", "audio", "video"]
    content: str = Field("", description="base64")
    name: str = ""
    mime: str = ""
    caption: str = ""
    size: int | None = None
    business: str = ""
    owner: bool = False


class Told(Strict):
    """Anything else of a message: `contact`, `location`, `sticker`, `poll`, …."""

    content: dict[str, Any]
    business: str = ""
    owner: bool = False


class Pressed(Strict):
    """A press of a button."""

    message_id: int
    data: str
    business: str = ""


class Changed(Strict):
    """Another text of a message."""

    message_id: int
    text: str
    business: str = ""


class Gone(Strict):
    """A message that is taken back."""

    message_id: int
    business: str = ""


class Account(Strict):
    """A connection to a person's account; without `number` a new one."""

    owner: int
    first_name: str = ""
    username: str = ""
    can_reply: bool = True
    enabled: bool = True
    number: str = ""


class Delivery(Strict):
    """How updates are delivered: so many times more, the newest first, not at all for now."""

    duplicate: int = Field(0, ge=0, le=10)
    reorder: bool = False
    hold: bool = False


class Pace(Strict):
    """Messages a second for a bot and for a chat, and how many a chat takes at once."""

    account: float = Field(30.0, gt=0)
    chat: float = Field(1.0, gt=0)
    burst: float = Field(20.0, ge=1)


def _ok(done: Any = True) -> JSONResponse:
    return JSONResponse({"ok": bool(done)}, 200 if done else 404)


def _name(client: int, business: str) -> str:
    return f"{business}:{client}" if business else str(client)


@router.post("/bots/{bot}")
async def change_bot(request: Request, bot: int, change: BotChange) -> Response:
    """Make or change a bot: its name, whether it may serve business accounts, a revoked token."""
    world = world_of(request)
    given = {name: value for name, value in change.model_dump().items() if value not in ("", None)}
    return JSONResponse(world.keep_bot(world.bot(bot) | given))


@router.post("/bots/{bot}/clients/{client}/about")
async def describe(request: Request, bot: int, client: int, about: About) -> Response:
    """Who a client is."""
    return JSONResponse(people.known(world_of(request), client, **about.model_dump()))


@router.post("/bots/{bot}/clients/{client}/say")
async def say(request: Request, bot: int, client: int, said: Said) -> Response:
    """A client writes."""
    world = world_of(request)
    people.known(world, client, first_name=said.first_name, username=said.username)
    content: dict[str, Any] = {"text": said.text}
    content |= {"reply_to": said.reply_to} if said.reply_to else {}
    message = people.write(world, bot, client, content, business=said.business, owner=said.owner)
    return JSONResponse(message)


@router.post("/bots/{bot}/clients/{client}/send")
async def send(request: Request, bot: int, client: int, sent: Sent) -> Response:
    """A client sends a file."""
    world = world_of(request)
    data, name, mime = _SAMPLES[sent.kind]
    data = base64.b64decode(sent.content) if sent.content else data
    file = world.keep_file(data, sent.name or name, sent.mime or mime, sent.size)
    message = people.send_file(
        world, bot, client, sent.kind, file, sent.caption, sent.business, owner=sent.owner
    )
    return JSONResponse(message)


@router.post("/bots/{bot}/clients/{client}/tell")
async def tell(request: Request, bot: int, client: int, told: Told) -> Response:
    """A client sends a contact, a location, a sticker or anything else."""
    content = dict(told.content)
    message = people.write(
        world_of(request), bot, client, content, business=told.business, owner=told.owner
    )
    return JSONResponse(message)


@router.post("/bots/{bot}/clients/{client}/press")
async def press(request: Request, bot: int, client: int, pressed: Pressed) -> Response:
    """A client presses a button; 404 when there is none with this payload."""
    name = _name(client, pressed.business)
    key = people.press(world_of(request), bot, name, pressed.message_id, pressed.data)
    return JSONResponse({"ok": key is not None, "id": key}, 200 if key else 404)


@router.get("/bots/{bot}/presses/{key}")
async def pressed_button(request: Request, bot: int, key: str) -> Response:
    """Whether the circle on a button has stopped."""
    found = world_of(request).sandbox.store.get(f"tg_press:{bot}", key)
    return JSONResponse(found or {}, 200 if found else 404)


@router.post("/bots/{bot}/clients/{client}/edit")
async def edit(request: Request, bot: int, client: int, changed: Changed) -> Response:
    """A person changes a message; 404 when it is not theirs."""
    name = _name(client, changed.business)
    return _ok(people.edit(world_of(request), bot, name, changed.message_id, changed.text))


@router.post("/bots/{bot}/clients/{client}/delete")
async def delete(request: Request, bot: int, client: int, gone: Gone) -> Response:
    """A person takes a message back."""
    name = _name(client, gone.business)
    return _ok(people.delete(world_of(request), bot, name, gone.message_id))


@router.post("/bots/{bot}/clients/{client}/block")
async def block(request: Request, bot: int, client: int) -> Response:
    """A client stops the bot."""
    return _ok(people.block(world_of(request), bot, client, blocked=True))


@router.post("/bots/{bot}/clients/{client}/unblock")
async def unblock(request: Request, bot: int, client: int) -> Response:
    """A client lets the bot write again."""
    return _ok(people.block(world_of(request), bot, client, blocked=False))


@router.post("/bots/{bot}/clients/{client}/group")
async def in_group(request: Request, bot: int, client: int, said: Said) -> Response:
    """A person writes in a group where the bot is."""
    return JSONResponse(people.write_in_group(world_of(request), bot, client, said.text))


@router.post("/bots/{bot}/clients/{client}/age")
async def age(request: Request, bot: int, client: int, business: str, hours: float) -> Response:
    """Pretend that the client's last message to a business account is so many hours old."""
    return _ok(people.age(world_of(request), bot, _name(client, business), hours))


@router.post("/bots/{bot}/business")
async def connect_account(request: Request, bot: int, account: Account) -> Response:
    """A person connects the bot to their account, changes its rights, or takes it away."""
    world = world_of(request)
    people.known(world, account.owner, first_name=account.first_name, username=account.username)
    link = people.connect_account(
        world,
        bot,
        account.owner,
        can_reply=account.can_reply,
        enabled=account.enabled,
        number=account.number,
    )
    return JSONResponse(link)


@router.get("/bots/{bot}/clients/{client}/messages")
async def messages(request: Request, bot: int, client: int, business: str = "") -> Response:
    """The dialogue as the client sees it, oldest first, and whether the bot is typing."""
    world = world_of(request)
    name = _name(client, business)
    lines = [line for line in world.messages(bot, name) if not line.get("deleted")]
    until = world.typing.get((bot, name), 0.0)
    typing = until > world.sandbox.now().timestamp()
    return JSONResponse({"messages": lines, "typing": typing})


@router.get("/files/{file_id}")
async def file(request: Request, file_id: str) -> Response:
    """Content of a file, to look at."""
    found = world_of(request).file(file_id)
    if found is None:
        return _ok(False)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return Response(base64.b64decode(found["content"]), media_type=found["mime"], headers=headers)


@router.post("/bots/{bot}/updates")
async def push(request: Request, bot: int, update: dict[str, dict[str, Any]]) -> Response:
    """Queue updates of any kind, also of kinds that do not exist."""
    numbers = [world_of(request).push(bot, kind, content) for kind, content in update.items()]
    return JSONResponse({"updates": numbers})


@router.get("/bots/{bot}")
async def look(request: Request, bot: int) -> Response:
    """The bot, how many updates wait, and how many calls wait for updates (`polls`)."""
    world = world_of(request)
    waiting = {"pending": len(world.pending(bot)), "polls": len(world.polls.get(bot, ()))}
    return JSONResponse(world.bot(bot) | waiting)


@router.post("/faults")
async def add_fault(request: Request, fault: Fault) -> Response:
    """Script a fault of a method (`sendMessage`, `getUpdates`, `file`, `*`)."""
    world_of(request).faults.add(fault)
    return _ok()


@router.delete("/faults")
async def clear_faults(request: Request) -> Response:
    """Behave well again."""
    world_of(request).clear()
    return _ok()


@router.post("/delivery")
async def change_delivery(request: Request, delivery: Delivery) -> Response:
    """Deliver updates again and again, the newest first, or keep them back."""
    world = world_of(request)
    behaviour = world.behaviour
    behaviour.duplicate, behaviour.reorder = delivery.duplicate, delivery.reorder
    behaviour.hold = delivery.hold
    world.stir()
    return _ok()


@router.post("/pace")
async def change_pace(request: Request, pace: Pace) -> Response:
    """How fast bots may write."""
    world_of(request).limits = Limits(pace.account, pace.chat, pace.burst)
    return _ok()


@router.get("/calls")
async def calls(request: Request, method: str = "") -> Response:
    """Calls of methods, oldest first: `{at, bot, method, status}`."""
    found = [call for call in world_of(request).calls if method in ("", call["method"])]
    return JSONResponse({"calls": found})
