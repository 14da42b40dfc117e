"""Addresses of the Graph API that both products share: objects, the application, subscriptions.

Source: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions.
"""

from __future__ import annotations

import base64

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from insurance_chat.sandbox.graph import instagram, whatsapp
from insurance_chat.sandbox.graph.courier import check_address
from insurance_chat.sandbox.graph.wire import (
    GraphApiError,
    caller,
    json_of,
    known_token,
    of_app,
    own_account,
)
from insurance_chat.sandbox.graph.world import world_of
from insurance_chat.sandbox.store import Doc

router = APIRouter()


@router.get("/download/{media_id}")
async def download(request: Request, media_id: str) -> Response:
    """A file; WhatsApp wants the token, Instagram's addresses are open for a while."""
    media = world_of(request).store.get("graph_media", media_id)
    if media is None:
        return JSONResponse({"error": {"message": "expired", "code": 100}}, 404)
    if "open" not in request.query_params:
        caller(request)
    return Response(base64.b64decode(media["data"]), media_type=media["mime"].partition(";")[0])


@router.get("/{version}/app")
async def application(request: Request, version: str) -> JSONResponse:
    """The application of a token."""
    caller(request)
    app = world_of(request).app()
    return JSONResponse({"id": app["id"], "name": app["name"]})


@router.get("/{version}/debug_token")
async def debug_token(request: Request, version: str, input_token: str) -> JSONResponse:
    """What a token may do; asked with the application's own token."""
    of_app(request)
    world = world_of(request)
    card = known_token(world, input_token)
    data = {
        "app_id": world.app()["id"],
        "is_valid": True,
        "scopes": card["scopes"],
        "expires_at": card["expires"],
    }
    return JSONResponse({"data": data})


@router.get("/{version}/{app_id}/subscriptions")
async def subscriptions(request: Request, version: str, app_id: str) -> JSONResponse:
    """Where the application's events go and which ones."""
    of_app(request)
    listed = [
        {
            "object": kind,
            "callback_url": card["url"],
            "active": True,
            "fields": [{"name": name, "version": version} for name in card["fields"]],
        }
        for kind, card in world_of(request).app()["callbacks"].items()
    ]
    return JSONResponse({"data": listed})


@router.post("/{version}/{app_id}/subscriptions")
async def subscribe(request: Request, version: str, app_id: str) -> JSONResponse:
    """Set the address of the application for one kind of object."""
    of_app(request)
    asked = request.query_params
    await set_callback(
        request,
        asked.get("object", ""),
        asked.get("callback_url", ""),
        asked.get("verify_token", ""),
        asked.get("fields", "").split(","),
    )
    return JSONResponse({"success": True})


async def set_callback(request: Request, kind: str, url: str, word: str, fields: list[str]) -> None:
    """The panel of Meta does the same by hand.

    Raises:
        GraphApiError: the address does not repeat the word.
    """
    if not await check_address(url, word):
        raise GraphApiError(2200, "Callback verification failed")
    world = world_of(request)
    app = world.app()
    card = {"url": url, "verify": word, "fields": fields}
    callbacks = app["callbacks"] | {kind: card}
    world.store.put("graph_app", app["id"], app | {"callbacks": callbacks})


@router.get("/{version}/{node}/subscribed_apps")
async def subscribed(request: Request, version: str, node: str) -> JSONResponse:
    """Which events of an account the application gets."""
    accounts = _under(request, node)
    data = [
        {"id": world_of(request).app()["id"], "subscribed_fields": one["subscribed"]}
        for one in accounts
        if one["subscribed"]
    ]
    return JSONResponse({"data": data})


@router.post("/{version}/{node}/subscribed_apps")
async def subscribe_account(request: Request, version: str, node: str) -> JSONResponse:
    """The application gets events of an account."""
    fields = request.query_params.get("subscribed_fields", "messages").split(",")
    for account in _under(request, node):
        changed = account | {"subscribed": fields}
        world_of(request).store.put("graph_account", account["id"], changed)
    return JSONResponse({"success": True})


@router.delete("/{version}/{node}/subscribed_apps")
async def leave_account(request: Request, version: str, node: str) -> JSONResponse:
    """The application gets no more events of an account."""
    for account in _under(request, node):
        world_of(request).store.put("graph_account", account["id"], account | {"subscribed": []})
    return JSONResponse({"success": True})


def _under(request: Request, node: str) -> list[Doc]:
    """An Instagram account itself, or all numbers of a WhatsApp Business account."""
    world = world_of(request)
    numbers = [one for one in world.accounts("whatsapp") if one["waba"] == node]
    if not numbers:
        return [own_account(request, node, "instagram")]
    own_account(request, numbers[0]["id"], "whatsapp")
    return numbers


@router.post("/{version}/{node}/messages")
async def messages(request: Request, version: str, node: str) -> JSONResponse:
    """Send a message in the name of a number or an account."""
    account = world_of(request).account(node)
    if account is not None and account["product"] == "instagram":
        return await instagram.send(request, own_account(request, node, "instagram"))
    return await whatsapp.send(request, own_account(request, node, "whatsapp"))


@router.get("/{version}/{node}")
async def read_node(request: Request, version: str, node: str) -> JSONResponse:
    """A number, an account, a client or a file by its id."""
    world = world_of(request)
    product = caller(request)["product"]
    media = world.store.get("graph_media", node)
    if media is not None and product == "whatsapp":
        return JSONResponse(whatsapp.media_card(world, media))
    client = instagram.client_card(world, node) if product == "instagram" else None
    if client is not None:
        return JSONResponse(client)
    account = own_account(request, node, product)
    if product == "instagram":
        return JSONResponse(instagram.account_card(account))
    return JSONResponse(whatsapp.number_card(world, account))


@router.post("/{version}/{node}")
async def change_node(request: Request, version: str, node: str) -> JSONResponse:
    """Change a number: so far the address for its events."""
    account = own_account(request, node, "whatsapp")
    body = await json_of(request)
    configuration = body.get("webhook_configuration")
    if not isinstance(configuration, dict):
        raise GraphApiError(100, "Invalid parameter", details="webhook_configuration")
    await whatsapp.set_override(request, account, configuration)
    return JSONResponse({"success": True})
