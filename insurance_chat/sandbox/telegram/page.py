"""A page where one writes to a bot as a client, without Telegram."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from insurance_chat.sandbox.context import base_path
from insurance_chat.sandbox.pages import page
from insurance_chat.sandbox.telegram import people
from insurance_chat.sandbox.telegram.api import world_of
from insurance_chat.sandbox.telegram.limits import Limits
from insurance_chat.sandbox.telegram.world import World

router = APIRouter(include_in_schema=False)
_SCRIPT = Path(__file__).with_name("chat.js").read_text("utf-8")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Who writes when nobody else is chosen.
FIRST_CLIENT = 700000001


@router.get("/telegram")
async def bots(request: Request) -> Response:
    """The bots that the emulator has heard of."""
    world = world_of(request)
    shown = [bot | {"dialogues": len(world.chats(bot["id"]))} for bot in world.bots()]
    return page(request, "telegram.html", bots=shown, notes=_in_words(world))


def _in_words(world: World) -> list[str]:
    notes = []
    if world.behaviour.duplicate:
        notes.append("сообщения приходят дважды")
    if world.behaviour.hold:
        notes.append("сообщения задерживаются")
    if world.limits.burst < Limits.burst:
        notes.append("чат принимает сообщения редко")
    if world.faults.listed():
        notes.append(f"задано сбоев: {len(world.faults.listed())}")
    return notes


@router.get("/telegram/chat/{bot}")
async def chat(
    request: Request, bot: int, client: int = FIRST_CLIENT, business: str = ""
) -> Response:
    """The dialogue of one client with a bot."""
    world = world_of(request)
    person = people.known(world, client)
    links = world.sandbox.store.all(f"tg_business:{bot}")
    shown = page(
        request,
        "telegram_chat.html",
        bot=world.bot(bot),
        client=client,
        name=person["first_name"],
        business=business,
        links=[link for link in links if link["enabled"]],
    )
    shown.headers["Content-Security-Policy"] = _POLICY
    return shown


@router.get("/telegram/chat.js")
async def script(request: Request) -> Response:
    """What the page of a dialogue runs."""
    return Response(_SCRIPT, media_type="text/javascript")


@router.post("/telegram/switch")
async def switch(request: Request, preset: Annotated[str, Form()]) -> Response:
    """A button of the list: break the emulator, or mend it."""
    world = world_of(request)
    if preset == "twice":
        world.behaviour.duplicate = 1
    elif preset == "slow":
        world.limits = Limits(chat=0.2, burst=1.0)
    elif preset == "well":
        world.clear()
    return RedirectResponse(f"{base_path(request)}/telegram", 303)
