"""Orders about the data of clients; keys of files are random and say nothing about anybody."""

from __future__ import annotations

from typing import ClassVar

from insurance_chat.core.jobs import Job


class EraseFiles(Job):
    """Remove files of a client whose data were deleted."""

    name: ClassVar[str] = "clients.erase_files"
    keys: list[str]
