"""Changes the emulated site of an insurer over HTTP, for demonstrations."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from insurance_chat.sandbox.context import sandbox_of
from insurance_chat.sandbox.site import HTML, SitePage

router = APIRouter()


class SiteChange(BaseModel):
    """A change over HTTP; `text` None takes the page away."""

    path: str
    text: str | None = None
    media: str = HTML
    noisy: bool = False
    status: int = 200
    redirect: str = ""
    seconds: float = 0.0
    padding: int = 0


@router.post("/control/site")
async def change_site(request: Request, change: SiteChange) -> Response:
    """Write, break or remove a page of the emulated insurer."""
    pages = sandbox_of(request).site.pages
    if change.text is None:
        pages.pop(change.path, None)
    else:
        rest = change.model_dump(exclude={"path", "text"})
        pages[change.path] = SitePage(change.text.encode(), **rest)
    return JSONResponse({"ok": True})
