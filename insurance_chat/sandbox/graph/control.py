"""Control of the emulated Graph API for tests: play clients, look inside, misbehave."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from insurance_chat.sandbox.context import base_url
from insurance_chat.sandbox.graph.clients import Phone
from insurance_chat.sandbox.graph.courier import GraphCourier
from insurance_chat.sandbox.graph.faults import GraphFault
from insurance_chat.sandbox.graph.nodes import set_callback
from insurance_chat.sandbox.graph.wire import GraphApiError
from insurance_chat.sandbox.graph.world import GraphBehaviour, World, world_of
from insurance_chat.sandbox.store import Doc

router = APIRouter(prefix="/control/graph")
Json = dict[str, Any]


class Act(BaseModel):
    """What a client does; fields that an action does not need are left out.

    `data` is base64; `id` names a message; `button` is the payload of a button.
    """

    action: str
    text: str = ""
    id: str = ""
    button: str = ""
    quoted: str = ""
    ref: str = ""
    kind: str = "document"
    mime: str = "application/octet-stream"
    name: str = ""
    data: str = ""
    voice: bool = False
    phone: str = ""
    latitude: float = 0
    longitude: float = 0
    on: bool = True


class Callback(BaseModel):
    """What a person types into the panel of Meta."""

    object: str
    url: str
    verify_token: str
    fields: list[str] = ["messages"]


ACTIONS: dict[str, Callable[[Phone, Act], Doc | None]] = {
    "say": lambda phone, act: phone.say(act.text, act.quoted, act.ref),
    "press": lambda phone, act: phone.press(act.id, act.button),
    "file": lambda phone, act: phone.send_file(
        act.kind, base64.b64decode(act.data), act.mime, act.name, act.text, act.voice
    ),
    "location": lambda phone, act: phone.location(act.latitude, act.longitude, act.name),
    "contact": lambda phone, act: phone.contact(act.name or "Анна", act.phone),
    "react": lambda phone, act: phone.react(act.id, act.text),
    "unseen": lambda phone, _: phone.unseen(),
    "edit": lambda phone, act: phone.edit(act.id, act.text),
    "delete": lambda phone, act: phone.delete(act.id),
    "block": lambda phone, act: phone.block(act.on),
    "receive": lambda phone, act: phone.receive(act.id, read=act.on),
    "owner": lambda phone, act: phone.owner_says(act.text),
}


def phone_of(request: Request, account: Doc, client: str) -> Phone:
    """A client's phone; files get addresses as the browser sees us until the product has called."""
    world = world_of(request)
    world.root = world.root or f"{base_url(request)}/graph"
    return Phone(world, request.app.state.graph_events, account, client)


def courier_of(request: Request) -> GraphCourier:
    """Who brings webhooks."""
    courier: GraphCourier = request.app.state.graph_courier
    return courier


@router.post("/{account_id}/clients/{client}")
async def act(request: Request, account_id: str, client: str, act: Act) -> Response:
    """A client does something; answered when the product has been told (or calls are held back)."""
    account = world_of(request).account(account_id)
    if account is None or act.action not in ACTIONS:
        return JSONResponse({"error": "no such account or action"}, 404)
    message = ACTIONS[act.action](phone_of(request, account, client), act)
    await courier_of(request).flushed()
    return JSONResponse({"id": message["id"] if message else ""})


@router.get("/{account_id}/clients/{client}")
async def chat(request: Request, account_id: str, client: str) -> Response:
    """The chat as the client sees it."""
    world = world_of(request)
    return JSONResponse(
        {"chat": world.chat(account_id, client), "messages": world.messages(account_id, client)}
    )


@router.get("/media/{media_id}")
async def media(request: Request, media_id: str) -> Response:
    """Content of a file that was sent, as base64."""
    found = world_of(request).store.get("graph_media", media_id)
    return JSONResponse(found, 200 if found else 404)


@router.get("")
async def state(request: Request) -> Response:
    """Accounts, tokens, the application, calls that came and went, switches."""
    world = world_of(request)
    return JSONResponse(
        {
            "app": world.app(),
            "accounts": world.accounts("whatsapp") + world.accounts("instagram"),
            "tokens": world.tokens("whatsapp") + world.tokens("instagram"),
            "counts": world.requests.counts(),
            "webhooks": courier_of(request).delivered,
            "behaviour": world.behaviour.model_dump(),
        }
    )


@router.post("/callbacks")
async def callback(request: Request, card: Callback) -> Response:
    """A person sets the address in the panel of Meta; 400 when it does not repeat the word."""
    try:
        await set_callback(request, card.object, card.url, card.verify_token, card.fields)
    except GraphApiError as problem:
        return JSONResponse({"error": problem.message}, 400)
    return JSONResponse({"ok": True})


@router.patch("/behaviour")
async def behaviour(request: Request) -> Response:
    """Change some lasting switches; 422 for an unknown or wrong one."""
    world = world_of(request)
    try:
        changed = world.behaviour.model_dump() | await request.json()
        world.behaviour = GraphBehaviour.model_validate(changed)
    except ValidationError as error:
        return JSONResponse({"errors": error.errors(include_url=False, include_context=False)}, 422)
    return JSONResponse(world.behaviour.model_dump())


@router.post("/faults")
async def add_fault(request: Request, fault: GraphFault) -> Response:
    """Script one fault of the API."""
    world_of(request).faults.add(fault)
    return JSONResponse({"ok": True}, 201)


@router.post("/release")
async def release(request: Request, reverse: bool = False) -> Response:
    """Send the calls that were held back, the last first if asked."""
    world = world_of(request)
    world.behaviour = world.behaviour.model_copy(update={"hold_webhooks": False})
    courier_of(request).release(reverse=reverse)
    await courier_of(request).flushed()
    return JSONResponse({"ok": True})


@router.post("/flush")
async def flush(request: Request) -> Response:
    """Wait until every call has been brought."""
    await courier_of(request).flushed()
    return JSONResponse({"ok": True})


@router.post("/tokens/{token}/revoke")
async def revoke(request: Request, token: str) -> Response:
    """A token is good for nothing from now on."""
    return JSONResponse({"ok": _change(world_of(request), "graph_token", token, valid=False)})


@router.post("/tokens/{token}/change")
async def change_token(request: Request, token: str) -> Response:
    """Change fields of a token: `scopes`, `expires` (Unix seconds, 0 for never)."""
    changes: Json = await request.json()
    return JSONResponse({"ok": _change(world_of(request), "graph_token", token, **changes)})


@router.patch("/accounts/{account_id}")
async def change_account(request: Request, account_id: str) -> Response:
    """Change fields of an account, such as `quality`."""
    changes: Json = await request.json()
    return JSONResponse({"ok": _change(world_of(request), "graph_account", account_id, **changes)})


@router.post("/accounts/{account_id}/news")
async def news(request: Request, account_id: str, event: str) -> Response:
    """Meta tells something about the WhatsApp Business account, e.g. `DISABLED_UPDATE`."""
    account = world_of(request).account(account_id)
    if account is None:
        return JSONResponse({"ok": False}, 404)
    request.app.state.graph_events.of_account(account, event)
    await courier_of(request).flushed()
    return JSONResponse({"ok": True})


@router.post("/behave")
async def behave(request: Request) -> Response:
    """Misbehave no more."""
    world_of(request).behave()
    return JSONResponse({"ok": True})


def _change(world: World, kind: str, doc_id: str, **changes: Any) -> bool:
    world.seed()
    found = world.store.get(kind, doc_id)
    if found is not None:
        world.store.put(kind, doc_id, found | changes)
    return found is not None
