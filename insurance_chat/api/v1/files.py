"""Files of a chat: taking them in, and giving any file out by its signed link."""

from __future__ import annotations

import mimetypes
from pathlib import PurePath
from urllib.parse import quote

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.responses import HTMLResponse

from insurance_chat.api.deps import Caller, SessionId, services_of, state_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for
from insurance_chat.api.reading import reading_page
from insurance_chat.api.texts import Model
from insurance_chat.conversations import sessions
from insurance_chat.core import sniff
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.knowledge.ingest import decode_text

router = APIRouter(tags=["chat"])
UPLOAD_SECONDS = 3600.0
LONGEST_PAGE = 1024 * 1024
_CLOSED = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_ACCEPTED = {
    sniff.PDF: ".pdf",
    sniff.DOCX: ".docx",
    sniff.XLSX: ".xlsx",
    sniff.PPTX: ".pptx",
    sniff.RTF: ".rtf",
    sniff.OLE: ".doc",
    sniff.TEXT: ".txt",
    sniff.MARKDOWN: ".md",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/webm": ".webm",
}
# What a browser may show in a tab; everything else is only saved.
_SHOWN = frozenset({sniff.PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})


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
    if len(data) > limit * 1024 * 1024:
        raise ServiceError("file_too_large", Kind.TOO_LARGE, f"Файл больше {limit} МБ.")
    if not data:
        raise invalid("file_empty", "Файл пустой.")
    mime = sniff.sniff_mime(data, file.filename or "")
    if mime not in _ACCEPTED:
        raise invalid(
            "file_type_refused", "Такие файлы не принимаем. Подойдут фото, PDF, документы и текст."
        )
    name = safe_name(file.filename or "", _ACCEPTED[mime])
    key = await services.files.put(data, sealed=True)
    state_of(request).uploads.put(key, (mime, len(data)), UPLOAD_SECONDS)
    return StoredFile(url=links_for(request).file(key, name), name=name, mime=mime, size=len(data))


def safe_name(given: str, suffix: str) -> str:
    """A clean file name with a suffix that is true."""
    name = clean_name(given)
    known = mimetypes.guess_type(name)[0] == mimetypes.guess_type(f"x{suffix}")[0]
    return name if known and "." in name else f"{name}{suffix}"


def clean_name(given: str) -> str:
    """A file name without folders and control characters."""
    name = PurePath(given.replace("\\", "/")).name
    name = "".join(letter for letter in name if letter.isprintable() and letter not in '"<>|:*?')
    return name.encode("utf-8", "ignore").decode().strip(" .")[-120:] or "file"


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
