"""Job handlers about the data of clients."""

from __future__ import annotations

from typing import Protocol

from insurance_chat.core.files import FileStore
from insurance_chat.core.jobs import handles
from insurance_chat.operators.clients.jobs import EraseFiles


class Services(Protocol):
    """What the handlers need of their process."""

    @property
    def files(self) -> FileStore:
        """Stored files."""


@handles(EraseFiles, attempts=8, wait_seconds=10)
async def erase_files(job: EraseFiles, services: Services) -> None:
    """Remove the files of a deleted client; those that are gone already are no error."""
    for key in job.keys:
        await services.files.delete(key)
