"""Files for the knowledge base from programs: answered at once when read in time, else by an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api.deps import Caller, known_caller, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.texts import Code, Url
from insurance_chat.api.v1.kb_bodies import (
    KBIngestPreview,
    KBUpload,
    PrivateDoc,
    preview_body,
    private_body,
    status_path,
    upload_body,
)
from insurance_chat.conversations.attachments import clean_name
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.uploads import answering
from insurance_chat.knowledge.uploads.answering import Understood
from insurance_chat.knowledge.uploads.service import COLLEAGUES, SENDER, UploadOptions
from insurance_chat.knowledge.uploads.views import UploadView

WAIT_SECONDS = 120
RETRY_SECONDS = "2"
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})", re.ASCII)
_LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": KBUpload,
        "description": "Принято и читается дольше ожидания: итог — по адресу из `Location`",
    }
}
Prefer = Annotated[
    str,
    Header(
        max_length=200,
        description="`respond-async` — ответить сразу адресом; `wait=30` — ждать чтения не дольше 30 "
        f"секунд. Без заголовка — {WAIT_SECONDS}.",
    ),
]


class StaffFirst(APIRoute):
    """Asks who the caller is before the body is read: strangers cannot send 100 MB into a temporary file."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the check."""
        read_body = super().get_route_handler()

        async def handle(request: Request) -> Response:
            caller = (await known_caller(request)).principal
            access.require(caller, Permission.USE_PRIVATE_KNOWLEDGE)
            return await read_body(request)

        return handle


router = APIRouter(tags=["kb"], route_class=StaffFirst)


@router.post(
    "/v1/kb/upload",
    status_code=201,
    summary="Upload KB source for ingest",
    response_model=KBIngestPreview,
    response_model_exclude_unset=True,
    responses=_LATER | refusals(401, 403, 409),
)
async def upload(
    request: Request,
    caller: Caller,
    file: UploadFile,
    company_code: Annotated[Code | None, Form(alias="companyCode")] = None,
    product_code: Annotated[Code | None, Form(alias="productCode")] = None,
    source_url: Annotated[Url | None, Form(alias="sourceUrl")] = None,
    prefer: Prefer = "",
) -> Any:
    """Read a file and show what was understood; it answers questions only after `commit`.

    A file that is not read in time, and every ZIP archive, is answered with 202 and an address
    (`Location`, `statusUrl`) that gives the preview later.
    """
    access.require(caller, Permission.MANAGE_KNOWLEDGE)
    options = UploadOptions(
        company_code=company_code or None,
        product_code=product_code or None,
        source_url=source_url or None,
    )
    view, found = await _take(request, caller, file, options, prefer)
    return _later(view) if found is None else preview_body(found)


@router.post(
    "/v1/kb/private/upload",
    status_code=201,
    summary="Add a document for agents",
    response_model=PrivateDoc,
    response_model_exclude_unset=True,
    responses=_LATER | refusals(401, 403, 409),
)
async def upload_private(
    request: Request,
    caller: Caller,
    file: UploadFile,
    own: Annotated[bool, Form(description="Только для того, кто загружает.")] = False,
    prefer: Prefer = "",
) -> Any:
    """Publish a file for agents only, or only for its sender; clients never see it.

    A file that is not read in time, and every ZIP archive, is answered with 202 and an address
    (`Location`, `statusUrl`) that gives the document later.
    """
    options = UploadOptions(visibility=SENDER if own else COLLEAGUES)
    view, found = await _take(request, caller, file, options, prefer)
    return _later(view) if found is None else private_body(found)


@router.get(
    "/v1/kb/uploads/{id}",
    summary="How far an uploaded file has been read",
    response_model=KBUpload,
    response_model_exclude_unset=True,
    responses=refusals(401, 403, 404),
)
async def show_upload(request: Request, caller: Caller, id: str) -> dict[str, Any]:
    """What has become of a file: its stage, its preview or document, why it was refused.

    Administrators see all files, agents those that they sent.
    """
    services = services_of(request)
    view = await services.uploads.show(caller, id)
    found = await answering.understood(services.db, caller, view)
    return upload_body(view, found, await answering.members(services.uploads, caller, view))


async def _take(
    request: Request, caller: Principal, file: UploadFile, options: UploadOptions, prefer: str
) -> tuple[UploadView, Understood | None]:
    services, seconds = services_of(request), _seconds(prefer)
    here = answering.read_here(file.size or 0, seconds)
    name = clean_name(file.filename or "")
    view = await services.uploads.accept_source(caller, name, file.file, options, order=not here)
    view = await answering.read_or_leave(
        services.uploads, services.upload_reader, caller, view, seconds
    )
    found = await answering.understood(services.db, caller, view)
    answering.check_taken(view, found)
    return view, found


def _seconds(prefer: str) -> float:
    """How long the caller waits, by RFC 7240."""
    if "respond-async" in prefer.lower():
        return 0
    wanted = _WAIT.search(prefer.lower())
    return min(float(wanted.group(1)), WAIT_SECONDS) if wanted else WAIT_SECONDS


def _later(view: UploadView) -> JSONResponse:
    """Where to ask: the file is being read, or was an archive whose files are."""
    headers = {"Location": status_path(view), "Retry-After": RETRY_SECONDS}
    return JSONResponse(upload_body(view), 202, headers=headers)
