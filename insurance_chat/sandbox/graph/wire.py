"""Errors and tokens of the Graph API, as they look over HTTP.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from insurance_chat.sandbox.graph.world import World, world_of
from insurance_chat.sandbox.store import Doc


class GraphApiError(Exception):
    """A refusal with the codes of Meta."""

    def __init__(
        self, code: int, message: str, *, subcode: int = 0, status: int = 400, details: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.subcode = subcode
        self.status = status
        self.details = details


async def refuse(_: Request, problem: Exception) -> JSONResponse:
    """The body of a refusal."""
    assert isinstance(problem, GraphApiError)
    kind = "OAuthException" if problem.code in (0, 190) else "GraphMethodException"
    return JSONResponse(error_body(problem, kind), problem.status)


def error_body(problem: GraphApiError, kind: str = "OAuthException") -> dict[str, Any]:
    """What stands under `error`."""
    error: dict[str, Any] = {
        "message": f"(#{problem.code}) {problem.message}",
        "type": kind,
        "code": problem.code,
        "fbtrace_id": "AsandboxTrace",
    }
    if problem.subcode:
        error["error_subcode"] = problem.subcode
    if problem.details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": problem.details}
    return {"error": error}


def token_of(connection: HTTPConnection) -> str:
    """The token of a call: from the header, or from the address as old clients do."""
    kind, _, value = connection.headers.get("authorization", "").partition(" ")
    return value if kind.lower() == "bearer" else connection.query_params.get("access_token", "")


def known_token(world: World, token: str) -> Doc:
    """The card of a valid token.

    Raises:
        GraphApiError: 190.
    """
    world.seed()
    card = world.store.get("graph_token", token)
    if card is None or not card["valid"]:
        raise GraphApiError(
            190, "Error validating access token: The session is invalid.", subcode=463, status=401
        )
    return card


def caller(request: Request, product: str = "") -> Doc:
    """The token of a call, of the right product.

    Raises:
        GraphApiError: the token is not valid here.
    """
    world = world_of(request)
    card = known_token(world, token_of(request))
    if product and card["product"] != product:
        raise GraphApiError(200, "Permissions error", status=403)
    return card


def of_app(request: Request) -> None:
    """The call is made with the application's own token, `id|secret`.

    Raises:
        GraphApiError: id or secret are wrong.
    """
    app = world_of(request).app()
    if token_of(request) != f"{app['id']}|{app['secret']}":
        raise GraphApiError(190, "Error validating application. Invalid application secret.")


def own_account(request: Request, account_id: str, product: str) -> Doc:
    """The account that a call is about.

    Raises:
        GraphApiError: there is none such, or the token does not reach it.
    """
    card = caller(request)
    account = world_of(request).account(account_id)
    if account is None or account["product"] != product or card["product"] != product:
        raise GraphApiError(
            100,
            f"Unsupported request. Object with ID '{account_id}' does not exist, cannot be loaded "
            "due to missing permissions, or does not support this operation.",
            subcode=33,
        )
    return account


async def json_of(request: Request) -> dict[str, Any]:
    """The body of a call.

    Raises:
        GraphApiError: it is not a JSON object.
    """
    try:
        content = await request.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise GraphApiError(100, "Invalid parameter", details="The body is not a JSON object")
    return content
