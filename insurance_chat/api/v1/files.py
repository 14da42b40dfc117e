"""Files of a chat: taking them in, and giving any file out by its signed link."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.responses import HTMLResponse

from insurance_chat.api.deps import Caller, SessionId, services_of, state_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for
from insurance_chat.api.reading import reading_page
from insurance_chat.api.texts import Model
from insurance_chat.conversations import attachments, sessions
from insurance_chat.core import sniff
from insurance_chat.knowledge.reading.texts import decode_text

router = APIRouter(tags=["chat"])
UPLOAD_SECONDS = 3600.0
LONGEST_PAGE = 1024 * 1024
_CLOSED = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
# What a browser may show in a tab; everything else is only saved.
_SHOWN = frozenset({sniff.PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})
_SHOWN |= sniff.SOUNDS


class StoredFile(Model):
    """A file that was taken in; put `url` into `fileUrl` of a message."""

    url: str
    name: str
    mime: str
    size: int


@router.post(
    "/v1/chat/sessions/{id}/files",
    status_code=201,
    summary="Upload a file to the chat",
    responses=refusals(401, 404),
)
async def upload_file(
    request: Request, caller: Caller, id: SessionId, file: UploadFile
) -> StoredFile:
    """Keep a file, sealed. What it is, is told by its content and not by its name."""
    services = services_of(request)
    async with services.db.unit() as unit:
        await sessions.find(unit, caller, id)
    limit = state_of(request).settings.upload_megabytes
    data = await file.read(limit * 1024 * 1024 + 1)
    stored = await attachments.keep(services.files, data, file.filename or "", limit)
    state_of(request).uploads.put(stored.key, (stored.mime, stored.size), UPLOAD_SECONDS)
    return StoredFile(
        url=links_for(request).file(stored.key, stored.name),
        name=stored.name,
        mime=stored.mime,
        size=stored.size,
    )


@router.get("/files/{token}/{filename}", include_in_schema=False)
async def download(request: Request, token: str, filename: str, read: bool = False) -> Response:
    """A stored file by its signed link; the name in the address is only for people.

    Args:
        read: show a Markdown document as a page instead of saving it.
    """
    files = services_of(request).files
    key, name = files.read_token(token)
    data = await files.get(key)
    mime = sniff.sniff_mime(data, name)
    if read and mime == sniff.MARKDOWN and len(data) <= LONGEST_PAGE:
        return HTMLResponse(reading_page(decode_text(data), name), headers=_CLOSED)
    kind = "inline" if mime in _SHOWN else "attachment"
    shown = mime if mime in _SHOWN else "application/octet-stream"
    headers = {
        "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
    } | _CLOSED
    return Response(data, media_type=shown, headers=headers)
