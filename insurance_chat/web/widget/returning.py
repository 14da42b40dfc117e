"""Where a link from a messenger leads: the same conversation in the chat of the site."""

from __future__ import annotations

from html import escape
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from insurance_chat.conversations.returning import service as returning
from insurance_chat.web.ports import WebServices
from insurance_chat.web.widget.invitation import HEADERS, page_of

router = APIRouter()


@router.get("/r/{token}", include_in_schema=False)
async def return_page(request: Request, token: str) -> HTMLResponse:
    """The chat with the conversation of a link; looking at the page uses nothing up.

    A link that is unknown, over or used gives a plain page with status 404, whose chat is the one
    that this browser knows already.
    """
    services = cast("WebServices", request.app.state.services)
    async with services.db.unit() as unit:
        good = await returning.is_good(unit, token)
    if not good:
        return HTMLResponse(page_of("return-gone"), 404, HEADERS)
    return HTMLResponse(page_of("return").replace("{{token}}", escape(token)), 200, HEADERS)
