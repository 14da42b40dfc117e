"""The widget's script and the demo site of an invented insurance company that carries it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from insurance_chat.core.errors import not_found
from insurance_chat.web.widget import invitation, returning
from insurance_chat.web.widget.assemble import STATIC, bundle

router = APIRouter()
router.include_router(invitation.router)
router.include_router(returning.router)

DEMO = STATIC / "demo"
_SCRIPT_CACHE = "public, max-age=300, stale-while-revalidate=86400"
_DEMO_ASSETS = {"demo.css": "text/css", "demo.js": "text/javascript", "icon.svg": "image/svg+xml"}


def _same_tag(header: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


@router.get("/widget/insurance-chat.js", include_in_schema=False)
def widget_script(request: Request) -> Response:
    """The one script that puts the chat on any site.

    Answers 304 when the browser already has this version, and gzip when the browser accepts it.
    """
    script = bundle()
    headers = {
        "ETag": script.etag,
        "Cache-Control": _SCRIPT_CACHE,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if _same_tag(request.headers.get("if-none-match", ""), script.etag):
        return Response(status_code=304, headers=headers)
    body = script.plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = script.gzipped
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/demo", include_in_schema=False)
def demo_page() -> FileResponse:
    """The demo site, under a strict content security policy."""
    headers = {"Content-Security-Policy": invitation.POLICY, "Cache-Control": "no-cache"}
    return FileResponse(DEMO / "index.html", media_type="text/html", headers=headers)


@router.get("/demo/assets/{name}", include_in_schema=False)
def demo_asset(name: str) -> FileResponse:
    """A style, script or picture of the demo site.

    Raises ServiceError `page_not_found` for any name outside the known list.
    """
    if name not in _DEMO_ASSETS:
        raise not_found("page_not_found", "Такой страницы нет.")
    headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    return FileResponse(DEMO / name, media_type=_DEMO_ASSETS[name], headers=headers)
