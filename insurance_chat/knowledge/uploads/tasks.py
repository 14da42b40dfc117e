"""Handlers of the uploads: thin, each calls one function."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.jobs import handles, periodic
from insurance_chat.knowledge.uploads.jobs import ReadUpload
from insurance_chat.knowledge.uploads.reading import UploadReader


class UploadServices(Protocol):
    """What the handlers need."""

    upload_reader: UploadReader


@handles(ReadUpload)
async def read_upload(job: ReadUpload, services: UploadServices) -> None:
    """Read a file or a link."""
    await services.upload_reader.run(job.upload_id)


@periodic("knowledge.resume_uploads", "* * * * *")
async def resume_uploads(services: UploadServices) -> None:
    """Order again what a dead process left behind."""
    await services.upload_reader.resume()
