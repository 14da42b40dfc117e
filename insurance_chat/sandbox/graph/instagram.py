"""Emulated Instagram messaging.

Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/
messaging-api.
"""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.calling import http_client
from insurance_chat.sandbox.graph.wire import GraphApiError, caller, json_of
from insurance_chat.sandbox.graph.world import HUMAN_WINDOW, WINDOW, World, new_id, world_of
from insurance_chat.sandbox.store import Doc

router = APIRouter()
PRODUCT = "instagram"
Json = dict[str, Any]
SIXTY_DAYS = 60 * 24 * 3600


@router.get("/refresh_access_token")
async def refresh(request: Request, grant_type: str) -> JSONResponse:
    """A token with a new term of sixty days; the old one goes on for its own time."""
    card = caller(request, PRODUCT)
    if grant_type != "ig_refresh_token":
        raise GraphApiError(100, "Invalid parameter")
    token = new_id("IGAA")
    world_of(request).store.put("graph_token", token, card | {"id": token})
    answer = {"access_token": token, "token_type": "bearer", "expires_in": SIXTY_DAYS}
    return JSONResponse(answer)


@router.get("/{version}/me")
async def me(request: Request, version: str) -> JSONResponse:
    """The account of a token."""
    caller(request, PRODUCT)
    return JSONResponse(account_card(world_of(request).accounts(PRODUCT)[0]))


def account_card(account: Doc) -> Json:
    """An account as the API shows it."""
    return {
        "id": account["id"],
        "user_id": account["id"],
        "username": account["username"],
        "name": account["name"],
        "account_type": "BUSINESS",
    }


def client_card(world: World, client: str) -> Json | None:
    """A client who has written to any account; nothing is told of others."""
    for account in world.accounts(PRODUCT):
        chat = world.store.get("graph_chat", f"{account['id']}:{client}")
        if chat is not None:
            return {"id": client, "name": chat["name"], "username": chat["username"]}
    return None


async def send(request: Request, account: Doc) -> JSONResponse:
    """Send a message, or show that somebody types or has read."""
    world = world_of(request)
    body = await json_of(request)
    client = str((body.get("recipient") or {}).get("id", ""))
    chat = world.store.get("graph_chat", f"{account['id']}:{client}")
    if chat is None:
        raise GraphApiError(100, "No matching user found", subcode=2534014)
    if body.get("sender_action"):
        world.store.put(
            "graph_chat", chat["id"], chat | {"typing": body["sender_action"] == "typing_on"}
        )
        return JSONResponse({"recipient_id": client})
    if chat["blocked"]:
        raise GraphApiError(551, "This person isn't available right now.")
    _in_time(world, account, client, body)
    seen = await _shown(body.get("message"))
    message = world.add_message(account, client, "business", status="sent", **seen)
    world.store.put("graph_chat", chat["id"], chat | {"typing": False})
    _echo(request, account, message)
    return JSONResponse({"recipient_id": client, "message_id": message["id"]})


def _in_time(world: World, account: Doc, client: str, body: Json) -> None:
    tagged = body.get("messaging_type") == "MESSAGE_TAG" and body.get("tag") == "HUMAN_AGENT"
    if world.silent_for(account["id"], client) > (HUMAN_WINDOW if tagged else WINDOW):
        raise GraphApiError(
            10, "This message is sent outside of allowed window.", subcode=2534022, status=403
        )


async def _shown(message: Any) -> Json:
    content = message if isinstance(message, dict) else {}
    if isinstance(content.get("attachment"), dict):
        return {"media": await _attachment(content["attachment"])}
    text = content.get("text")
    if not isinstance(text, str) or not text:
        raise GraphApiError(100, "Message cannot be empty", subcode=2534013)
    if len(text.encode()) > 1000:
        raise GraphApiError(100, "Length of param message[text] must be <= 1000", subcode=2534015)
    replies = content.get("quick_replies") or []
    if len(replies) > 13:
        raise GraphApiError(100, "Too many quick replies")
    for one in replies:
        if not 0 < len(str(one.get("title", ""))) <= 20 or not one.get("payload"):
            raise GraphApiError(100, "Invalid quick reply")
    buttons = [{"id": one["payload"], "title": one["title"]} for one in replies]
    return {"text": text, "buttons": buttons}


async def _attachment(card: Json) -> Json:
    """Fetch the file from its address, as Meta does."""
    url = str((card.get("payload") or {}).get("url", ""))
    broken = GraphApiError(100, "Failed to fetch the file from the url", subcode=2018008)
    try:
        async with http_client() as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise broken from None
    if not answer.is_success:
        raise broken
    mime = answer.headers.get("content-type", "").partition(";")[0]
    fits = {"image": "image/", "audio": "audio/", "video": "video/", "file": "application/pdf"}
    if not mime.startswith(fits.get(str(card.get("type")), "?")):
        raise GraphApiError(100, "Unsupported attachment type", subcode=2534080)
    name = url.partition("?")[0].rpartition("/")[2]
    return {
        "url": url,
        "kind": card["type"],
        "name": name,
        "mime": mime,
        "size": len(answer.content),
    }


def _echo(request: Request, account: Doc, message: Doc) -> None:
    content: Json = {"mid": message["id"], "is_echo": True}
    if message["text"]:
        content["text"] = message["text"]
    if message["media"]:
        payload = {"url": message["media"]["url"]}
        content["attachments"] = [{"type": message["media"]["kind"], "payload": payload}]
    request.app.state.events.instagram(
        account, message["client"], from_client=False, message=content
    )
