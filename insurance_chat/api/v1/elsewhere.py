"""Going on with a conversation in another channel: into a messenger, and back to the site."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from fastapi import APIRouter, Request

from insurance_chat.api import present
from insurance_chat.api.deps import (
    Caller,
    HomeTenant,
    Opened,
    SessionId,
    address_of,
    services_of,
    state_of,
)
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Key, Model
from insurance_chat.api.v1.chat import CreatedSession
from insurance_chat.channels.continuing import service as continuing
from insurance_chat.conversations.returning import service as returning
from insurance_chat.operators.invitations.qr import qr_svg

router = APIRouter(tags=["chat"])


class Way(Model):
    """A messenger; `url` opens it with the link, `qr` is the same as a picture (a `data:` address)."""

    channel: str
    title: str
    url: str
    qr: str


class Ways(Model):
    """Messengers in which the client can go on; none when nothing is connected."""

    ways: list[Way]


class ReturnRequest(Model):
    """`link` is the last part of an address `/r/…` that the assistant has given in a messenger."""

    link: Key


@router.post(
    "/v1/chat/sessions/{id}/continue",
    summary="Continue in a messenger",
    response_model=Ways,
    responses=refusals(401, 403, 404),
)
async def continue_elsewhere(
    request: Request, unit: Opened, caller: Caller, id: SessionId
) -> dict[str, Any]:
    """One-time links, good for 30 minutes, that carry this conversation into a messenger.

    The messenger asks the client first. Links that nobody has opened end when new ones are asked for.
    """
    adapters = services_of(request).messengers.adapters
    found = await continuing.ways(unit, caller, id, adapters)
    return {
        "ways": [
            {"channel": one.channel, "title": one.title, "url": one.url, "qr": _picture(one.url)}
            for one in found
        ]
    }


@router.post(
    "/v1/chat/returns",
    summary="Return to the site",
    status_code=201,
    response_model=CreatedSession,
    responses=refusals(404, 422, 429),
    openapi_extra={"security": [{}]},
)
async def return_to_site(
    request: Request, unit: Opened, home: HomeTenant, body: ReturnRequest
) -> dict[str, Any]:
    """Open the conversation of a link from a messenger; the link works once, for 30 minutes."""
    state_of(request).sessions.check(address_of(request))
    view, token = await returning.use(unit, home, body.link)
    return {**present.session(view, None), "accessToken": token}


def _picture(url: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(qr_svg(url)).decode()}"
