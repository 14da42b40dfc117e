"""What the addresses of uploads and of documents for agents give back."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from insurance_chat.api.texts import Model
from insurance_chat.knowledge.uploads.answering import Understood
from insurance_chat.knowledge.uploads.views import STAGES, UploadView

_STAGES = ", ".join(f"{stage} — {words}" for stage, words in STAGES.items())


class PreviewDoc(Model):
    """What was read out of a file."""

    title: str
    company_code: str = Field(default="")
    product_code: str = Field(default="")
    page_count: int


class KBIngestPreview(Model):
    """A document that waits for `commit`."""

    ingest_id: str
    doc: PreviewDoc
    passages: list[str]


class PrivateDoc(Model):
    """A document for agents."""

    id: str
    title: str
    company_code: str = Field(default="")
    product_code: str = Field(default="")


class PrivateDocs(Model):
    """Documents for agents."""

    items: list[PrivateDoc]


class KBUploadFile(Model):
    """How far a file has been read."""

    upload_id: str
    status_url: str = Field(description="Где спрашивать дальше: GET с тем же токеном.")
    file_name: str
    size: int = Field(description="Байты.")
    stage: str = Field(description=f"Одно из: {_STAGES}.")
    is_over: bool = Field(description="Больше ничего не изменится.")
    percent: int = Field(description="От 0 до 100.")
    state: str = Field(description="То же словами: «Читается страница 12 из 300».")
    code: str | None = Field(default=None, description="Почему файл не принят.")
    message: str | None = Field(default=None, description="То же словами; или чего файл ждёт.")


class KBUpload(KBUploadFile):
    """How far a file has been read, and what came of it."""

    preview: KBIngestPreview | None = Field(
        default=None, description="Когда готов к проверке: то же, что ответ 201."
    )
    document: PrivateDoc | None = Field(
        default=None, description="Опубликованный документ для агентов."
    )
    files: list[KBUploadFile] = Field(
        default_factory=list, description="Файлы архива ZIP; у каждого свой адрес."
    )


def place_of(company: str | None, product: str | None) -> dict[str, str]:
    """Company and product of a document, those that it has."""
    named = {"companyCode": company, "productCode": product}
    return {name: value for name, value in named.items() if value}


def preview_body(found: Understood) -> dict[str, Any]:
    """A preview as the agreed contract shows it."""
    place = place_of(found.company_code, found.product_code)
    return {
        "ingestId": found.id,
        "doc": {"title": found.title, "pageCount": found.page_count, **place},
        "passages": list(found.passages),
    }


def private_body(found: Understood) -> dict[str, Any]:
    """A document for agents as the agreed contract shows it."""
    place = place_of(found.company_code, found.product_code)
    return {"id": found.id, "title": found.title, **place}


def upload_body(
    view: UploadView, found: Understood | None = None, files: list[UploadView] | None = None
) -> dict[str, Any]:
    """How far a file is, and its document when there is one."""
    body = _file_body(view)
    if found is not None and found.published:
        body["document"] = private_body(found)
    elif found is not None:
        body["preview"] = preview_body(found)
    if files:
        body["files"] = [_file_body(one) for one in files]
    return body


def status_path(view: UploadView) -> str:
    """Where to ask how far a file is."""
    return f"/v1/kb/uploads/{view.id}"


def _file_body(view: UploadView) -> dict[str, Any]:
    body = {
        "uploadId": view.id,
        "statusUrl": status_path(view),
        "fileName": view.file_name,
        "size": view.size,
        "stage": view.stage,
        "isOver": view.is_over,
        "percent": view.percent,
        "state": view.words,
    }
    said = {"code": view.error_code, "message": view.message}
    return body | {name: value for name, value in said.items() if value}
