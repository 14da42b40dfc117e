"""Uploads as screens and programs show them, with their Russian words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from insurance_chat.knowledge.uploads.models import Upload

STAGES = {
    "waiting": "Ждёт очереди",
    "reading": "Читается",
    "ready": "Готов к проверке",
    "unpacked": "Распакован",
    "duplicate": "Уже есть",
    "failed": "Не принят",
    "cancelled": "Отменён",
}
# What has become of a preview since it was read.
DECIDED = {
    "published": "Опубликован",
    "replaced": "Опубликован",
    "deleted": "Не опубликован",
    "purged": "Не опубликован",
}
STEPS = {
    "download": "Скачивается",
    "antivirus": "Проверяется антивирусом",
    "text": "Читается страница",
    "ocr": "Распознаётся страница",
    "unpack": "Распаковывается",
    "analysis": "Разбирается содержание",
}


@dataclass(frozen=True, slots=True)
class UploadView:
    """One upload as screens show it.

    Args:
        stage: a key of `STAGES`.
        step: a key of `STEPS` while it is being read, else empty.
        percent: 0 to 100.
        message: Russian: why it was refused, what it waits for, what to check.
        document_id: public id of the preview, or of the document that is the same.
        document_status: of that document now: what was a preview may have been published since.
    """

    id: str
    batch_id: str
    file_name: str
    source_url: str | None
    size: int
    stage: str
    step: str
    page: int
    pages: int
    percent: int
    error_code: str | None
    message: str | None
    document_id: str | None
    document_status: str | None
    created_at: datetime

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it."""
        return self.stage not in ("waiting", "reading")

    @property
    def words(self) -> str:
        """One Russian phrase about where it is: «Читается страница 12 из 300»."""
        if self.stage == "ready" and self.document_status in DECIDED:
            return DECIDED[self.document_status]
        if self.stage != "reading" or self.step not in STEPS:
            return STAGES.get(self.stage, self.stage)
        place = (
            f" {self.page} из {self.pages}" if self.step in ("text", "ocr") and self.page else ""
        )
        return STEPS[self.step] + place


def view_of(row: Upload, document_id: uuid.UUID | None, status: str | None) -> UploadView:
    """An upload for screens.

    Args:
        document_id: public id of its document.
        status: of that document.
    """
    return UploadView(
        id=str(row.public_id),
        batch_id=str(row.batch_id),
        file_name=row.file_name,
        source_url=row.source_url,
        size=row.size,
        stage=row.stage,
        step=row.step,
        page=row.page,
        pages=row.pages,
        percent=row.percent,
        error_code=row.error_code,
        message=row.message,
        document_id=str(document_id) if document_id else None,
        document_status=status,
        created_at=row.created_at,
    )
