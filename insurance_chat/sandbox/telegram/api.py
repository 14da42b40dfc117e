"""The Bot API over HTTP: any verb, JSON or a form; long polling; files."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram.methods import METHODS, Call, File
from insurance_chat.sandbox.telegram.wire import WireError, refused, structure
from insurance_chat.sandbox.telegram.world import World

router = APIRouter(prefix="/telegram", include_in_schema=False)
LONGEST_POLL = 50
#: How often a waiting call looks whether its caller is still there, seconds.
LOOK_SECONDS = 0.5


def world_of(request: Request) -> World:
    """The emulated Telegram that serves this request."""
    world: World = request.app.state.telegram
    return world


@router.api_route("/bot{token}/{method}", methods=["GET", "POST"])
async def call_method(request: Request, token: str, method: str) -> JSONResponse:
    """One method of the Bot API."""
    world = world_of(request)
    try:
        bot = world.of_token(token)
        if bot is None:
            raise WireError(401, "Unauthorized")
        fields, files = await _given(request)
        if method.lower() == "getupdates":
            result: Any = await _updates(request, world, bot, fields)
        elif method.lower() in METHODS:
            result = METHODS[method.lower()](Call(world, bot, fields, files))
        else:
            raise WireError(404, "Not Found")
    except WireError as error:
        return refused(error)
    return JSONResponse({"ok": True, "result": result})


@router.get("/file/bot{token}/{path:path}")
async def download(request: Request, token: str, path: str) -> Response:
    """Content of a file by the path that `getFile` told."""
    world = world_of(request)
    if world.of_token(token) is None:
        return refused(WireError(401, "Unauthorized"))
    found = world.sandbox.store.where("tg_file", "file_path", path)
    if not found:
        return refused(WireError(404, "Not Found"))
    content = base64.b64decode(found[0]["content"])
    return Response(content, media_type="application/octet-stream")


async def _given(request: Request) -> tuple[dict[str, Any], dict[str, File]]:
    fields: dict[str, Any] = dict(request.query_params)
    files: dict[str, File] = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.json()
        return fields | (body if isinstance(body, dict) else {}), files
    async with request.form() as form:
        for name, value in form.items():
            if isinstance(value, UploadFile):
                mime = value.content_type or "application/octet-stream"
                files[name] = File(await value.read(), value.filename or name, mime)
            else:
                fields[name] = value
    return fields, files


async def _updates(request: Request, world: World, bot: Doc, fields: dict[str, Any]) -> list[Doc]:
    number = bot["id"]
    if bot["webhook"]:
        raise WireError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
            "delete the webhook first",
        )
    allowed = structure(fields, "allowed_updates")
    if allowed is not None:
        # The bot as it is now: since the call came, numbers of updates may have been given out.
        world.keep_bot(world.bot(number) | {"allowed": allowed})
    _confirm(world, number, int(fields.get("offset") or 0))
    seconds = min(int(fields.get("timeout") or 0), LONGEST_POLL)
    waiting, mine = world.polls.setdefault(number, []), object()
    waiting[:] = [mine]
    world.news(number).set()
    try:
        found = await _waited(request, world, number, mine, seconds)
    finally:
        if mine in waiting:
            waiting.remove(mine)
    return found[: min(int(fields.get("limit") or 100), 100)] * (1 + world.behaviour.duplicate)


async def _waited(
    request: Request, world: World, bot: int, mine: object, seconds: int
) -> list[Doc]:
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    while True:
        if mine not in world.polls[bot]:
            raise WireError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot "
                "instance is running",
            )
        news = world.news(bot)
        news.clear()
        found, left = world.pending(bot), deadline - now()
        if found or left <= 0 or await request.is_disconnected():
            return found
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), min(left, LOOK_SECONDS))


def _confirm(world: World, bot: int, offset: int) -> None:
    waiting = [update["update_id"] for update in world.pending(bot)]
    if offset < 0:
        forgotten = sorted(waiting)[:offset]
    elif waiting and offset > max(waiting) + 10:
        # A number from another count, as after a quiet week: the queue is given from its head.
        forgotten = []
    else:
        forgotten = [number for number in waiting if number < offset]
    for number in forgotten:
        world.confirm(bot, number)
