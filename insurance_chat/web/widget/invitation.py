"""Where an agent's link leads: a small page with the chat that is bound to the agent."""

from __future__ import annotations

from html import escape
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from insurance_chat.operators.invitations import arrival
from insurance_chat.web.ports import WebServices
from insurance_chat.web.widget.assemble import STATIC

router = APIRouter()
# The same policy that integrators are told to use: nothing inline, nothing foreign.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Robots-Tag": "noindex",
}


@router.get("/i/{token}", include_in_schema=False)
async def invitation_page(request: Request, token: str) -> HTMLResponse:
    """Greet the client in the agent's name; looking at the page uses nothing up.

    A link that is unknown, revoked, over or used up gives the same plain page with status 404.
    """
    services = cast("WebServices", request.app.state.services)
    async with services.db.unit() as unit:
        inviting = await arrival.welcome(unit, token)
    if inviting is None:
        return HTMLResponse(page_of("invitation-gone"), 404, HEADERS)
    page = page_of("invitation").replace("{{token}}", escape(token))
    return HTMLResponse(page.replace("{{agent}}", escape(inviting.agent_name)), 200, HEADERS)


def page_of(name: str) -> str:
    """A page of the demo site, with its marks still in it."""
    return (STATIC / "demo" / f"{name}.html").read_text("utf-8")
