"""Files for staff: a link is signed at the click and the person is checked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from insurance_chat.core import sniff
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.insurance import policies
from insurance_chat.knowledge import library
from insurance_chat.web import session
from insurance_chat.web.entry_forms import HEADERS, HTTP, document
from insurance_chat.web.markup import Markup, link, tag
from insurance_chat.web.session import PREFIX, Desk

LINK_SECONDS = 300
_SHOWN_INSIDE = frozenset({sniff.PDF, "image/png", "image/jpeg", "image/webp", "image/gif"})
_SHOWN_INSIDE |= sniff.SOUNDS
Finder = Callable[[Unit, Principal], Awaitable[str]]


def register_downloads(pages: FastAPI, desk: Desk) -> None:
    """Add the addresses of policies, originals of documents and signed files."""

    async def signed(request: Request, find: Finder) -> Response:
        try:
            async with desk.unit(session.read(request.session)) as (unit, principal, _):
                return RedirectResponse(PREFIX + await find(unit, principal), 303)
        except ServiceError as error:
            return _refused(request, error)

    async def policy(request: Request, policy_id: UUID) -> Response:
        """Lead to the PDF of a policy."""

        async def find(unit: Unit, principal: Principal) -> str:
            shown = await policies.view(unit, await policies.find(unit, principal, policy_id))
            return desk.services.files.signed_path(shown.file_key, shown.file_name, LINK_SECONDS)

        return await signed(request, find)

    async def original(request: Request, document_id: str) -> Response:
        """Lead to the file from which a document of the knowledge base was made."""

        async def find(unit: Unit, principal: Principal) -> str:
            source = await library.source(unit, principal, document_id)
            return desk.services.files.signed_path(source.file_key, source.file_name, LINK_SECONDS)

        return await signed(request, find)

    async def file(request: Request, token: str) -> Response:
        """Give a file by its signed link to somebody who is logged in."""
        try:
            async with desk.unit(session.read(request.session)):
                key, name = desk.services.files.read_token(token)
            return _content(await desk.services.files.get(key), name)
        except ServiceError as error:
            return _refused(request, error)

    pages.add_api_route(
        "/policies/{policy_id}/file", policy, methods=["GET"], include_in_schema=False
    )
    pages.add_api_route(
        "/knowledge/{document_id}/source", original, methods=["GET"], include_in_schema=False
    )
    pages.add_api_route("/files/{token}/{name}", file, methods=["GET"], include_in_schema=False)


def policy_path(policy_id: UUID) -> str:
    """Where the PDF of a policy is downloaded."""
    return f"{PREFIX}/policies/{policy_id}/file"


def source_path(document_id: str) -> str:
    """Where the original of a document is opened."""
    return f"{PREFIX}/knowledge/{quote(document_id)}/source"


def _content(data: bytes, name: str) -> Response:
    # What came from outside never runs as a page of ours: no scripts, and unknown types are saved.
    mime = sniff.sniff_mime(data, name)
    inside = mime in _SHOWN_INSIDE
    kind = mime if inside or not mime.startswith("text/") else "text/plain; charset=utf-8"
    place = "inline" if inside or kind.startswith("text/plain") else "attachment"
    return Response(
        data,
        media_type=kind,
        headers={
            **HEADERS,
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


def _refused(request: Request, error: ServiceError) -> Response:
    if error.kind is Kind.UNAUTHENTICATED:
        goal = quote(request.url.path, safe="/")
        return RedirectResponse(f"{PREFIX}/login?next={goal}", 303)
    return HTMLResponse(document("Ошибка", refusal_body(error)), HTTP.get(error.kind, 400), HEADERS)


def refusal_body(error: ServiceError) -> Markup:
    """What a person sees instead of a file."""
    return tag(
        "main",
        tag("h1", "Не получилось открыть"),
        tag("p", error.message),
        tag("p", link("На главную", PREFIX)),
        class_="login-box",
    )
